/*
 * fact_sql.h
 *	  The SELECT that looks up the keys of facts, and its parts.
 */
#ifndef ELT_STAR_FACT_SQL_H
#define ELT_STAR_FACT_SQL_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "star/fact.h"

/* Rows of a fact with their keys, from the source or from rows with its columns. */
extern char *FactSelect(const Fact *fact, const char *rows);
/* Its parts, of the nth role: the surrogate key, the durable key of a history, and the join. */
extern char *FactKey(const Fact *fact, const FactRole *role, int n);
extern char *FactDurableKey(const Fact *fact, const FactRole *role, int n);
extern void FactAppendJoin(StringInfo sql, const Fact *fact, const FactRole *role, int n);
/* "customer_segment", of an attribute of dimension dim_customer */
extern char *FactAttributeName(const Dimension *d, const char *attribute);
/* Columns (char *) that a fact has from its source, each once. */
extern List *FactColumns(const Fact *fact);
/* The time of an event as of which a history is read, as its valid_from has it; of rows f. */
extern char *FactEventAs(const Fact *fact, Oid type);
/* What a date dimension is looked up by; of rows f. */
extern char *FactDay(const Fact *fact, const FactRole *role);
/* "date", "time" or "source" */
extern bool FactRoleIs(const FactRole *role, const char *kind);

#endif

/*
 * fact_store.h
 *	  The table of a fact that stores its keys, and members that facts name first.
 */
#ifndef ELT_STAR_FACT_STORE_H
#define ELT_STAR_FACT_STORE_H

#include "postgres.h"
#include "star/fact.h"

/* Add members that rows name and dimensions lack, but for roles whose members are there (FactRole *). */
extern void FactInferMembers(const Fact *fact, const char *rows, List *known);
/* CREATE the table under this name, filled, with its keys and indexes. */
extern void FactStoreCreate(const Fact *fact, const char *table);
/* rows are of the source; those to delete are found by the grain. */
extern void FactRowsInsert(const Fact *fact, const char *rows);
extern void FactRowsDelete(const Fact *fact, const char *rows);
extern void FactRowsClear(const Fact *fact);
/*
 * Error unless the source, which may have been altered, has the columns of the fact; FactCheckSource: with
 * the types that are stored.
 */
extern void FactCheckColumns(const Fact *fact);
extern void FactCheckSource(const Fact *fact);
/* Error unless the grain is the key of the source. */
extern void FactStoreCheck(const Fact *fact);

#endif

/*
 * set_check.h
 *	  Checks that compare all rows of a batch with those of another table at once:
 *
 *		FOREIGN KEY (a, b) REFERENCES schema.relation (x, y) [AS OF time] [NOT NULL]
 *		UNIQUE (a, b) IN TARGET [NOT NULL]
 *
 * A null in one of the columns passes, as in a constraint, unless it is NOT NULL.
 */
#ifndef ELT_CHECK_SET_CHECK_H
#define ELT_CHECK_SET_CHECK_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "nodes/primnodes.h"

typedef struct SetCheck
{
	List	   *columns;		/* char *, of the staged rows */
	RangeVar   *relation;		/* NULL: the target, in which no other key may have the values */
	List	   *referenced;		/* char *, columns of the relation */
	bool		null_fails;
	char	   *as_of;			/* column with the time at which the other row must be valid; or NULL */
} SetCheck;

/* NULL when the text begins as no such check; raises an error when the rest is invalid. */
extern SetCheck *SetCheckParse(const char *text);
/* Raise an error unless it can be evaluated over the source's columns; as the pipeline's owner. */
extern void SetCheckVerify(const SetCheck *check, const Pipeline *p);
/* A query for what, such as s.ctid, of the rows s of a table that violate it. */
extern char *SetCheckSql(const SetCheck *check, const Pipeline *p, const char *what,
						 const char *table);
/* As one would write it. */
extern char *SetCheckText(const SetCheck *check);

#endif

/*
 * batch.h
 *	  What is known of a staged batch before it is merged.
 */
#ifndef ELT_MERGE_BATCH_H
#define ELT_MERGE_BATCH_H

#include "postgres.h"
#include "check/quarantine.h"
#include "merge/shape.h"

typedef struct BatchFacts
{
	int64		rows;
	int64		null_keys;		/* rows with a NULL in their key */
	int64		keys;			/* distinct keys without NULL */
	char	   *low;			/* least and greatest of the range column, as literals; */
	char	   *high;			/* NULL without a range column or rows */
} BatchFacts;

/* The statement that measures; reads the staging table once. */
extern char *BatchFactsSql(const MergeShape *shape);
extern BatchFacts *BatchFactsOf(const MergeShape *shape);

/* "t.ts BETWEEN '...'::timestamptz AND '...'::timestamptz", or NULL. */
extern char *BatchRange(const MergeShape *shape, const BatchFacts *facts, const char *alias);

/* Move these staged rows to quarantine; returns how many. */
extern int64 QuarantineStaged(const BadRows *bad, const Pipeline *p, int64 run_id);

/* Staged rows in which one of these columns (char *) is null; role is what such a column is. */
extern BadRows *NullRows(const MergeShape *shape, List *columns, const char *reason,
						 const char *role);

/* Staged rows without a complete key. */
extern BadRows *NullKeyRows(const MergeShape *shape);

#endif

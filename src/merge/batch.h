/*
 * batch.h
 *	  Facts about a staged batch before it is merged.
 */
#ifndef ELT_MERGE_BATCH_H
#define ELT_MERGE_BATCH_H

#include "postgres.h"
#include "check/quarantine.h"
#include "merge/repeated_rows.h"
#include "merge/shape.h"
#include "merge/stretches.h"

/* From the least to the greatest value of the range column, as literals. */
typedef struct KeyRange
{
	char	   *low;
	char	   *high;
} KeyRange;

typedef struct BatchFacts
{
	int64		rows;
	int64		null_keys;		/* rows with a NULL in their key */
	int64		keys;			/* distinct keys without NULL */
	bool		long_keys;		/* one may be too long for an index */
	/* KeyRange *, ascending, that hold all keys; NIL without a range column or rows */
	List	   *ranges;
	const Stretches *values;	/* of the range column; NULL: not known */
	RepeatedRows *repeated;		/* rows whose key another one has; NULL: not known */
	bool		first_load;		/* into an empty target, whose key is built afterwards */
	bool		is_chunk;		/* ranges leave out rows that are merged apart */

	const struct Replaced *replaced;	/* of a strategy that replaces, which its settings find out */

	/* how the target is read, which MergeSettings decides */
	bool		probes;			/* the index, row by row */
	int			parts;			/* tables in which the ranges lie */
} BatchFacts;

extern BatchFacts *BatchFactsOf(const MergeShape *shape);

/*
 * The batch cut along its range column, so that each chunk needs few of the target's partitions:
 * probing many costs every row time for each of them. BatchFacts *; the batch itself when one
 * statement does.
 */
extern List *BatchChunks(const MergeShape *shape, const BatchFacts *facts);

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

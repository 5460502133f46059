/*
 * newest.h
 *	  Select the staged row of each key that counts.
 */
#ifndef ELT_MERGE_NEWEST_H
#define ELT_MERGE_NEWEST_H

#include "postgres.h"
#include "merge/batch.h"

/*
 * What a merge reads in place of the staging table, as "... AS s": the row of each key with the
 * greatest sequence, and of equal ones the last that arrived. With sorted, in the key's order.
 */
extern char *NewestRows(const MergeShape *shape, const BatchFacts *facts, bool sorted);

/* The same of the rows that arrived first; in the key's order when they probe the target. */
extern char *FirstRows(const MergeShape *shape, const BatchFacts *facts);

#endif

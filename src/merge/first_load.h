/*
 * first_load.h
 *	  A batch into a target that is empty: its rows are inserted, then its key is built.
 *
 * A key that is kept up row by row, in the order in which the rows come, takes half of a load. Built
 * from all of them it is sorted once. The index stays the same: its name, its constraint and what
 * depends on it.
 */
#ifndef ELT_MERGE_FIRST_LOAD_H
#define ELT_MERGE_FIRST_LOAD_H

#include "postgres.h"
#include "merge/batch.h"
#include "merge/shape.h"
#include "merge/strategy.h"

/* Is the batch large, and the target empty, with nothing but its key? */
extern bool FirstLoadFits(const MergeShape *shape, const BatchFacts *facts);

/* The statement that lands these rows, "... AS s", and all that land them. */
extern char *FirstLoadInsert(const MergeShape *shape, const char *rows);
extern char *FirstLoadSql(const MergeShape *shape, const char *insert);

/*
 * Land the batch so, where it fits. False, and nothing is done, when it does not or when somebody
 * else uses the target: then a merge must land it.
 */
extern bool FirstLoadLand(const MergeShape *shape, BatchFacts *facts, MergeCounts *counts);

#endif

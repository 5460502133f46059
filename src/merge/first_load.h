/*
 * first_load.h
 *	  Load a batch into an empty target: insert the rows, then build the key.
 *
 * Inserting each row into the index of the key takes half of the time of a load; building it
 * afterwards sorts once. The index stays the same object, with its name, constraint and dependents.
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

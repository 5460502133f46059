/*
 * split_finish.h
 *	  Finish or undo the division of a partition.
 */
#ifndef ELT_PARTITION_SPLIT_FINISH_H
#define ELT_PARTITION_SPLIT_FINISH_H

#include "postgres.h"
#include "partition/split_state.h"

/*
 * In transactions of a procedure: dissolve the groups, when they have taken the place of the partition;
 * else remove what was made, if undo or if the partition is gone. Returns the error, or NULL.
 */
extern ErrorData *SplitFinish(int64 id, bool undo);

/*
 * The same for all of a relation that were interrupted. One which somebody has to continue is an error:
 * copying is not the job's, which has other tables to look after.
 */
extern ErrorData *SplitsFinish(Oid relation, bool top_level, int64 *partitions, int64 *rows);

/* What SplitsFinish will do with a division, "attach" or "undo"; NULL: a user has to continue it. */
extern const char *SplitLeft(const Split *split);

#endif

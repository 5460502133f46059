/*
 * split_copy.h
 *	  Copy the rows of a partition that is being divided, while others change them.
 */
#ifndef ELT_PARTITION_SPLIT_COPY_H
#define ELT_PARTITION_SPLIT_COPY_H

#include "postgres.h"
#include "partition/split_state.h"

/* From here on each change of the partition is noted. */
extern void SplitNoteChanges(Split *split);
extern void SplitStopNoting(Split *split);

/*
 * Bring the copies to what the partition has, up to so many blocks more. All in one snapshot, which the
 * transaction must have, or under a lock that keeps others from writing. Returns true when no block is
 * left.
 */
extern bool SplitCopy(Split *split, int64 blocks);
/* Is more left than can be done under a lock: changes and blocks? */
extern bool SplitIsBehind(Split *split, int64 rows, int64 blocks);
/* Error unless the copies have the rows of the partition, in the snapshot of the transaction. */
extern void SplitCompare(Split *split);

#endif

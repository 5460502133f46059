/*
 * conflict.h
 *	  Rows of one key in one batch that differ, where nothing determines which of them is newer.
 */
#ifndef ELT_MERGE_CONFLICT_H
#define ELT_MERGE_CONFLICT_H

#include "postgres.h"
#include "merge/batch.h"

/*
 * How many staged rows are unlike the row of their key that counts, which is the first or the last
 * that came; a WARNING names a key. None where sequence_by decides. repeated may be NULL.
 */
extern int64 CountConflicts(const MergeShape *shape, const RepeatedRows *repeated, bool first_counts);

#endif

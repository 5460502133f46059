/*
 * orphans.h
 *	  Delete the children of rows that are deleted, and theirs.
 */
#ifndef ELT_MERGE_ORPHANS_H
#define ELT_MERGE_ORPHANS_H

#include "postgres.h"
#include "merge/shape.h"

/* Rows that were deleted from the target of a child. */
typedef struct Orphans
{
	int32		pipeline_id;
	int64		removed;
} Orphans;

/*
 * Those of all descendants (Orphans *) of rows that are gone, the last generation first, so that
 * foreign keys to the parents hold.
 */
extern List *OrphansRemove(const Pipeline *parent, int64 run_id);

/*
 * The same before rows of a pipeline with the keys in a table are deleted unless a run later than
 * this one has written them; what goes is counted in this run.
 */
extern void OrphansRemoveOf(const MergeShape *parent, const char *keys, int64 run_id);

#endif

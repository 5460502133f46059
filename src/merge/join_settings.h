/*
 * join_settings.h
 *	  Planner settings for a merge, so that its cost depends on the batch and not on the target.
 */
#ifndef ELT_MERGE_JOIN_SETTINGS_H
#define ELT_MERGE_JOIN_SETTINGS_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "merge/batch.h"
#include "merge/shape.h"

typedef struct MergeSetting
{
	const char *name;
	const char *value;
} MergeSetting;

/* MergeSetting * that benefit any merge. */
extern List *CommonSettings(void);
/* MergeSetting *, beside others, of a statement that reads all of both sides and sorts neither. */
extern List *HashJoinSettings(void);
/*
 * MergeSetting * of one statement among several: an index is probed for each row of the outer
 * side, or both sides are read and hashed.
 */
extern List *JoinSettings(bool probes);
/*
 * MergeSetting *, beside others, of a statement that reads the rows of scopes: an index is probed
 * for each scope, or the target is read; the staged rows are hashed. And what undoes it.
 */
extern List *ScopeSettings(bool probes);
extern List *ScanSettings(void);
/* Does it cost less to probe an index so often than to read a range of this column (NULL: all)? */
extern bool ProbesCostLess(const MergeShape *shape, const char *range, const char *column,
						   int64 probes);
/* MergeSetting * for this batch, whose facts learn how the target will be read. */
extern List *MergeSettings(const MergeShape *shape, BatchFacts *facts);
/* As statements, a line each. */
extern void MergeSettingsText(StringInfo text, List *settings);
/* Apply them until AtEOXact_GUC(true, level); returns the level. */
extern int	MergeSettingsApply(List *settings);
/*
 * The same for statements that are no merges. A loop that cannot be avoided has a cost for which the plan
 * would be compiled.
 */
extern int	HashJoinsApply(void);

#endif

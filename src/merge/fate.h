/*
 * fate.h
 *	  What became of the parents of staged rows, so that children share it.
 *
 * Rows of a parent and of its children are related by the numbers of their records, not by key:
 * where a batch has two versions of a parent, the children of the one that lost do not land either.
 * Work table "fate" of a parent lists its records whose children do not land, and why; "gone" the
 * keys of rows that are deleted from its target. A parent that is neither there nor in the staging
 * table was quarantined.
 */
#ifndef ELT_MERGE_FATE_H
#define ELT_MERGE_FATE_H

#include "postgres.h"
#include "catalog/run.h"
#include "check/quarantine.h"
#include "merge/shape.h"

/* Nothing is known yet; before rows of the parent are removed from the batch. */
extern void FatesBegin(const Pipeline *parent);
extern void FatesEnd(const Pipeline *parent);

/* After the parent's merge, which had these counts: what became of its staged rows. */
extern void FatesJudge(const MergeShape *parent, const MergeCounts *counts);

/*
 * Before the parent's merge: keys that it will remove, and those of rows that are deleted after it
 * because the load lacks them, in this table; NULL: there are none.
 */
extern void FatesFindGone(const MergeShape *parent, const char *absent);

/* Keys of the parent in this table whose rows are there and were not written by a later run. */
extern void FatesAddGone(const MergeShape *parent, const char *keys, int64 run_id);

/*
 * Remove staged rows of a child that do not land because of their parents and count them by what
 * became of those. complete: no record of the parent was quarantined.
 */
extern void FatesInherit(const Pipeline *child, const Pipeline *parent, bool complete,
						 int64 run_id, MergeCounts *counts);

/* Staged rows of a child, without a batch of its parent, that none of the parent's rows holds. */
extern BadRows *FatesParentless(const MergeShape *child, const MergeShape *parent);

/* Are there rows of the parent that are gone? */
extern bool FatesAnyGone(const Pipeline *parent);
/* The rows of a child whose parents are gone will be gone themselves, before they are deleted. */
extern void FatesInheritGone(const MergeShape *child, const Pipeline *parent);
/* Delete the rows of parents that are gone from the target of a child; returns how many. */
extern int64 FatesRemoveOrphans(const MergeShape *child, const Pipeline *parent, int64 run_id);

/* After FatesInherit: which parents have landed, for a child that replaces their rows. */
extern void FatesFillScopes(const MergeShape *child, const Pipeline *parent);
/* The same as a SELECT for MergeShape; NULL: it does not replace. */
extern char *FatesScopes(const MergeShape *child);

#endif

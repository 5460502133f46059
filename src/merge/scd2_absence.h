/*
 * scd2_absence.h
 *	  Deletes and returns in a history that no row tells: what full loads lack, and have again.
 */
#ifndef ELT_MERGE_SCD2_ABSENCE_H
#define ELT_MERGE_SCD2_ABSENCE_H

#include "postgres.h"
#include "merge/scd2_target.h"
#include "merge/strategy.h"

extern char *Scd2Live(const MergeShape *shape);
extern int64 Scd2Remove(const MergeShape *shape, const Removal *removal);

/*
 * After a batch was written, with its work tables still there: open a version of each key that
 * the load has and the history has closed. They are counted as inserted.
 */
extern void Scd2Return(const Scd2 *scd, MergeCounts *counts);

#endif

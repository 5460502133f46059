/*
 * scd2_absence.h
 *	  A full load of a history is a snapshot: rows missing from it are closed, rows in it are
 *	  open, as of its start.
 */
#ifndef ELT_MERGE_SCD2_ABSENCE_H
#define ELT_MERGE_SCD2_ABSENCE_H

#include "postgres.h"
#include "merge/scd2_shape.h"
#include "merge/strategy.h"

extern char *Scd2Live(const MergeShape *shape);
extern int64 Scd2Remove(const MergeShape *shape, const Removal *removal);

/*
 * After a batch was written, with its work tables still there: where the history says otherwise
 * than the last row of a key, it is made to say the same as of the load's start.
 */
extern void Scd2Settle(const Scd2 *scd, MergeCounts *counts);

#endif

/*
 * late.h
 *	  How late a row of a history may be, and how much of its log that needs.
 */
#ifndef ELT_MERGE_LATE_H
#define ELT_MERGE_LATE_H

#include "postgres.h"
#include "merge/scd2_target.h"

/* Error unless late_horizon and late_policy fit each other. */
extern void LateCheckOptions(const Pipeline *p);

/* The index that finds the newest observation; nothing without late_horizon. */
extern void LateIndexEnsure(const Scd2 *scd);

/* Move staged rows that are too far ahead or too late to quarantine; returns how many. */
extern int64 QuarantineUntimely(const MergeShape *shape, int64 run_id);

/*
 * The statement that forgets what late_horizon no longer needs of the batch's keys, which leaves
 * each an observation to build on; NULL without late_horizon.
 */
extern char *LatePrune(const Scd2 *scd);

#endif

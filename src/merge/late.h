/*
 * late.h
 *	  Late rows of a history: how late they may be, and how much of its log that requires.
 */
#ifndef ELT_MERGE_LATE_H
#define ELT_MERGE_LATE_H

#include "postgres.h"
#include "check/quarantine.h"
#include "merge/scd2_shape.h"

/* Error unless late_horizon and late_policy fit each other. */
extern void LateCheckOptions(const Pipeline *p);

/* The index that finds the newest observation; nothing without late_horizon. */
extern void LateIndexEnsure(const Scd2 *scd);

/* Staged rows that are too far ahead or too late. */
extern BadRows *UntimelyRows(const MergeShape *shape);

/*
 * A query that selects expression "what" of those rows, a FROM item with that alias, which are too late for
 * late_horizon; NULL if none can be.
 */
extern char *TooLateQuery(const Scd2 *scd, const char *what, const char *rows, const char *alias);

/*
 * The statement that forgets what late_horizon no longer needs of the batch's keys, which leaves
 * each an observation to build on; NULL without late_horizon.
 */
extern char *LatePrune(const Scd2 *scd);

#endif

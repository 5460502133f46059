/*
 * change_part.h
 *	  The partitions of a change log.
 */
#ifndef ELT_CHANGE_CHANGE_PART_H
#define ELT_CHANGE_CHANGE_PART_H

#include "postgres.h"
#include "catalog/change_log.h"

/* Keep changes for so long: set the policy of the log, and make its partitions of the next time. */
extern void ChangePartsSet(const ChangeLog *log, const Interval *retain);
/* Make those of the next time that are missing. */
extern void ChangePartsAhead(const ChangeLog *log);
/* The partition for a time, which is created if maintenance has not done so. */
extern Oid	ChangePartAt(const ChangeLog *log, TimestampTz at);
/* Since when the log has all changes. */
extern TimestampTz ChangeLogSince(const ChangeLog *log);
/* Forget the times of transactions whose changes are gone. */
extern void ChangeCommitsPrune(Oid relation);

#endif

/*
 * grid.h
 *	  Where partitions begin and end: a policy's intervals on the wall clock of its time zone.
 *
 * Intervals are whole months (counted from year 0), whole days (weeks begin on Monday) or a
 * part of a day that divides it. Parts of a day are counted in real time from midnight UTC, so
 * that the hours around a clock change are neither lost nor doubled.
 */
#ifndef ELT_PARTITION_GRID_H
#define ELT_PARTITION_GRID_H

#include "postgres.h"
#include "partition/partition.h"
#include "partition/policy.h"

/* Error unless interval can be a partition's span for a column of this type. */
extern void GridCheckInterval(const Interval *interval, const char *time_zone,
							  Oid column_type);
extern void GridCheckZone(const char *time_zone);
/* The span that contains at. */
extern PartitionBounds GridSpan(const Policy *policy, TimestampTz at);
/* Unit of date_trunc that no span divides: month or day; NULL for parts of a day. */
extern const char *GridUnit(const Policy *policy);

/* An instant as a wall-clock time of the policy's zone, and back. */
extern Timestamp GridLocal(const Policy *policy, TimestampTz at);
extern TimestampTz GridInstant(const Policy *policy, Timestamp local);

/* Start of the oldest interval that is not older than age. */
extern TimestampTz GridCutoff(const Policy *policy, const Interval *age);
/* Start of the oldest interval that retention keeps; false when everything is kept. */
extern bool GridRetainCutoff(Oid relation, TimestampTz *cutoff);

#endif

/*
 * policy.h
 *	  The partition policy of a table: interval, time zone, premake, retention.
 */
#ifndef ELT_PARTITION_POLICY_H
#define ELT_PARTITION_POLICY_H

#include "postgres.h"
#include "datatype/timestamp.h"

typedef struct Policy
{
	Oid			relation;
	char	   *column;
	Oid			column_type;	/* timestamptz, timestamp or date */
	Interval   *interval;
	char	   *time_zone;
	int			premake;		/* intervals kept ready beyond the current one */
	Interval   *retain;			/* NULL: for ever */
	char	   *retain_action;	/* drop or detach */
	int			lock_timeout_ms;
	Oid			set_by;			/* who must have the rights of the table's owner */
} Policy;

/* Set or change the policy of a partitioned table; NULL and -1 keep what is set, or default. */
extern void PolicySet(Oid relation, const char *column, const Interval *interval,
					  const char *tz, int premake, const Interval *retain,
					  const char *retain_action);
/* Error unless so many intervals may be kept ready. */
extern void PolicyCheckPremake(int premake);
/* Take its retention away, which PolicySet cannot. */
extern void PolicyKeepForEver(Oid relation);
/* The policy of a table, or NULL. */
extern Policy *PolicyOf(Oid relation);
/* Start of the oldest interval that retention keeps; false when everything is kept. */
extern bool PolicyRetainCutoff(Oid relation, TimestampTz *cutoff);

#endif

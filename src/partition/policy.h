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

/* The policy of a table, or NULL. */
extern Policy *PolicyOf(Oid relation);

#endif

/*
 * policy_set.h
 *	  Set the partition policy of a table, or a part of it.
 */
#ifndef ELT_PARTITION_POLICY_SET_H
#define ELT_PARTITION_POLICY_SET_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* What is set; NULL, 0 and a premake of -1 keep what is set, or the default. */
typedef struct PolicyChange
{
	Oid			relation;
	const char *column;
	const Interval *interval;
	const char *time_zone;
	int			premake;
	const Interval *retain;
	const char *retain_action;
	const char *retention;		/* jsonb text: the chain, in place of retain */
	const char *archive_server;
	const char *archive_path;
	const char *archive_format;
	const char *retain_by;
	const char *epoch;
	int64		step;
	int64		rows;
	int64		bytes;
	const char *then_by;		/* jsonb text */
} PolicyChange;

/* Set or change the policy of a partitioned table. */
extern void PolicySet(const PolicyChange *change);
/* Remove its retention, which PolicySet cannot do. */
extern void PolicyKeepForEver(Oid relation);

#endif

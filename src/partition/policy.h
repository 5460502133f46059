/*
 * policy.h
 *	  The partition policy of a table: interval, time zone, premake, retention.
 */
#ifndef ELT_PARTITION_POLICY_H
#define ELT_PARTITION_POLICY_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "partition/chain_read.h"

typedef struct Policy
{
	Oid			relation;
	char	   *column;
	Oid			column_type;	/* timestamptz, timestamp, date or an integer */
	char	   *epoch;			/* of an integer that is a time: "s" or "ms" since 1970, or NULL */
	Interval   *interval;		/* of time; NULL where numbers are partitioned */
	int64		step;			/* numbers of a partition, where they are */
	int64		rows;			/* that a partition is meant to have, by which step is set; or 0 */
	int64		bytes;			/* the same in bytes; or 0 */
	char	   *time_zone;
	char	   *then_by;		/* how each partition is divided, jsonb text; or NULL */
	bool		by_number;		/* partitions are of numbers that are no times */
	bool		by_rows;		/* the table has no partitions: retention deletes rows */
	bool		by_creation;	/* age is that of the partition, not of its times */
	int			premake;		/* intervals kept ready beyond the current one */
	List	   *chain;			/* ChainStep *, by age; NIL: everything is kept for ever */
	Interval   *retain;			/* age at which rows leave the table; NULL: never */
	int			lock_timeout_ms;
	Oid			archive_table;	/* partitioned table of its archives; invalid: there is none */
	Oid			all_view;		/* invalid: there is none */
	Oid			set_by;			/* who must have the rights of the table's owner */
} Policy;

/* The policy of a table, or NULL. */
extern Policy *PolicyOf(Oid relation);

#endif

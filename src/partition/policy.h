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
	Oid			column_type;	/* timestamptz, timestamp or date */
	Interval   *interval;
	char	   *time_zone;
	int			premake;		/* intervals kept ready beyond the current one */
	List	   *chain;			/* ChainStep *, by age; NIL: everything is kept for ever */
	Interval   *retain;			/* age at which rows leave the table; NULL: never */
	int			lock_timeout_ms;
	Oid			set_by;			/* who must have the rights of the table's owner */
} Policy;

/* The policy of a table, or NULL. */
extern Policy *PolicyOf(Oid relation);

#endif

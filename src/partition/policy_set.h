/*
 * policy_set.h
 *	  Set the partition policy of a table, or a part of it.
 */
#ifndef ELT_PARTITION_POLICY_SET_H
#define ELT_PARTITION_POLICY_SET_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* Set or change the policy of a partitioned table; NULL and -1 keep what is set, or default. */
extern void PolicySet(Oid relation, const char *column, const Interval *interval,
					  const char *tz, int premake, const Interval *retain,
					  const char *retain_action);
/* Remove its retention, which PolicySet cannot do. */
extern void PolicyKeepForEver(Oid relation);

#endif

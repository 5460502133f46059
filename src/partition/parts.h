/*
 * parts.h
 *	  The partitions of a table, as it has them.
 */
#ifndef ELT_PARTITION_PARTS_H
#define ELT_PARTITION_PARTS_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "partition/policy.h"

typedef struct Part
{
	Oid			relid;
	TimestampTz lower;			/* -infinity without one */
	TimestampTz upper;			/* infinity without one */
	bool		is_number;		/* the bounds are numbers, not times */
} Part;

/* Name of the only column of a range partition key; NULL when the key is anything else. */
extern char *PartitionColumn(Oid relation);
/* Attached range partitions (Part *) by time; a default partition is not among them. */
extern List *PartsOf(const Policy *policy);
/*
 * Has its table no page yet? No lock is taken, so that it may be wrong of one that was just rewritten, as
 * whoever creates partitions ahead can bear.
 */
extern bool PartFileIsEmpty(const Part *part);
extern bool PartHasRows(const Policy *policy, const Part *part);
/* The epoch of Unix in the time of PostgreSQL, and microseconds of a unit of the policy's epoch. */
#define UNIX_EPOCH ((int64) (UNIX_EPOCH_JDATE - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY)
#define EpochUnit(policy) (strcmp((policy)->epoch, "s") == 0 ? USECS_PER_SEC : INT64CONST(1000))
/* A bound as a quoted literal of the partition column's type. */
extern char *BoundLiteral(const Policy *policy, TimestampTz bound);
/* "FROM (a) TO (b)", without limits where the part has none. */
extern char *BoundsClause(const Policy *policy, TimestampTz lower, TimestampTz upper);

#endif

/*
 * parts.h
 *	  The partitions of a table, as it has them.
 */
#ifndef ELT_PARTITION_PARTS_H
#define ELT_PARTITION_PARTS_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "partition/policy.h"

typedef struct Part
{
	Oid			relid;
	TimestampTz lower;			/* -infinity without one */
	TimestampTz upper;			/* infinity without one */
} Part;

/* Name of the only column of a range partition key; NULL when the key is anything else. */
extern char *PartitionColumn(Oid relation);
/* Attached range partitions (Part *) by time; a default partition is not among them. */
extern List *PartsOf(const Policy *policy);
/* A bound as a quoted literal of the partition column's type. */
extern char *BoundLiteral(const Policy *policy, TimestampTz bound);

#endif

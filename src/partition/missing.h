/*
 * missing.h
 *	  Missing partitions: find and create them; shared by landing and rotation.
 */
#ifndef ELT_PARTITION_MISSING_H
#define ELT_PARTITION_MISSING_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "partition/partition.h"
#include "partition/policy.h"

/* The gaps (PartitionBounds *) that parts (Part *, by time) leave in a span. */
extern List *GapsIn(const PartitionBounds *span, List *parts);
/* Where the rows of a table lie; false, and range as it was, when there are none. */
extern bool RangeOfRows(const Policy *policy, const char *table, Oid role, PartitionBounds *range);
/* Those (PartitionBounds *) that are to be made ahead of time. */
extern List *GapsAhead(const Policy *policy);
/* The statements that make one, for people to read. */
extern List *PartitionStatements(const Policy *policy, const PartitionBounds *bounds);
/* Make one; its name, or NULL when it was there. */
extern char *PartitionAdd(const Policy *policy, const PartitionBounds *bounds);
/* The same; fill puts rows into the table, of this quoted name, before it is attached. */
extern char *PartitionAddFilled(const Policy *policy, const PartitionBounds *bounds,
								void (*fill) (const char *relation, void *arg), void *fill_arg);

#endif

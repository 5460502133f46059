/*
 * missing.h
 *	  What partitions lack, and making them; shared by landing and rotation.
 */
#ifndef ELT_PARTITION_MISSING_H
#define ELT_PARTITION_MISSING_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "partition/partition.h"
#include "partition/policy.h"

/* What parts (Part *, by time) leave uncovered of a span (PartitionBounds *). */
extern List *GapsIn(const PartitionBounds *span, List *parts);
/* Make one; its name, or NULL when it was there. */
extern char *PartitionAdd(const Policy *policy, const PartitionBounds *bounds);

#endif

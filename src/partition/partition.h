/*
 * partition.h
 *	  Range partitions by time: created for a batch, created ahead of time, removed by retention.
 *
 * Bounds follow the policy's interval on the wall clock of the policy's time zone. A partition is
 * created beside its parent and attached, which does not block readers and writers; the parent is
 * always locked before any of its partitions.
 */
#ifndef ELT_PARTITION_PARTITION_H
#define ELT_PARTITION_PARTITION_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "partition/policy.h"

typedef struct PartitionBounds
{
	TimestampTz lower;			/* inclusive */
	TimestampTz upper;			/* exclusive */
} PartitionBounds;

/* Partitions that the staged rows need and the target lacks (PartitionBounds *), by time. */
extern List *PartitionsMissing(const Pipeline *p);
/* Make and attach one; false when the parent had it already. Retries a busy lock. */
extern bool PartitionCreate(Oid parent, const PartitionBounds *b);

#endif

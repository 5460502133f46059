/*
 * compress_part.h
 *	  Compress the files of a partition, and take that back.
 */
#ifndef ELT_PARTITION_COMPRESS_PART_H
#define ELT_PARTITION_COMPRESS_PART_H

#include "postgres.h"
#include "partition/compression.h"
#include "partition/policy.h"

/* Rewrite the tables of a partition, sorted; order_by is "time", "key" or NULL. */
extern Compression *CompressPart(const Policy *policy, Oid part, const char *order_by, bool brin);
/* Give it back the indexes that it had. */
extern void DecompressPart(const Policy *policy, Oid part, Compression *c);
/* Size of a partition with all that belongs to it. */
extern int64 PartBytes(Oid part);
/* Indexes (Oid) of a table that a BRIN index can replace. */
extern List *ReplaceableIndexes(Oid relid);
/* Tables (Oid) that hold the rows of a partition. */
extern List *LeavesOf(Oid part);

#endif

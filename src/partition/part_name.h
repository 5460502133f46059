/*
 * part_name.h
 *	  Names of partitions: of at most 63 bytes, and free.
 */
#ifndef ELT_PARTITION_PART_NAME_H
#define ELT_PARTITION_PART_NAME_H

#include "postgres.h"
#include "partition/policy.h"

/* A free name in schema for the partition of a policy's table that begins there. */
extern char *PartName(const Policy *policy, Oid schema, TimestampTz lower);
/* The name of something that belongs to a whole, by a suffix; perhaps taken. */
extern char *ShortName(const char *whole, const char *suffix);
/* A free name for a part of something, by a suffix. */
extern char *FreeName(const char *whole, const char *suffix, Oid schema);

#endif

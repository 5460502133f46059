/*
 * division.h
 *	  Partitions that are divided again, by hash or list of another column: then_by of a policy.
 */
#ifndef ELT_PARTITION_DIVISION_H
#define ELT_PARTITION_DIVISION_H

#include "postgres.h"
#include "partition/policy.h"

/* Error unless a policy's then_by is right. */
extern void DivisionCheck(const Policy *policy);
/* " PARTITION BY HASH (c)" */
extern char *DivisionClause(const Policy *policy);
/* The parts of a new partition, with storage clauses. */
extern void DivisionCreate(const Policy *policy, const char *name, Oid schema, const char *clauses);

#endif

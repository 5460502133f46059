/*
 * finalize.h
 *	  Partitions whose concurrent detachment was interrupted.
 *
 * New statements do not see them, but the table cannot detach another one concurrently, and their
 * range cannot be used again.
 */
#ifndef ELT_PARTITION_FINALIZE_H
#define ELT_PARTITION_FINALIZE_H

#include "postgres.h"
#include "partition/policy.h"

extern bool IsPartitionOf(Oid part, Oid relation);
extern bool IsDetachPending(Oid part);
extern void FinalizeDetach(Oid relation, Oid part);
/* Finish the detachment of all of a table's. */
extern void FinalizeAll(const Policy *policy);

#endif

/*
 * packed_table.h
 *	  Foreign tables of packed rows: as parts of <table>_all, and how they are dropped.
 */
#ifndef ELT_PARTITION_PACKED_TABLE_H
#define ELT_PARTITION_PACKED_TABLE_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "partition/policy.h"

/* The relations (AllPart *) of <table>_all that are packed. */
extern List *PackedParts(const Policy *policy);
/* A column of the policy's table has been renamed. */
extern void PackedRename(const Policy *policy, const char *from, const char *to);
/* Drop a foreign table of packed rows, with them. */
extern void PackedDrop(Oid foreign, Oid owner);

#endif

/*
 * packed_table.h
 *	  Foreign tables of packed rows: as parts of <table>_all, and how they are dropped.
 */
#ifndef ELT_PARTITION_PACKED_TABLE_H
#define ELT_PARTITION_PACKED_TABLE_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "partition/policy.h"

/*
 * The rows (LedgerRow *) of those that can become partitions of <table>_archive, since they have its columns,
 * and are none.
 */
extern List *PackedAttachable(const Policy *policy);
/* Columns have been added to <table>_archive, and its partitions: packed rows do not have them. */
extern void PackedColumnsAdded(const Policy *policy);
/* Who may read the table may read those. */
extern void PackedLetRead(const Policy *policy);
/* Take them out of <table>_archive, which is going to be dropped. */
extern void PackedLeave(const Policy *policy);
/* Take one of them out of it, if it is a partition. */
extern void PackedDetach(const Policy *policy, Oid foreign);
/* The table of the packed rows that a foreign table reads; invalid: it reads none. */
extern Oid	PackedTableOf(Oid foreign);
/* The relations (AllPart *) of <table>_all that are packed, and no partitions of <table>_archive. */
extern List *PackedParts(const Policy *policy);
/* A column of the policy's table has been renamed. */
extern void PackedRename(const Policy *policy, const char *from, const char *to);
/* Find packed rows again whose schema has got another name. */
extern void PackedFollowSchema(const Policy *policy);
/* Drop a foreign table of packed rows, with them. */
extern void PackedDrop(Oid foreign, Oid owner);

#endif

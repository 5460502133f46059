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
 * The ledger's rows (LedgerRow *) of packed partitions that have the columns of <table>_archive and are not
 * yet partitions of it.
 */
extern List *PackedAttachable(const Policy *policy);
/* Mark columns that were added to <table>_archive, and so to its partitions, as missing in packed rows. */
extern void PackedColumnsAdded(const Policy *policy);
/* Let the roles that may read the table read the packed partitions of <table>_archive. */
extern void PackedLetRead(const Policy *policy);
/* Detach them from <table>_archive, which is going to be dropped. */
extern void PackedLeave(const Policy *policy);
/* Detach one of them, if it is a partition of <table>_archive. */
extern void PackedDetach(const Policy *policy, Oid foreign);
/* The table of packed rows that a foreign table reads, or InvalidOid. */
extern Oid	PackedTableOf(Oid foreign);
/* Packed relations (AllPart *) that <table>_all reads by themselves: no partitions of <table>_archive. */
extern List *PackedParts(const Policy *policy);
/* A column of the policy's table has been renamed. */
extern void PackedRename(const Policy *policy, const char *from, const char *to);
/* Find packed rows again whose schema has got another name. */
extern void PackedFollowSchema(const Policy *policy);
/* Drop a foreign table of packed rows, with them. */
extern void PackedDrop(Oid foreign, Oid owner);

#endif

/*
 * archive_table.h
 *	  The table <table>_archive: the archives of a table as foreign tables that are its partitions.
 *
 * It has no indexes, so that foreign tables can be its partitions, and is read by time as the table
 * itself is. An archive whose range overlaps that of another is a foreign table of its own. Foreign
 * tables of packed rows are its partitions, too.
 */
#ifndef ELT_PARTITION_ARCHIVE_TABLE_H
#define ELT_PARTITION_ARCHIVE_TABLE_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "partition/ledger.h"
#include "partition/policy.h"

/*
 * Make the table unless it is there, with the columns of the policy's table, and the foreign tables of
 * archives that have none; attach those of packed rows, too. Sets policy->archive_table.
 */
extern void ArchiveTableFollow(Policy *policy);
/* Would ArchiveTableFollow drop it and make it anew, since columns were dropped or have other types? */
extern bool ArchiveTableMustGo(const Policy *policy);
/*
 * Pairs of names, from and to, of columns of the policy's table that have been renamed since archives
 * noted them; false when none has.
 */
extern bool ArchiveTableRenamed(const Policy *policy, List **renamed);
/* Follow that. */
extern void ArchiveTableRename(const Policy *policy, const char *from, const char *to);
/* The relations (AllPart *) of <table>_all that are archives. */
extern List *ArchiveTableParts(const Policy *policy);
/* The foreign table of an archive, which must have one. */
extern char *ArchiveForeignTable(const LedgerRow *row);
/* An archive is no longer one of the table. */
extern void ArchiveTableForget(const Policy *policy, const LedgerRow *row);
/* All of it, without the files. */
extern void ArchiveTableDrop(const Policy *policy);

#endif

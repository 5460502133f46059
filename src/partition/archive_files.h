/*
 * archive_files.h
 *	  The files of archives: where they are, their names, and which of them are needed.
 */
#ifndef ELT_PARTITION_ARCHIVE_FILES_H
#define ELT_PARTITION_ARCHIVE_FILES_H

#include "postgres.h"
#include "partition/ledger.h"
#include "partition/policy.h"

typedef struct ArchivePlace
{
	char	   *server;
	char	   *path;			/* of a folder */
	char	   *format;			/* of its files; NULL: Parquet */
} ArchivePlace;

/* What an element of a chain says (jsonb text); fields that it lacks are NULL. */
extern ArchivePlace ArchivePlaceOf(const char *options);

/* Raise an error unless this role can use the place for archives; fields that are NULL are not checked. */
extern void ArchivePlaceCheck(const ArchivePlace *place, Oid role);

/* Of this table of this database of this cluster, since others may write into the same folder. */
extern char *ArchiveMarkOf(Oid relation);
/*
 * A name that no file and no other partition has. Files of a transaction that may be rolled back are
 * marked, so that they are found when no row names them.
 */
extern char *ArchiveNewName(Oid relation, const char *partition, const ArchivePlace *place,
							bool may_roll_back);
/* Is an archive with this name where the place says, or already there? */
extern bool ArchiveKeepsName(const char *server, const char *path, const ArchivePlace *place);

/*
 * Remove what is not needed: files of archives that retention has dropped, and those that an
 * interrupted or rolled back archiving has left. Commits; for the job, which has the turn to apply
 * retention to the table. Returns the first error, or NULL.
 */
extern ErrorData *ArchiveFilesClean(Oid relation);

#endif

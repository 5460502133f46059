/*
 * archive.h
 *	  The rows of a table as a file from which they can be restored.
 */
#ifndef ELT_SINK_ARCHIVE_H
#define ELT_SINK_ARCHIVE_H

#include "postgres.h"
#include "sink/exported_file.h"
#include "sink/row_hash.h"

/* Of files of CSV; all others are Parquet. */
extern const char *const ArchiveCsvSuffix;

/*
 * Write all rows that the current user sees, in the order of the primary key. Unless replace they are
 * read back, and the file is published when they are the same; it is an error then that the file
 * exists. Whoever replaces it compares it later.
 */
extern ExportedFile *ArchiveMake(Oid relation, const char *server, const char *path, bool replace);

/* Number and hash of the rows of a query. */
extern RowSum ArchiveSumOf(const char *query);

/*
 * Number of rows of the table when the file has the same, else -1, and *fault is set. Raises an error
 * when the file cannot be read.
 */
extern int64 ArchiveCompare(Oid relation, const char *server, const char *path, char **fault);

#endif

/*
 * archive.h
 *	  The rows of a table as a Parquet file from which they can be restored.
 */
#ifndef ELT_SINK_ARCHIVE_H
#define ELT_SINK_ARCHIVE_H

#include "postgres.h"
#include "sink/exported_file.h"
#include "sink/row_hash.h"

/*
 * Write all rows that the current user sees, in the order of the primary key, and read them back; the
 * file is published when they are the same. Raises an error otherwise, and unless replace when the
 * file exists.
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

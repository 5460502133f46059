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

/* What a file has, in the types in which it is read. */
typedef struct ArchivedRows
{
	TupleDesc	desc;
	RowSum		sum;
} ArchivedRows;

/*
 * Write all rows that the current user sees, in the order of the primary key. Unless replace they are
 * read back, and the file is published when they are the same; it is an error then that the file
 * exists. Whoever replaces it compares it later.
 */
extern ExportedFile *ArchiveMake(Oid relation, const char *server, const char *path, bool replace);

/*
 * Has the file the rows of the table? They are described then, else *fault is set. Raises an error when
 * the file cannot be read.
 */
extern bool ArchiveCompare(Oid relation, const char *server, const char *path, ArchivedRows *rows,
						   char **fault);

/* Sum of the rows of a file, read as those columns; false: it is gone. */
extern bool ArchiveRead(const char *server, const char *path, TupleDesc desc, RowSum *sum);

#endif

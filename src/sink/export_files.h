/*
 * export_files.h
 *	  The rows of a query as files where a server says.
 */
#ifndef ELT_SINK_EXPORT_FILES_H
#define ELT_SINK_EXPORT_FILES_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "sink/exported_file.h"
#include "sink/row_file.h"

typedef enum IfExists
{
	IF_EXISTS_ERROR,
	IF_EXISTS_REPLACE,
	IF_EXISTS_SKIP
} IfExists;

typedef struct ExportSpec
{
	const char *query;			/* one SELECT */
	const char *server;
	const char *path;			/* of the file; of its folder when there are partitions */
	const RowFormat *format;
	RowFileOptions options;
	List	   *partition_by;	/* of char *, columns */
	IfExists	if_exists;
	bool		verify;			/* read every file back before it is published */
} ExportSpec;

/*
 * Write the files with the rights of the current user, and publish them all; nothing is left behind
 * by an error. Returns them (ExportedFile *), NIL if they are skipped.
 */
extern List *ExportRun(const ExportSpec *spec);

#endif

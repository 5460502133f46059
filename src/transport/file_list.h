/*
 * file_list.h
 *	  List files below one directory of the server, with their sizes and times.
 */
#ifndef ELT_TRANSPORT_FILE_LIST_H
#define ELT_TRANSPORT_FILE_LIST_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

#include <sys/stat.h>

typedef struct ListedFile
{
	char	   *name;			/* relative to root */
	int64		size;			/* in bytes; -1: not known */
	TimestampTz modified;
	char	   *problem;		/* why it cannot be read, which opening it would not change; or NULL */
	bool		has_no_text;	/* its name is no text, and stands escaped; set by who lists it */
} ListedFile;

/*
 * The files below root whose relative names match a pattern (ListedFile *), once each, sorted by
 * name. * and ? match within a directory, ** matches any number of directories. A pattern without
 * wildcards is returned as a name even if no such file exists, then without a size. No file is
 * opened, nor a directory that is not wanted. Raises an error when root cannot be read.
 */
extern List *FileList(const char *root, const char *pattern,
					  bool (*wants) (void *arg, const char *directory), void *arg);

/* One file by its name, as FileList shows it. */
extern ListedFile *FileFacts(const char *root, const char *name);

/* When it was modified. */
extern TimestampTz TimeOfFile(const struct stat *st);

#endif

/*
 * file_dispose.h
 *	  Move or delete files below one directory of the server.
 */
#ifndef ELT_TRANSPORT_FILE_DISPOSE_H
#define ELT_TRANSPORT_FILE_DISPOSE_H

#include "postgres.h"
#include "datatype/timestamp.h"

typedef enum FileDisposed
{
	FILE_IS_DISPOSED,			/* or was before, so that it can be tried again */
	FILE_IS_ANOTHER,			/* the file of this name is another version */
	FILE_STAYS					/* *problem says why */
} FileDisposed;

/*
 * Move the version of a file that has this size and time into a folder below root, under its name or,
 * if that is taken, with suffix; without a folder delete it.
 */
extern FileDisposed FileDispose(const char *root, const char *name, int64 size,
								TimestampTz modified, const char *folder, const char *suffix,
								char **problem);

#endif

/*
 * beneath.h
 *	  Open and list files below one directory of the server.
 */
#ifndef ELT_TRANSPORT_BENEATH_H
#define ELT_TRANSPORT_BENEATH_H

#include "postgres.h"
#include "nodes/pg_list.h"

/*
 * Open a regular file for reading by its name relative to root. Returns -1 with *problem set
 * when it does not exist or is outside root.
 */
extern int	OpenBeneath(const char *root, const char *name, char **problem);

/*
 * The files below root whose relative names match a pattern, sorted by name (char *). * and ?
 * match within a directory, ** matches any number of directories. A pattern without wildcards is
 * returned as a name even if no such file exists. Raises an error when root cannot be read.
 */
extern List *ListBeneath(const char *root, const char *pattern);

/* Its size, 0 when it cannot be opened. */
extern int64 SizeBeneath(const char *root, const char *name);

/* Is this a relative name without empty, "." or ".." parts? */
extern bool IsNameBeneath(const char *name);

#endif

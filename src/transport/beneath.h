/*
 * beneath.h
 *	  Files of the server below one directory, and nothing else.
 */
#ifndef ELT_TRANSPORT_BENEATH_H
#define ELT_TRANSPORT_BENEATH_H

#include "postgres.h"
#include "nodes/pg_list.h"

/*
 * Open a regular file for reading by its name relative to root. -1 with *problem, a text for
 * people, when there is none or when it lies outside root.
 */
extern int	OpenBeneath(const char *root, const char *name, char **problem);

/*
 * The files below root whose relative names match a pattern, sorted by name (char *). * and ?
 * stay within a directory, ** stands for any number of directories. A pattern without wildcards is
 * a name, whether there is such a file or not. Error when root cannot be read.
 */
extern List *ListBeneath(const char *root, const char *pattern);

/* Its size, 0 when it cannot be opened. */
extern int64 SizeBeneath(const char *root, const char *name);

/* Is this a relative name without empty, "." or ".." parts? */
extern bool IsNameBeneath(const char *name);

#endif

/*
 * folder.h
 *	  Folders below one directory of the server, as handles, and renames between them.
 */
#ifndef ELT_TRANSPORT_FOLDER_H
#define ELT_TRANSPORT_FOLDER_H

#include "postgres.h"
#include "nodes/pg_list.h"

/* "c" of "a/b/c" */
extern const char *FolderBaseName(const char *name);
/* "a/b" of "a/b/c"; "" of "c" */
extern char *FolderOf(const char *name);

/*
 * A handle of a folder, by its name relative to root, "" being root itself. Returns -1 with *problem
 * set when there is none that lies below root.
 */
extern int	FolderOpen(const char *root, const char *folder, char **problem);
/*
 * The same, with the folder and those above it made if they are missing; their names (char *) are
 * added to *made, unless that is NULL. Sets errno when one cannot be made.
 */
extern int	FolderMake(const char *root, const char *folder, List **made, char **problem);

/* Unless the new name is taken; sets errno when it fails. */
extern bool FolderRename(int from, const char *name, int to, const char *new_name);

#endif

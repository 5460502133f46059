/*
 * beneath.h
 *	  Open files below one directory of the server.
 */
#ifndef ELT_TRANSPORT_BENEATH_H
#define ELT_TRANSPORT_BENEATH_H

#include "postgres.h"

#include <sys/stat.h>

#define HANDLE_PATH_SIZE 40

/*
 * Open a regular file for reading by its name relative to root. Returns -1 with *problem set
 * when it does not exist or is outside root; *error is the errno of the system's refusal, or 0.
 */
extern int	OpenBeneath(const char *root, const char *name, char **problem, int *error);

/* The same as a handle that reads nothing, of a file or directory (S_IFREG, S_IFDIR). */
extern int	HandleBeneath(const char *root, const char *name, mode_t type, char **problem,
						  int *error);

/* The path that leads to what a handle is of; path has HANDLE_PATH_SIZE bytes. */
extern void HandlePath(int fd, char *path);

/* Is this a relative name without empty, "." or ".." parts? */
extern bool IsNameBeneath(const char *name);

#endif

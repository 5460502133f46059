/*
 * file_dispose.c
 *	  Move or delete files below one directory of the server.
 *
 * Both are done relative to handles of directories that have been found to lie below root. A crash
 * may come after either: who tries again finds the file gone.
 */
#include "base/compat.h"
#include "transport/file_dispose.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/beneath.h"
#include "transport/file_list.h"

#define FOLDER_MODE 0755

static const char *
BaseName(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? name : slash + 1;
}

/* "a/b" of "a/b/c"; "" of "c" */
static char *
DirectoryOf(const char *name)
{
	return BaseName(name) == name ? pstrdup("") : pnstrdup(name, BaseName(name) - name - 1);
}

static int
OpenFolder(const char *root, const char *folder, char **problem)
{
	int			error;
	int			handle;

	if (folder[0] != '\0')
		return HandleBeneath(root, folder, S_IFDIR, problem, &error);
	handle = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (handle < 0)
		*problem = psprintf("could not open \"%s\": %s", root, strerror(errno));
	return handle;
}

/* The same, with the folder and those above it made if they are missing. */
static int
MakeFolder(const char *root, const char *folder, char **problem)
{
	const char *end = folder;
	int			handle = OpenFolder(root, "", problem);

	while (handle >= 0 && *end != '\0')
	{
		const char *part = end + (*end == '/');
		char	   *name;

		end = part + strcspn(part, "/");
		name = pnstrdup(part, end - part);
		(void) mkdirat(handle, name, FOLDER_MODE);
		close(handle);
		handle = OpenFolder(root, pnstrdup(folder, end - folder), problem);
	}
	return handle;
}

static bool
IsThere(int handle, const char *name)
{
	struct stat st;

	return fstatat(handle, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Unless the name is taken; not every file system can do that at once. */
static bool
Rename(int from, const char *name, int to, const char *new_name)
{
	if (renameat2(from, name, to, new_name, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return false;
	if (!IsThere(to, new_name))
		return renameat(from, name, to, new_name) == 0;
	errno = EEXIST;
	return false;
}

static bool
Move(int from, const char *name, int to, const char *suffix)
{
	if (Rename(from, name, to, name))
		return true;
	return errno == EEXIST && suffix != NULL &&
		Rename(from, name, to, psprintf("%s.%s", name, suffix));
}

static FileDisposed
DisposeIn(int handle, const char *root, const char *name, const char *folder, const char *suffix,
		  char **problem)
{
	const char *base = BaseName(name);
	int			to;
	bool		moved;

	if (folder == NULL)
	{
		if (unlinkat(handle, base, 0) == 0 || errno == ENOENT)
			return FILE_IS_DISPOSED;
		*problem = psprintf("could not delete \"%s\": %s", name, strerror(errno));
		return FILE_STAYS;
	}
	to = MakeFolder(root, DirectoryOf(psprintf("%s/%s", folder, name)), problem);
	if (to < 0)
		return FILE_STAYS;
	moved = Move(handle, base, to, suffix) || errno == ENOENT;
	if (!moved)
		*problem = psprintf("could not move \"%s\" to \"%s\": %s", name, folder, strerror(errno));
	close(to);
	return moved ? FILE_IS_DISPOSED : FILE_STAYS;
}

FileDisposed
FileDispose(const char *root, const char *name, int64 size, TimestampTz modified,
			const char *folder, const char *suffix, char **problem)
{
	const ListedFile *file = FileFacts(root, name);
	FileDisposed disposed;
	int			handle;

	if (file->size < 0)
		return FILE_IS_DISPOSED;
	if (file->size != size || file->modified != modified)
		return FILE_IS_ANOTHER;
	handle = OpenFolder(root, DirectoryOf(name), problem);
	if (handle < 0)
		return FILE_STAYS;
	disposed = DisposeIn(handle, root, name, folder, suffix, problem);
	close(handle);
	return disposed;
}

/*
 * file_dispose.c
 *	  Move or delete files below one directory of the server.
 *
 * Both are done relative to handles of directories that have been found to lie below root. A crash
 * may come after either: who tries again finds the file gone.
 */
#include "base/compat.h"
#include "transport/file_dispose.h"

#include <unistd.h>

#include "transport/file_list.h"
#include "transport/folder.h"

static bool
Move(int from, const char *name, int to, const char *suffix)
{
	if (FolderRename(from, name, to, name))
		return true;
	return errno == EEXIST && suffix != NULL &&
		FolderRename(from, name, to, psprintf("%s.%s", name, suffix));
}

static FileDisposed
DisposeIn(int handle, const char *root, const char *name, const char *folder, const char *suffix,
		  char **problem)
{
	const char *base = FolderBaseName(name);
	int			to;
	bool		moved;

	if (folder == NULL)
	{
		if (unlinkat(handle, base, 0) == 0 || errno == ENOENT)
			return FILE_IS_DISPOSED;
		*problem = psprintf("could not delete \"%s\": %s", name, strerror(errno));
		return FILE_STAYS;
	}
	to = FolderMake(root, FolderOf(psprintf("%s/%s", folder, name)), NULL, problem);
	if (to < 0)
		return FILE_STAYS;
	moved = Move(handle, base, to, suffix) || errno == ENOENT;
	if (!moved)
		*problem = psprintf("could not move \"%s\" to \"%s\": %s", name, folder, strerror(errno));
	close(to);
	return moved ? FILE_IS_DISPOSED : FILE_STAYS;
}

static bool
IsThatFile(const char *root, const char *name, int64 size, TimestampTz modified)
{
	const ListedFile *file = FileFacts(root, name);

	return file->size == size && file->modified == modified;
}

/* Has it been moved there, which nobody was left to record? */
static bool
HasMoved(const char *root, const char *name, int64 size, TimestampTz modified, const char *folder,
		 const char *suffix)
{
	char	   *moved = psprintf("%s/%s", folder, name);

	return IsThatFile(root, moved, size, modified) ||
		(suffix != NULL && IsThatFile(root, psprintf("%s.%s", moved, suffix), size, modified));
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
		return folder != NULL && HasMoved(root, name, size, modified, folder, suffix) ?
			FILE_IS_DISPOSED : FILE_IS_ANOTHER;
	handle = FolderOpen(root, FolderOf(name), problem);
	if (handle < 0)
		return FILE_STAYS;
	disposed = DisposeIn(handle, root, name, folder, suffix, problem);
	close(handle);
	return disposed;
}

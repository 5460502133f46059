/*
 * folder.c
 *	  Folders below one directory of the server, as handles, and renames between them.
 */
#include "base/compat.h"
#include "transport/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/beneath.h"

#define FOLDER_MODE 0755

const char *
FolderBaseName(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? name : slash + 1;
}

char *
FolderOf(const char *name)
{
	const char *base = FolderBaseName(name);

	return base == name ? pstrdup("") : pnstrdup(name, base - name - 1);
}

int
FolderOpen(const char *root, const char *folder, char **problem)
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

/* Make a folder, by its last part in the one above it that handle is of. */
static bool
MakeIn(int handle, const char *part, const char *folder, List **made, char **problem)
{
	bool		is_new = mkdirat(handle, part, FOLDER_MODE) == 0;
	int			error;

	if (!is_new && errno == EEXIST)
		return true;
	/* whatever the server's umask is, as files are there to be read */
	if (is_new && fchmodat(handle, part, FOLDER_MODE, 0) == 0)
	{
		if (made != NULL)
			*made = lappend(*made, pstrdup(folder));
		return true;
	}
	error = errno;
	*problem = psprintf("could not create directory \"%s\": %s", folder, strerror(error));
	errno = error;
	return false;
}

int
FolderMake(const char *root, const char *folder, List **made, char **problem)
{
	const char *end = folder;
	int			handle = FolderOpen(root, "", problem);

	while (handle >= 0 && *end != '\0')
	{
		const char *part = end + (*end == '/');
		char	   *above;
		bool		is_made;
		int			error;

		end = part + strcspn(part, "/");
		above = pnstrdup(folder, end - folder);
		is_made = MakeIn(handle, pnstrdup(part, end - part), above, made, problem);
		error = errno;
		close(handle);
		errno = error;
		handle = is_made ? FolderOpen(root, above, problem) : -1;
	}
	return handle;
}

static bool
IsThere(int handle, const char *name)
{
	struct stat st;

	return fstatat(handle, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Not every file system can do that at once. */
bool
FolderRename(int from, const char *name, int to, const char *new_name)
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

/*
 * beneath.c
 *	  Open and list files below one directory of the server.
 *
 * A name may leave the directory through "..", a symbolic link, or one that is created between a
 * check and its use. So the file is first opened with O_PATH, which reads nothing and has no
 * side effects on pipes and devices; then the kernel reports the real path of the handle; and
 * only if that is below the directory is the handle reopened for reading.
 */
#include "base/compat.h"
#include "transport/beneath.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/handle.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/memutils.h"

#define HANDLE_PATH_SIZE 40
#define MAX_DEPTH 32			/* directories that ** passes through */

bool
IsNameBeneath(const char *name)
{
	while (*name != '\0')
	{
		size_t		len = strcspn(name, "/");

		if (len == 0 || (len == 1 && name[0] == '.') ||
			(len == 2 && name[0] == '.' && name[1] == '.'))
			return false;
		name += len;
		if (*name == '/' && *++name == '\0')
			return false;
	}
	return true;
}

static void
HandlePath(int fd, char *path)
{
	snprintf(path, HANDLE_PATH_SIZE, "/proc/self/fd/%d", fd);
}

/* Does the handle's file lie in root, whose links are resolved? */
static bool
LiesIn(int fd, const char *root)
{
	char		handle[HANDLE_PATH_SIZE];
	char		path[PATH_MAX + 1];
	size_t		root_len = strlen(root);
	ssize_t		len;

	HandlePath(fd, handle);
	len = readlink(handle, path, PATH_MAX);
	if (len < 0)
		return false;
	path[len] = '\0';
	if (strcmp(root, "/") == 0)
		return true;
	return strncmp(path, root, root_len) == 0 &&
		(path[root_len] == '/' || path[root_len] == '\0');
}

/* What is wrong with a handle, or NULL. */
static char *
ProblemOf(int fd, const char *root, const char *name, mode_t type)
{
	char		resolved[PATH_MAX];
	struct stat st;

	if (realpath(root, resolved) == NULL)
		return psprintf("could not open directory \"%s\": %s", root, strerror(errno));
	if (!LiesIn(fd, resolved))
		return psprintf("file \"%s\" is outside directory \"%s\"", name, root);
	if (fstat(fd, &st) != 0)
		return psprintf("could not stat file \"%s\": %s", name, strerror(errno));
	if ((st.st_mode & S_IFMT) != type)
		return psprintf("\"%s\" is not a %s", name,
						type == S_IFDIR ? "directory" : "regular file");
	return NULL;
}

/* A handle that reads nothing yet; -1 with *problem. */
static int
OpenHandle(const char *root, const char *name, mode_t type, char **problem)
{
	int			fd;

	if (!IsNameBeneath(name))
	{
		*problem = psprintf("\"%s\" is not a name below directory \"%s\"", name, root);
		return -1;
	}
	fd = open(psprintf("%s/%s", root, name), O_PATH | O_CLOEXEC);
	if (fd < 0)
	{
		*problem = psprintf("could not open \"%s\": %s", name, strerror(errno));
		return -1;
	}
	*problem = ProblemOf(fd, root, name, type);
	if (*problem == NULL)
		return fd;
	close(fd);
	return -1;
}

int
OpenBeneath(const char *root, const char *name, char **problem)
{
	char		path[HANDLE_PATH_SIZE];
	int			handle = OpenHandle(root, name, S_IFREG, problem);
	int			fd;

	if (handle < 0)
		return -1;
	HandlePath(handle, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		*problem = psprintf("could not open \"%s\": %s", name, strerror(errno));
	close(handle);
	return fd;
}

int64
SizeBeneath(const char *root, const char *name)
{
	char	   *problem;
	int			handle = OpenHandle(root, name, S_IFREG, &problem);
	struct stat st;
	int64		size = 0;

	if (handle < 0)
		return 0;
	if (fstat(handle, &st) == 0)
		size = st.st_size;
	close(handle);
	return size;
}

/* ---- names ---- */

typedef struct Listing
{
	const char *root;
	List	   *names;
} Listing;

static bool
HasWildcard(const char *pattern)
{
	return strpbrk(pattern, "*?[") != NULL;
}

static char *
JoinName(const char *directory, const char *name)
{
	return directory[0] == '\0' ? pstrdup(name) : psprintf("%s/%s", directory, name);
}

/* Is the entry a directory, through a link too unless those are not followed? */
static bool
IsDirectory(const Listing *listing, const char *name, bool follow)
{
	char	   *path = psprintf("%s/%s", listing->root, name);
	struct stat st;
	bool		result = (follow ? stat(path, &st) : lstat(path, &st)) == 0 && S_ISDIR(st.st_mode);

	pfree(path);
	return result;
}

static int
CompareNames(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

static List *
EntriesOf(const char *path)
{
	DIR		   *dir = AllocateDir(path);
	struct dirent *entry;
	List	   *entries = NIL;

	while ((entry = ReadDir(dir, path)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			entries = lappend(entries, pstrdup(entry->d_name));
	FreeDir(dir);
	return entries;
}

static void
CloseHandle(void *handle)
{
	close((int) (intptr_t) handle);
}

/* Closes it, also after an error: then with the current memory context. */
static List *
EntriesOfHandle(int handle)
{
	char		path[HANDLE_PATH_SIZE];
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "elt directory",
											  ALLOCSET_SMALL_SIZES);
	List	   *entries;

	ReleaseWithContext(cxt, CloseHandle, (void *) (intptr_t) handle);
	HandlePath(handle, path);
	entries = EntriesOf(path);
	MemoryContextDelete(cxt);
	return entries;
}

/* The names in a directory below root; NIL when it is none, or leads out of root. */
static List *
EntriesBeneath(const Listing *listing, const char *directory)
{
	char	   *problem;
	int			handle;

	if (directory[0] == '\0')
		return EntriesOf(listing->root);
	handle = OpenHandle(listing->root, directory, S_IFDIR, &problem);
	return handle < 0 ? NIL : EntriesOfHandle(handle);
}

static void Expand(Listing *listing, const char *directory, const char *pattern, int depth);

/* The rest of the pattern behind one of its parts; NULL behind the last. */
static const char *
RestOf(const char *pattern)
{
	const char *slash = strchr(pattern, '/');

	return slash ? slash + 1 : NULL;
}

static void
TakeEntry(Listing *listing, const char *name, const char *rest, int depth)
{
	if (rest != NULL && IsDirectory(listing, name, true))
		Expand(listing, name, rest, depth);
	else if (rest == NULL && !IsDirectory(listing, name, true))
		listing->names = lappend(listing->names, pstrdup(name));
}

/* ** : the rest of the pattern here, and in all directories below; links are not followed. */
static void
ExpandAnyDepth(Listing *listing, const char *directory, const char *pattern, int depth)
{
	const char *rest = RestOf(pattern);
	ListCell   *lc;

	if (rest == NULL)
		rest = "*";
	Expand(listing, directory, rest, depth);
	if (depth == MAX_DEPTH)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("directory nesting below \"%s\" exceeds the limit of %d levels",
						listing->root,
						MAX_DEPTH)));
	foreach(lc, EntriesBeneath(listing, directory))
	{
		char	   *name = JoinName(directory, lfirst(lc));

		if (((char *) lfirst(lc))[0] != '.' && IsDirectory(listing, name, false))
			ExpandAnyDepth(listing, name, pattern, depth + 1);
	}
}

static void
Expand(Listing *listing, const char *directory, const char *pattern, int depth)
{
	const char *rest = RestOf(pattern);
	char	   *part = pnstrdup(pattern, strcspn(pattern, "/"));
	ListCell   *lc;

	CHECK_FOR_INTERRUPTS();
	if (strcmp(part, "**") == 0)
		ExpandAnyDepth(listing, directory, pattern, depth);
	else if (!HasWildcard(part))
	{
		if (rest != NULL || IsDirectory(listing, JoinName(directory, part), true))
			TakeEntry(listing, JoinName(directory, part), rest, depth);
		else if (access(psprintf("%s/%s", listing->root, JoinName(directory, part)), F_OK) == 0)
			TakeEntry(listing, JoinName(directory, part), NULL, depth);
	}
	else
		foreach(lc, EntriesBeneath(listing, directory))
			if (fnmatch(part, lfirst(lc), FNM_PERIOD) == 0)
				TakeEntry(listing, JoinName(directory, lfirst(lc)), rest, depth);
	pfree(part);
}

static void
CheckRoot(const char *root)
{
	struct stat st;

	if (stat(root, &st) == 0 && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	else if (access(root, R_OK | X_OK) == 0)
		return;
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not read directory \"%s\": %m", root)));
}

List *
ListBeneath(const char *root, const char *pattern)
{
	Listing		listing = {root, NIL};
	List	   *unique = NIL;
	ListCell   *lc;

	CheckRoot(root);
	if (!HasWildcard(pattern))
		return list_make1(pstrdup(pattern));
	Expand(&listing, "", pattern, 0);
	list_sort(listing.names, CompareNames);
	foreach(lc, listing.names)
		if (unique == NIL || strcmp(llast(unique), lfirst(lc)) != 0)
			unique = lappend(unique, lfirst(lc));
	return unique;
}

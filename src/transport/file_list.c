/*
 * file_list.c
 *	  List files below one directory of the server, with their sizes and times.
 *
 * An entry is looked at relative to the handle of its directory, which has been found to lie in
 * root. What a link leads to is looked at only if that lies in root too.
 */
#include "base/compat.h"
#include "transport/file_list.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <unistd.h>

#include "base/handle.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "transport/beneath.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define MAX_DEPTH 32			/* directories that ** passes through */

typedef struct Listing
{
	const char *root;
	bool		(*wants) (void *arg, const char *directory);
	void	   *arg;
	List	   *files;			/* ListedFile * */
} Listing;

/* A directory that is open as a handle. */
typedef struct Directory
{
	const char *name;			/* relative to root; "" is root */
	int			handle;
	MemoryContext cxt;			/* closes it */
	List	   *entries;		/* char *, without . and .. */
} Directory;

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

TimestampTz
TimeOfFile(const struct stat *st)
{
	int64		days = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;

	return ((int64) st->st_mtim.tv_sec - days * SECS_PER_DAY) * USECS_PER_SEC +
		st->st_mtim.tv_nsec / 1000;
}

/* ---- directories ---- */

static void
CloseHandle(void *handle)
{
	close((int) (intptr_t) handle);
}

static List *
EntriesOf(int handle, const char *name)
{
	char		path[HANDLE_PATH_SIZE];
	DIR		   *dir;
	struct dirent *entry;
	List	   *entries = NIL;

	HandlePath(handle, path);
	dir = AllocateDir(path);
	while ((entry = ReadDir(dir, name)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			entries = lappend(entries, pstrdup(entry->d_name));
	FreeDir(dir);
	return entries;
}

static int
OpenDirectory(const char *root, const char *name)
{
	char	   *problem;
	int			error;

	if (name[0] == '\0')
		return open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return HandleBeneath(root, name, S_IFDIR, &problem, &error);
}

/*
 * NULL when it is none, or leads out of root. Ends with the current memory context if not before.
 * Its entries are read if there is no telling which one is wanted.
 */
static Directory *
DirectoryOpen(const Listing *listing, const char *name, bool has_entries)
{
	int			handle = OpenDirectory(listing->root, name);
	Directory  *directory;

	if (handle < 0)
		return NULL;
	directory = palloc(sizeof(Directory));
	directory->name = name;
	directory->handle = handle;
	directory->cxt = AllocSetContextCreate(CurrentMemoryContext, "elt directory",
										   ALLOCSET_SMALL_SIZES);
	ReleaseWithContext(directory->cxt, CloseHandle, (void *) (intptr_t) handle);
	directory->entries = has_entries ?
		EntriesOf(handle, name[0] == '\0' ? listing->root : name) : NIL;
	return directory;
}

static void
DirectoryClose(Directory *directory)
{
	MemoryContextDelete(directory->cxt);
	list_free_deep(directory->entries);
}

/* Is an entry a directory, through a link too unless those are not followed? */
static bool
IsDirectory(const Directory *directory, const char *entry, bool follow)
{
	struct stat st;

	return fstatat(directory->handle, entry, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISDIR(st.st_mode);
}

/* ---- files ---- */

static ListedFile *
Describe(char *name, const struct stat *st, char *problem)
{
	ListedFile *file = palloc0(sizeof(ListedFile));

	file->name = name;
	file->size = st->st_size;
	file->modified = TimeOfFile(st);
	file->problem = problem;
	return file;
}

/* Of a link, what it leads to, or why it leads nowhere. */
static ListedFile *
DescribeLink(const char *root, char *name, const struct stat *link)
{
	char	   *problem;
	int			error;
	int			handle = HandleBeneath(root, name, S_IFREG, &problem, &error);
	struct stat st;
	bool		found;

	if (handle < 0)
		return Describe(name, link, problem);
	found = fstat(handle, &st) == 0;
	close(handle);
	return Describe(name, found ? &st : link, NULL);
}

static ListedFile *
DescribeEntry(const char *root, char *name, const struct stat *st)
{
	if (S_ISLNK(st->st_mode))
		return DescribeLink(root, name, st);
	return Describe(name, st, S_ISREG(st->st_mode) ? NULL :
					psprintf("\"%s\" is not a regular file", name));
}

static ListedFile *
Missing(const char *name)
{
	ListedFile *file = palloc0(sizeof(ListedFile));

	file->name = pstrdup(name);
	file->size = -1;
	return file;
}

ListedFile *
FileFacts(const char *root, const char *name)
{
	char	   *path = psprintf("%s/%s", root, name);
	struct stat st;
	int			code = lstat(path, &st);

	pfree(path);
	return code == 0 ? DescribeEntry(root, pstrdup(name), &st) : Missing(name);
}

/* An entry that matches the last part of the pattern; one that has just vanished is none. */
static void
TakeFile(Listing *listing, const Directory *directory, const char *entry)
{
	struct stat st;

	if (fstatat(directory->handle, entry, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(st.st_mode) ||
		(S_ISLNK(st.st_mode) && IsDirectory(directory, entry, true)))
		return;
	listing->files = lappend(listing->files,
							 DescribeEntry(listing->root, JoinName(directory->name, entry), &st));
}

/* ---- patterns ---- */

static void Expand(Listing *listing, const char *directory, const char *pattern, int depth);

/* The rest of the pattern behind one of its parts; NULL behind the last. */
static const char *
RestOf(const char *pattern)
{
	const char *slash = strchr(pattern, '/');

	return slash ? slash + 1 : NULL;
}

/* ** : the rest of the pattern here, and in all directories below; links are not followed. */
static void
ExpandAnyDepth(Listing *listing, const char *name, const char *pattern, int depth)
{
	const char *rest = RestOf(pattern);
	Directory  *directory;
	ListCell   *lc;

	Expand(listing, name, rest == NULL ? "*" : rest, depth);
	if (depth == MAX_DEPTH)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("directory nesting below \"%s\" exceeds the limit of %d levels",
						listing->root,
						MAX_DEPTH)));
	directory = DirectoryOpen(listing, name, true);
	if (directory == NULL)
		return;
	foreach(lc, directory->entries)
	{
		const char *entry = lfirst(lc);
		char	   *below;

		if (entry[0] == '.' || !IsDirectory(directory, entry, false))
			continue;
		below = JoinName(name, entry);
		if (listing->wants(listing->arg, below))
			ExpandAnyDepth(listing, below, pattern, depth + 1);
	}
	DirectoryClose(directory);
}

static void
ExpandEntries(Listing *listing, const char *name, const char *part, const char *rest, int depth)
{
	Directory  *directory = DirectoryOpen(listing, name, true);
	ListCell   *lc;

	if (directory == NULL)
		return;
	foreach(lc, directory->entries)
	{
		const char *entry = lfirst(lc);

		if (fnmatch(part, entry, FNM_PERIOD) != 0)
			continue;
		if (rest == NULL)
			TakeFile(listing, directory, entry);
		else if (IsDirectory(directory, entry, true))
			Expand(listing, JoinName(name, entry), rest, depth);
	}
	DirectoryClose(directory);
}

/* A part without wildcards needs no look at the other entries. */
static void
ExpandName(Listing *listing, const char *name, const char *part, const char *rest, int depth)
{
	Directory  *directory;

	if (rest != NULL)
	{
		Expand(listing, JoinName(name, part), rest, depth);
		return;
	}
	directory = DirectoryOpen(listing, name, false);
	if (directory == NULL)
		return;
	TakeFile(listing, directory, part);
	DirectoryClose(directory);
}

static void
Expand(Listing *listing, const char *directory, const char *pattern, int depth)
{
	const char *rest = RestOf(pattern);
	char	   *part;

	CHECK_FOR_INTERRUPTS();
	if (directory[0] != '\0' && !listing->wants(listing->arg, directory))
		return;
	part = pnstrdup(pattern, strcspn(pattern, "/"));
	if (strcmp(part, "**") == 0)
		ExpandAnyDepth(listing, directory, pattern, depth);
	else if (!HasWildcard(part))
		ExpandName(listing, directory, part, rest, depth);
	else
		ExpandEntries(listing, directory, part, rest, depth);
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

static int
CompareNames(const ListCell *a, const ListCell *b)
{
	return strcmp(((const ListedFile *) lfirst(a))->name, ((const ListedFile *) lfirst(b))->name);
}

/* ** may lead to a directory in several ways. */
static List *
WithoutRepeats(List *files)
{
	List	   *unique = NIL;
	ListCell   *lc;

	foreach(lc, files)
		if (unique == NIL || strcmp(((ListedFile *) llast(unique))->name,
									((ListedFile *) lfirst(lc))->name) != 0)
			unique = lappend(unique, lfirst(lc));
	return unique;
}

List *
FileList(const char *root, const char *pattern,
		 bool (*wants) (void *arg, const char *directory), void *arg)
{
	Listing		listing = {root, wants, arg, NIL};

	CheckRoot(root);
	if (!HasWildcard(pattern))
		return list_make1(FileFacts(root, pattern));
	Expand(&listing, "", pattern, 0);
	list_sort(listing.files, CompareNames);
	return WithoutRepeats(listing.files);
}

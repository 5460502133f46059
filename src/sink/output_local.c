/*
 * output_local.c
 *	  Files below one directory of the server, written under a hidden name of their own.
 */
#include "base/compat.h"
#include "sink/output.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/handle.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "transport/beneath.h"
#include "transport/folder.h"
#include "utils/memutils.h"

#define FILE_MODE 0644

/* Of a file that is read at once. */
#define READ_BYTES (256 * 1024 * 1024)
#define READ_STEP (64 * 1024)

typedef struct LocalFile
{
	int			fd;				/* -1 when it is sealed */
	int			folder;			/* a handle while the file is open, else -1 */
	char	   *folder_name;
	/* Its name in the folder until it is published, or that of one that was found; "": none yet. */
	char	   *temporary;
	List	   *made;			/* folders that were made for it (char *), outer ones first */
} LocalFile;

/* Directories of others belong to them: a role of the database cannot help. */
static int
HintIfDenied(const OutputFile *file, int error)
{
	if (error != EACCES)
		return 0;
	return errhint("The operating system user of PostgreSQL must be able to write below \"%s\".",
				   file->place);
}

static void
Refuse(const OutputFile *file, const char *what)
{
	int			error = errno;

	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not %s file \"%s\" below \"%s\": %m", what, file->name, file->place),
			 HintIfDenied(file, error)));
}

static void
RefuseToMake(const OutputFile *file, const char *problem, int error)
{
	ereport(ERROR,
			(errcode(ERRCODE_IO_ERROR),
			 errmsg("%s", problem),
			 HintIfDenied(file, error)));
}

static void
RefuseToRead(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_IO_ERROR),
			 errmsg("%s", problem)));
}

static int
OpenFolder(const OutputFile *file, const char *folder)
{
	char	   *problem;
	int			handle = FolderOpen(file->place, folder, &problem);

	if (handle < 0)
		RefuseToRead(problem);
	return handle;
}

/* Of no file of a pattern, and of nobody else. */
static char *
TemporaryName(const char *name)
{
	static uint32 count = 0;

	return psprintf(".%.200s.%d-%u.elt", FolderBaseName(name), MyProcPid, count++);
}

static void
Open(OutputFile *file)
{
	LocalFile  *own = palloc0(sizeof(LocalFile));
	char	   *temporary = TemporaryName(file->name);
	char	   *problem;

	own->fd = -1;
	own->folder_name = FolderOf(file->name);
	file->own = own;
	own->folder = FolderMake(file->place, own->folder_name, &own->made, &problem);
	if (own->folder < 0)
		RefuseToMake(file, problem, errno);
	own->fd = openat(own->folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (own->fd < 0)
		Refuse(file, "create");
	own->temporary = temporary;
	/* the server's umask would keep out those whom the file is for */
	if (fchmod(own->fd, FILE_MODE) != 0)
		Refuse(file, "set the mode of");
}

static void
Append(OutputFile *file, const char *data, size_t len)
{
	LocalFile  *own = file->own;

	while (len > 0)
	{
		ssize_t		done = write(own->fd, data, len);

		if (done < 0 && errno == EINTR)
		{
			CHECK_FOR_INTERRUPTS();
			continue;
		}
		if (done < 0)
			Refuse(file, "write");
		data += done;
		len -= done;
	}
}

static void
CloseHandles(LocalFile *own)
{
	if (own->fd >= 0)
		close(own->fd);
	if (own->folder >= 0)
		close(own->folder);
	own->fd = -1;
	own->folder = -1;
}

static void
Seal(OutputFile *file)
{
	LocalFile  *own = file->own;

	if (fsync(own->fd) != 0)
		Refuse(file, "fsync");
	CloseHandles(own);
}

/* ---- reading it back ---- */

typedef struct LocalSource
{
	const OutputFile *file;
	int			fd;
	off_t		at;
	char	   *chunk;			/* READ_STEP */
} LocalSource;

static void
ReleaseSource(void *handle)
{
	close(((LocalSource *) handle)->fd);
}

static ssize_t
ReadAt(LocalSource *source, char *to, size_t len, off_t at)
{
	size_t		done = 0;

	while (done < len)
	{
		ssize_t		n = pread(source->fd, to + done, len - done, at + done);

		if (n < 0 && errno != EINTR)
			Refuse(source->file, "read");
		if (n == 0)
			break;
		done += Max(n, 0);
	}
	return done;
}

static bool
NextChunk(void *state, const char **data, size_t *len)
{
	LocalSource *source = state;

	*data = source->chunk;
	*len = ReadAt(source, source->chunk, READ_STEP, source->at);
	source->at += *len;
	return *len > 0;
}

static void
RewindSource(void *state)
{
	((LocalSource *) state)->at = 0;
}

static int64
SizeOfSource(void *state)
{
	return ((LocalSource *) state)->file->bytes;
}

static void
ReadSourceAt(void *state, char *buffer, size_t len, int64 offset)
{
	LocalSource *source = state;

	if (ReadAt(source, buffer, len, offset) < len)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("file \"%s\" is shorter than what was written", source->file->name)));
}

/* Until it is read its name may go. */
static bool
Find(OutputFile *file)
{
	LocalFile  *own = palloc0(sizeof(LocalFile));
	int			folder;
	struct stat st;
	bool		is_file;

	own->fd = own->folder = -1;
	own->folder_name = FolderOf(file->name);
	own->temporary = pstrdup(FolderBaseName(file->name));
	folder = OpenFolder(file, own->folder_name);
	is_file = fstatat(folder, own->temporary, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISREG(st.st_mode);
	close(folder);
	file->own = own;
	file->bytes = is_file ? st.st_size : 0;
	return is_file;
}

static ByteSource *
SourceOf(OutputFile *file)
{
	LocalFile  *own = file->own;
	LocalSource *local = palloc0(sizeof(LocalSource));
	ByteSource *source = palloc0(sizeof(ByteSource));
	int			folder = OpenFolder(file, own->folder_name);

	local->file = file;
	local->chunk = palloc(READ_STEP);
	local->fd = openat(folder, own->temporary, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	close(folder);
	if (local->fd < 0)
		Refuse(file, "open");
	ReleaseWithContext(CurrentMemoryContext, ReleaseSource, local);
	source->next = NextChunk;
	source->rewind = RewindSource;
	source->size = SizeOfSource;
	source->read_at = ReadSourceAt;
	source->state = local;
	return source;
}

/* ---- publishing it ---- */

/* A name lasts when its folder is on disk, and a folder when the one above it is. */
static void
SyncFolder(const OutputFile *file, int folder)
{
	int			fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool		is_synced = fd >= 0 && fsync(fd) == 0;
	int			error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	if (!is_synced)
		Refuse(file, "fsync the directory of");
}

static void
SyncMadeFolders(const OutputFile *file)
{
	const LocalFile *own = file->own;
	ListCell   *lc;

	foreach(lc, own->made)
	{
		int			above = OpenFolder(file, FolderOf(lfirst(lc)));

		SyncFolder(file, above);
		close(above);
	}
}

static void
Publish(OutputFile *file, bool replace)
{
	LocalFile  *own = file->own;
	const char *base = FolderBaseName(file->name);
	bool		is_renamed;

	own->folder = OpenFolder(file, own->folder_name);
	is_renamed = replace ? renameat(own->folder, own->temporary, own->folder, base) == 0 :
		FolderRename(own->folder, own->temporary, own->folder, base);
	if (!is_renamed)
		Refuse(file, "publish");
	own->temporary = NULL;
	SyncFolder(file, own->folder);
	SyncMadeFolders(file);
	CloseHandles(own);
}

/* Those that are empty again, the inner ones first. */
static void
RemoveMadeFolders(const OutputFile *file)
{
	const LocalFile *own = file->own;

	for (int i = list_length(own->made) - 1; i >= 0; i--)
	{
		const char *folder = list_nth(own->made, i);
		char	   *problem;
		int			above = FolderOpen(file->place, FolderOf(folder), &problem);

		if (above < 0)
			return;
		(void) unlinkat(above, FolderBaseName(folder), AT_REMOVEDIR);
		close(above);
	}
}

static void
Abort(OutputFile *file)
{
	LocalFile  *own = file->own;
	char	   *problem;

	if (own == NULL)
		return;
	if (own->folder < 0)
		own->folder = FolderOpen(file->place, own->folder_name, &problem);
	if (own->temporary != NULL && own->folder >= 0)
		(void) unlinkat(own->folder, own->temporary, 0);
	CloseHandles(own);
	RemoveMadeFolders(file);
}

static bool
Exists(const char *place, const char *name)
{
	char	   *problem;
	int			folder = FolderOpen(place, FolderOf(name), &problem);
	struct stat st;
	bool		exists;

	if (folder < 0)
		return false;
	exists = fstatat(folder, FolderBaseName(name), &st, AT_SYMLINK_NOFOLLOW) == 0;
	close(folder);
	return exists;
}

static List *
ListNames(const char *place, const char *name)
{
	char	   *problem;
	int			folder = FolderOpen(place, name, &problem);
	int			fd = folder < 0 ? -1 : openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR		   *dir = fd < 0 ? NULL : fdopendir(fd);
	List	   *names = NIL;
	struct dirent *entry;

	if (folder >= 0)
		close(folder);
	if (dir == NULL)
		return NIL;
	while ((entry = readdir(dir)) != NULL)
		names = lappend(names, pstrdup(entry->d_name));
	closedir(dir);
	return names;
}

static char *
Read(const char *place, const char *name)
{
	char	   *problem;
	int			error;
	int			fd = OpenBeneath(place, name, &problem, &error);
	StringInfoData text;
	ssize_t		len = 1;

	if (fd < 0)
		RefuseToRead(problem);
	initStringInfo(&text);
	while (len > 0 && text.len <= READ_BYTES)
	{
		enlargeStringInfo(&text, READ_STEP);
		len = read(fd, text.data + text.len, READ_STEP);
		text.len += Max(len, 0);
	}
	close(fd);
	text.data[text.len] = '\0';
	if (len != 0)
		ereport(ERROR,
				(errcode(ERRCODE_IO_ERROR),
				 errmsg("could not read file \"%s\" below \"%s\"", name, place)));
	return text.data;
}

/* Up to the first folder that has other contents, but not the outermost one. */
static void
Remove(const char *place, const char *name)
{
	bool		is_folder = false;

	for (char *at = pstrdup(name); at[0] != '\0' && (!is_folder || strchr(at, '/') != NULL);
		 at = FolderOf(at))
	{
		char	   *problem;
		int			above = IsNameBeneath(at) ? FolderOpen(place, FolderOf(at), &problem) : -1;
		bool		is_gone;

		if (above < 0)
			return;
		is_gone = unlinkat(above, FolderBaseName(at), is_folder ? AT_REMOVEDIR : 0) == 0;
		close(above);
		if (!is_gone)
			return;
		is_folder = true;
	}
}

const OutputKind LocalOutput = {
	.open = Open,
	.append = Append,
	.seal = Seal,
	.find = Find,
	.source = SourceOf,
	.publish = Publish,
	.abort = Abort,
	.exists = Exists,
	.list = ListNames,
	.read = Read,
	.remove = Remove,
};

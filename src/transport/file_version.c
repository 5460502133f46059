/*
 * file_version.c
 *	  Which version of a file was read: size, time and checksum.
 */
#include "base/compat.h"
#include "transport/file_version.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/handle.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "transport/file_list.h"

#define CHUNK_SIZE (256 * 1024)

static void
NoteState(const FileVersion *version, int64 *size, TimestampTz *modified)
{
	struct stat st;

	if (fstat(version->fd, &st) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat file \"%s\": %m", version->name)));
	*size = st.st_size;
	*modified = TimeOfFile(&st);
}

static void
Release(void *arg)
{
	close(((FileVersion *) arg)->fd);
	ReleaseExternalFD();
}

FileVersion *
FileVersionNote(int fd, const char *name, bool wants_checksum)
{
	FileVersion *version = palloc0(sizeof(FileVersion));

	version->fd = dup(fd);
	if (version->fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", name)));
	ReserveExternalFD();
	ReleaseWithContext(CurrentMemoryContext, Release, version);
	version->name = pstrdup(name);
	version->wants_checksum = wants_checksum;
	NoteState(version, &version->size, &version->modified);
	FileVersionRewind(version);
	return version;
}

void
FileVersionRewind(FileVersion *version)
{
	version->checksum = NULL;
	StreamHashBegin(&version->hash);
}

void
FileVersionAdd(FileVersion *version, const char *data, size_t len)
{
	if (!version->wants_checksum || version->checksum != NULL)
		return;
	if (len > 0)
	{
		StreamHashAdd(&version->hash, data, len);
		return;
	}
	snprintf(version->text, sizeof(version->text), "%016llx",
			 (unsigned long long) StreamHashEnd(&version->hash));
	version->checksum = version->text;
}

static void
ReadAll(FileVersion *version)
{
	char	   *buffer = palloc(CHUNK_SIZE);
	off_t		at = 0;
	ssize_t		got;

	FileVersionRewind(version);
	do
	{
		CHECK_FOR_INTERRUPTS();
		got = pread(version->fd, buffer, CHUNK_SIZE, at);
		if (got < 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read file \"%s\": %m", version->name)));
		FileVersionAdd(version, buffer, got);
		at += got;
	} while (got > 0);
	pfree(buffer);
}

char *
FileVersionVerify(FileVersion *version)
{
	int64		size;
	TimestampTz modified;

	if (version->wants_checksum && version->checksum == NULL)
		ReadAll(version);
	NoteState(version, &size, &modified);
	if (size == version->size && modified == version->modified)
		return NULL;
	if (size == version->size)
		return psprintf("file \"%s\" was changed while it was read: it was modified again",
						version->name);
	return psprintf("file \"%s\" was changed while it was read: its size was " INT64_FORMAT
					" bytes and is " INT64_FORMAT " bytes", version->name, version->size, size);
}

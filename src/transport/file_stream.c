/*
 * file_stream.c
 *	  Read and decompress an open file.
 *
 * The descriptor and the libraries' memory are released by the page's memory context, so they
 * outlive transactions.
 */
#include "base/compat.h"
#include "transport/file_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/errors.h"
#include "base/handle.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "transport/file_version.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#define CHUNK_SIZE (256 * 1024)

typedef struct FileStream
{
	PageStream	stream;
	FetchedPage *page;
	int			fd;
	const char *name;
	Compression compression;
	int64		max_bytes;

	char	   *buffer;			/* as in the file */
	CodecInput	in;				/* what the codec has not used up of it */
	bool		at_end;			/* of the file */
	Codec	   *codec;			/* NULL without compression */
	char	   *out;			/* decompressed */
} FileStream;

static void
ReleaseStream(void *arg)
{
	FileStream *s = arg;

	close(s->fd);
	ReleaseExternalFD();
}

/* ---- reading ---- */

static size_t
ReadBytes(FileStream *s, char *buffer, size_t size)
{
	ssize_t		got;

	do
	{
		CHECK_FOR_INTERRUPTS();
		pgstat_report_wait_start(WAIT_EVENT_COPY_FILE_READ);
		got = read(s->fd, buffer, size);
		pgstat_report_wait_end();
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read file \"%s\": %m", s->name)));
	FileVersionAdd(s->page->file, buffer, got);
	return got;
}

/* More of the file for a codec that has used up what there was. */
static void
FillIn(FileStream *s)
{
	if (s->in.at < s->in.len || s->at_end)
		return;
	s->in.at = 0;
	s->in.len = ReadBytes(s, s->buffer, CHUNK_SIZE);
	s->at_end = s->in.len == 0;
}

static void
Count(FileStream *s, size_t len)
{
	s->page->bytes += len;
	if (s->max_bytes == 0 || s->page->bytes <= s->max_bytes)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("file \"%s\" exceeds the limit of " INT64_FORMAT " bytes%s",
					s->name, s->max_bytes,
					s->compression == COMPRESSION_NONE ? "" : " when decompressed"),
			 errhint("If the file is valid, increase option \"max_file_bytes\" of the server.")));
}

static void
BrokenArchive(const FileStream *s, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 errmsg("file \"%s\" is truncated or not a valid %s file: %s", s->name,
					CompressionName(s->compression), what),
			 errdetail("%lld bytes of data were read before the error.",
					   (long long) s->page->bytes)));
}

static bool
NextDecompressed(FileStream *s, size_t *len)
{
	const char *fault;

	*len = 0;
	while (*len == 0)
	{
		FillIn(s);
		if (s->at_end && !CodecIsInside(s->codec))
			return false;
		*len = CodecStep(s->codec, &s->in, s->out, CHUNK_SIZE, &fault);
		if (fault != NULL)
			BrokenArchive(s, fault);
		if (*len == 0 && s->at_end && CodecIsInside(s->codec))
			BrokenArchive(s, "unexpected end of file");
	}
	return true;
}

/* ---- the stream ---- */

static bool
NextChunk(void *state, const char **data, size_t *len)
{
	FileStream *s = state;

	if (s->compression == COMPRESSION_NONE)
	{
		*data = s->buffer;
		*len = ReadBytes(s, s->buffer, CHUNK_SIZE);
		if (*len == 0)
			return false;
	}
	else
	{
		*data = s->out;
		if (!NextDecompressed(s, len))
			return false;
	}
	Count(s, *len);
	return true;
}

static void
RaiseNoMemory(const FileStream *s)
{
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("out of memory"),
			 errdetail("Failed while preparing to decompress file \"%s\".", s->name)));
}

static void
Rewind(void *state)
{
	FileStream *s = state;

	if (lseek(s->fd, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind file \"%s\": %m", s->name)));
	s->page->bytes = 0;
	FileVersionRewind(s->page->file);
	s->in = (CodecInput) {s->buffer, 0, 0};
	s->at_end = false;
	if (s->codec != NULL && !CodecBegin(s->codec))
		RaiseNoMemory(s);
}

/* ---- any place of it ---- */

static int64
SizeOf(void *state)
{
	FileStream *s = state;

	return s->page->file->size;
}

void
FileReadAt(int fd, const char *name, char *buffer, size_t len, int64 offset)
{
	while (len > 0)
	{
		ssize_t		got;

		CHECK_FOR_INTERRUPTS();
		pgstat_report_wait_start(WAIT_EVENT_COPY_FILE_READ);
		got = pread(fd, buffer, len, offset);
		pgstat_report_wait_end();
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read file \"%s\": %m", name)));
		if (got == 0)
			ereport(ERROR,
					(errcode(ERRCODE_IO_ERROR),
					 errmsg("file \"%s\" was truncated while it was read", name)));
		buffer += got;
		offset += got;
		len -= got;
	}
}

static void
ReadAt(void *state, char *buffer, size_t len, int64 offset)
{
	FileStream *s = state;

	Count(s, len);
	FileReadAt(s->fd, s->name, buffer, len, offset);
}

static void
OpenCodec(FileStream *s)
{
	if (s->compression == COMPRESSION_NONE)
		return;
	s->out = MemoryContextAlloc(s->page->cxt, CHUNK_SIZE);
	s->codec = CodecCreate(s->page->cxt, s->compression);
}

PageStream *
FileStreamOpen(FetchedPage *page, int fd, const char *name, Compression compression,
			   int64 max_bytes)
{
	FileStream *s = MemoryContextAllocZero(page->cxt, sizeof(FileStream));

	s->fd = fd;
	ReserveExternalFD();
	ReleaseWithContext(page->cxt, ReleaseStream, s);
	s->page = page;
	s->name = MemoryContextStrdup(page->cxt, name);
	s->max_bytes = max_bytes;
	s->compression = compression;
	s->buffer = MemoryContextAlloc(page->cxt, CHUNK_SIZE);
	OpenCodec(s);
	(void) posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	Rewind(s);
	s->stream.next = NextChunk;
	s->stream.rewind = Rewind;
	if (compression == COMPRESSION_NONE)
	{
		s->stream.size = SizeOf;
		s->stream.read_at = ReadAt;
	}
	s->stream.state = s;
	return &s->stream;
}

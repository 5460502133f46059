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
#include <zlib.h>
#include <zstd.h>

#include "base/errors.h"
#include "base/handle.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#define CHUNK_SIZE (256 * 1024)
#define GZIP_WINDOW (15 + 16)	/* the largest window, gzip framing */

typedef struct FileStream
{
	PageStream	stream;
	FetchedPage *page;
	int			fd;
	const char *name;
	Compression compression;
	int64		max_bytes;

	char	   *in;				/* as in the file */
	size_t		in_at;
	size_t		in_len;
	bool		at_end;			/* of the file */
	char	   *out;			/* decompressed; NULL without compression */
	bool		inside;			/* a gzip member or zstd frame that has not ended */

	z_stream	gzip;
	bool		gzip_ready;
	ZSTD_DStream *zstd;
} FileStream;

bool
CompressionFromName(const char *name, Compression *compression)
{
	static const char *const names[] = {
		[COMPRESSION_NONE] = "none",
		[COMPRESSION_GZIP] = "gzip",
		[COMPRESSION_ZSTD] = "zstd",
		[COMPRESSION_AUTO] = "auto"
	};

	*compression = COMPRESSION_AUTO;
	if (name == NULL)
		return true;
	for (int i = 0; i < lengthof(names); i++)
	{
		*compression = i;
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static void
ReleaseStream(void *arg)
{
	FileStream *s = arg;

	if (s->gzip_ready)
		(void) inflateEnd(&s->gzip);
	if (s->zstd != NULL)
		(void) ZSTD_freeDStream(s->zstd);
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
	return got;
}

/* More of the file for a decompressor that has used up what there was. */
static void
FillIn(FileStream *s)
{
	if (s->in_at < s->in_len || s->at_end)
		return;
	s->in_at = 0;
	s->in_len = ReadBytes(s, s->in, CHUNK_SIZE);
	s->at_end = s->in_len == 0;
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
					s->compression == COMPRESSION_GZIP ? "gzip" : "zstd", what),
			 errdetail("%lld bytes of data were read before the error.",
					   (long long) s->page->bytes)));
}

/* ---- gzip: any number of members, one after another, and zeros behind each, as padding ---- */

static void
SkipPadding(FileStream *s)
{
	while (s->in_at < s->in_len && s->in[s->in_at] == '\0')
		s->in_at++;
}

static size_t
InflateSome(FileStream *s)
{
	z_stream   *z = &s->gzip;
	int			code;

	z->next_in = (Bytef *) s->in + s->in_at;
	z->avail_in = s->in_len - s->in_at;
	z->next_out = (Bytef *) s->out;
	z->avail_out = CHUNK_SIZE;
	code = inflate(z, Z_NO_FLUSH);
	s->in_at = s->in_len - z->avail_in;
	if (code == Z_STREAM_END)
	{
		s->inside = false;
		(void) inflateReset(z);
	}
	else if (code != Z_OK && code != Z_BUF_ERROR)
		BrokenArchive(s, z->msg ? z->msg : "could not decompress data");
	return CHUNK_SIZE - z->avail_out;
}

/* ---- zstd: any number of frames ---- */

static size_t
DecompressSome(FileStream *s)
{
	ZSTD_inBuffer in = {s->in, s->in_len, s->in_at};
	ZSTD_outBuffer out = {s->out, CHUNK_SIZE, 0};
	size_t		left = ZSTD_decompressStream(s->zstd, &out, &in);

	if (ZSTD_isError(left))
		BrokenArchive(s, ZSTD_getErrorName(left));
	s->in_at = in.pos;
	s->inside = left != 0;
	return out.pos;
}

static bool
NextDecompressed(FileStream *s, size_t *len)
{
	*len = 0;
	while (*len == 0)
	{
		FillIn(s);
		if (s->at_end && !s->inside)
			return false;
		if (s->compression == COMPRESSION_GZIP && !s->inside)
		{
			SkipPadding(s);
			if (s->in_at == s->in_len)
				continue;
		}
		s->inside = true;
		*len = s->compression == COMPRESSION_GZIP ? InflateSome(s) : DecompressSome(s);
		if (*len == 0 && s->at_end && s->inside)
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
		*data = s->in;
		*len = ReadBytes(s, s->in, CHUNK_SIZE);
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
Rewind(void *state)
{
	FileStream *s = state;

	if (lseek(s->fd, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind file \"%s\": %m", s->name)));
	s->page->bytes = 0;
	s->in_at = s->in_len = 0;
	s->at_end = false;
	/* a file of no bytes at all is a whole gzip or zstd file only if that was not asked for */
	s->inside = s->compression != COMPRESSION_NONE;
	if (s->gzip_ready)
		(void) inflateReset(&s->gzip);
	if (s->zstd != NULL)
		(void) ZSTD_DCtx_reset(s->zstd, ZSTD_reset_session_only);
}

static Compression
FromFirstBytes(FileStream *s)
{
	unsigned char b[4] = {0};

	if (pread(s->fd, b, 4, 0) < 4)
		return COMPRESSION_NONE;
	if (b[0] == 0x1F && b[1] == 0x8B)
		return COMPRESSION_GZIP;
	if (b[1] == 0xB5 && b[0] == 0x28 && b[2] == 0x2F && b[3] == 0xFD)
		return COMPRESSION_ZSTD;
	return COMPRESSION_NONE;
}

static void
OpenDecompressor(FileStream *s)
{
	if (s->compression == COMPRESSION_NONE)
		return;
	s->out = MemoryContextAlloc(s->page->cxt, CHUNK_SIZE);
	if (s->compression == COMPRESSION_GZIP)
		s->gzip_ready = inflateInit2(&s->gzip, GZIP_WINDOW) == Z_OK;
	else
		s->zstd = ZSTD_createDStream();
	if (!s->gzip_ready && s->zstd == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("Failed while preparing to decompress file \"%s\".", s->name)));
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
	s->compression = compression == COMPRESSION_AUTO ? FromFirstBytes(s) : compression;
	s->in = MemoryContextAlloc(page->cxt, CHUNK_SIZE);
	OpenDecompressor(s);
	(void) posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	Rewind(s);
	s->stream.next = NextChunk;
	s->stream.rewind = Rewind;
	s->stream.state = s;
	return &s->stream;
}

/*
 * file.c
 *	  The transport for URLs of scheme "file", which streams local files.
 *
 * Files are not copied to memory or temporary files. A file is opened when the request is
 * submitted. The answer to a request for an archive is a page for each of its members.
 */
#include "base/compat.h"
#include "transport/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "transport/beneath.h"
#include "transport/file_stream.h"
#include "transport/file_version.h"
#include "transport/spooled.h"
#include "transport/transport.h"
#include "transport/zip_archive.h"
#include "utils/memutils.h"

#define SCHEME "file:"

typedef struct FileSession
{
	MemoryContext cxt;
	List	   *pages;			/* FetchedPage *, that wait to be taken */
} FileSession;

static void *
FileSessionOpen(MemoryContext cxt, size_t page_memory)
{
	FileSession *session = MemoryContextAllocZero(cxt, sizeof(FileSession));

	session->cxt = cxt;
	return session;
}

static FetchedPage *
NewPage(FileSession *session, const TransportRequest *request)
{
	MemoryContext cxt = AllocSetContextCreate(session->cxt, "elt file", ALLOCSET_SMALL_SIZES);
	FetchedPage *page = MemoryContextAllocZero(cxt, sizeof(FetchedPage));

	page->cxt = cxt;
	page->tag = request->tag;
	page->retry_after_ms = -1;
	page->body = MemoryContextAllocZero(cxt, sizeof(PageBody));
	page->body->file = -1;
	return page;
}

static void
FailPage(FetchedPage *page, TransportFailure failure, char *problem)
{
	page->failure = failure;
	page->error = problem;
}

static TransportFailure
FailureOf(int error)
{
	if (error == 0)
		return TRANSPORT_FILE;
	return error == ENOENT ? TRANSPORT_NO_FILE : TRANSPORT_FILE_REFUSED;
}

static void
AddPage(FileSession *session, FetchedPage *page)
{
	MemoryContext old = MemoryContextSwitchTo(session->cxt);

	session->pages = lappend(session->pages, page);
	MemoryContextSwitchTo(old);
}

/* Each member of an archive is a page; the first one is at hand. */
static void
AddMembers(FileSession *session, FetchedPage *page, ZipArchive *archive,
		   const TransportRequest *request)
{
	List	   *members = ZipArchiveMembers(archive, request->members);
	ListCell   *lc;

	if (members == NIL && ZipArchiveCount(archive) > 0)
		FailPage(page, TRANSPORT_OTHER,
				 psprintf("archive \"%s\" has no member that matches \"%s\"",
						  request->url + strlen(SCHEME),
						  request->members ? request->members : "*"));
	if (members == NIL)
	{
		page->body->stream = ZipPartsStream(archive, page);
		AddPage(session, page);
	}
	foreach(lc, members)
	{
		if (foreach_current_index(lc) > 0)
			page = NewPage(session, request);
		page->status = 200;
		page->member = MemoryContextStrdup(page->cxt, ZipMemberName(archive, lfirst_int(lc)));
		page->body->stream = SpooledStream(page, ZipMemberStream(archive, page, lfirst_int(lc)),
										   request->url + strlen(SCHEME));
		AddPage(session, page);
	}
}

/* A container of other programs, which is no archive. */
static bool
IsOldWorkbook(int fd)
{
	char		bytes[8];

	return pread(fd, bytes, sizeof(bytes), 0) == sizeof(bytes) &&
		memcmp(bytes, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8) == 0;
}

static void
OpenArchive(FileSession *session, FetchedPage *page, int fd, const TransportRequest *request)
{
	const char *name = request->url + strlen(SCHEME);
	bool		old_form = request->has_parts && IsOldWorkbook(fd);
	char	   *problem;
	ZipArchive *archive = ZipArchiveOpen(page->cxt, fd, name, request->max_bytes, &problem);

	if (old_form)
		problem = psprintf("file \"%s\" is an encrypted workbook, or one of the old form .xls", name);

	if (archive != NULL && !request->has_parts)
	{
		AddMembers(session, page, archive, request);
		return;
	}
	if (archive == NULL)
		FailPage(page, TRANSPORT_OTHER, problem);
	else
		page->body->stream = ZipPartsStream(archive, page);
	AddPage(session, page);
}

static PageStream *
FileStreamFor(FetchedPage *page, int fd, const char *name, Compression compression, int64 max_bytes)
{
	PageStream *stream = FileStreamOpen(page, fd, name, compression, max_bytes);

	return stream->size != NULL ? stream : SpooledStream(page, stream, name);
}

/* Is it an archive? A file of no bytes is none. *compression: what the first bytes say, if it is asked. */
static bool
IsArchive(int fd, const TransportRequest *request, Compression *compression)
{
	unsigned char bytes[COMPRESSION_MAGIC];
	struct stat st;
	ssize_t		got;

	*compression = COMPRESSION_NONE;
	if (request->has_parts || strcmp(request->compression, ZIP_NAME) == 0)
		return fstat(fd, &st) != 0 || st.st_size > 0;
	if (!CompressionFromName(request->compression, compression))
		elog(ERROR, "unknown compression \"%s\"", request->compression);
	if (*compression != COMPRESSION_AUTO)
		return false;
	got = Max(pread(fd, bytes, sizeof(bytes), 0), 0);
	*compression = CompressionOfBytes(bytes, got);
	return IsZipArchive(bytes, got);
}

static void
OpenPage(FileSession *session, FetchedPage *page, const TransportRequest *request)
{
	const char *name = request->url + strlen(SCHEME);
	Compression compression;
	char	   *problem;
	int			error;
	int			fd = OpenBeneath(request->root, name, &problem, &error);

	if (fd >= 0)
		page->file = FileVersionNote(fd, name, request->wants_checksum);
	if (fd >= 0 && IsArchive(fd, request, &compression))
	{
		OpenArchive(session, page, fd, request);
		return;
	}
	if (fd < 0)
		FailPage(page, FailureOf(error), problem);
	else
	{
		page->status = 200;
		page->body->stream = FileStreamFor(page, fd, name, compression, request->max_bytes);
	}
	AddPage(session, page);
}

static void
FileSubmit(void *arg, const TransportRequest *request)
{
	FileSession *session = arg;
	FetchedPage *page = NewPage(session, request);
	MemoryContext old = MemoryContextSwitchTo(page->cxt);

	OpenPage(session, page, request);
	MemoryContextSwitchTo(old);
}

static FetchedPage *
FileWait(void *arg, long timeout_ms)
{
	FileSession *session = arg;
	FetchedPage *page;

	if (session->pages == NIL)
		return NULL;
	page = linitial(session->pages);
	session->pages = list_delete_first(session->pages);
	return page;
}

static int
FileInFlight(const void *arg)
{
	return list_length(((const FileSession *) arg)->pages);
}

static const TransportKind file_transport = {
	.name = "file",
	.schemes = "file",
	.open = FileSessionOpen,
	.submit = FileSubmit,
	.wait = FileWait,
	.in_flight = FileInFlight
};

void
FileTransportInit(void)
{
	TransportRegister(&file_transport);
}

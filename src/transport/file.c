/*
 * file.c
 *	  The transport for URLs of scheme "file", which streams local files.
 *
 * Files are not copied to memory or temporary files. A file is opened when the request is
 * submitted.
 */
#include "base/compat.h"
#include "transport/file.h"

#include <unistd.h>

#include "transport/beneath.h"
#include "transport/file_stream.h"
#include "transport/transport.h"
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
FailPage(FetchedPage *page, char *problem)
{
	page->failure = TRANSPORT_FILE;
	page->error = problem;
}

static void
OpenPage(FetchedPage *page, const TransportRequest *request)
{
	const char *name = request->url + strlen(SCHEME);
	Compression compression;
	char	   *problem;
	int			fd;

	if (!CompressionFromName(request->compression, &compression))
		elog(ERROR, "unknown compression \"%s\"", request->compression);
	fd = OpenBeneath(request->root, name, &problem);
	if (fd < 0)
		FailPage(page, problem);
	else
	{
		page->status = 200;
		page->body->stream = FileStreamOpen(page, fd, name, compression, request->max_bytes);
	}
}

static void
FileSubmit(void *arg, const TransportRequest *request)
{
	FileSession *session = arg;
	FetchedPage *page = NewPage(session, request);
	MemoryContext old = MemoryContextSwitchTo(page->cxt);

	OpenPage(page, request);
	MemoryContextSwitchTo(session->cxt);
	session->pages = lappend(session->pages, page);
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

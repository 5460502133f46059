/*
 * page.c
 *	  Read the body and headers of a response.
 */
#include "base/compat.h"
#include "transport/page.h"

#include "transport/body.h"
#include "transport/readable.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#define READ_SIZE (256 * 1024)

static const char *const failure_names[] = {
	[TRANSPORT_NONE] = "none",
	[TRANSPORT_RESOLVE] = "resolve",
	[TRANSPORT_CONNECT] = "connect",
	[TRANSPORT_TLS] = "tls",
	[TRANSPORT_CERTIFICATE] = "certificate",
	[TRANSPORT_TIMEOUT] = "timeout",
	[TRANSPORT_STALLED] = "stalled",
	[TRANSPORT_RESET] = "reset",
	[TRANSPORT_PARTIAL] = "partial",
	[TRANSPORT_TOO_LARGE] = "too_large",
	[TRANSPORT_NO_ROOM] = "no_room",
	[TRANSPORT_HEAD_TOO_LARGE] = "too_large",
	[TRANSPORT_REFUSED_ADDRESS] = "refused_address",
	[TRANSPORT_REDIRECT] = "redirect",
	[TRANSPORT_BAD_URL] = "bad_url",
	[TRANSPORT_FILE] = "file",
	[TRANSPORT_NO_FILE] = "no_file",
	[TRANSPORT_FILE_REFUSED] = "file_refused",
	[TRANSPORT_OTHER] = "other",
};

const char *
TransportFailureName(TransportFailure failure)
{
	return failure_names[failure];
}

const char *
PageHeaderValue(const FetchedPage *page, const char *name)
{
	int			i;

	for (i = 0; i < page->nheaders; i++)
		if (pg_strcasecmp(page->headers[i].name, name) == 0)
			return page->headers[i].value;
	return NULL;
}

static int
ReadFile(PageBody *body, char *buffer, int len, off_t offset)
{
	int			got = FileRead(body->file, buffer, len, offset, WAIT_EVENT_BUFFILE_READ);

	if (got < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read a response from its temporary file: %m")));
	return got;
}

static void
RaiseTruncated(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_IO_ERROR),
			 errmsg("temporary file of a response is truncated")));
}

static bool
NextFromFile(FetchedPage *page, const char **data, size_t *len)
{
	PageBody   *body = page->body;
	int			got;

	if (body->read_at >= body->file_len)
		return false;
	if (body->read_buffer == NULL)
		body->read_buffer = MemoryContextAlloc(page->cxt, READ_SIZE);
	got = ReadFile(body, body->read_buffer, READ_SIZE, body->read_at);
	if (got == 0)
		RaiseTruncated();
	body->read_at += got;
	*data = body->read_buffer;
	*len = got;
	return true;
}

bool
PageNextChunk(void *state, const char **data, size_t *len)
{
	FetchedPage *page = (FetchedPage *) state;
	PageBody   *body = page->body;

	if (body->stream != NULL)
		return body->stream->next(body->stream->state, data, len);
	if (body->file >= 0)
		return NextFromFile(page, data, len);
	if (body->tail_read || body->len == 0)
		return false;
	body->tail_read = true;
	*data = body->data;
	*len = body->len;
	return true;
}

void
PageRewind(void *state)
{
	PageBody   *body = ((FetchedPage *) state)->body;

	if (body->stream != NULL)
		body->stream->rewind(body->stream->state);
	body->read_at = 0;
	body->tail_read = false;
}

bool
PageSelectPart(void *state, const char *part)
{
	const PageStream *stream = ((FetchedPage *) state)->body->stream;

	if (stream == NULL || stream->select == NULL)
		return false;
	return part == NULL || stream->select(stream->state, part);
}

int64
PageSize(void *state)
{
	FetchedPage *page = state;
	const PageStream *stream = page->body->stream;

	if (stream == NULL)
		return page->bytes;
	return stream->size != NULL ? stream->size(stream->state) : -1;
}

void
PageReadAt(void *state, char *buffer, size_t len, int64 offset)
{
	FetchedPage *page = state;
	PageBody   *body = page->body;

	if (body->stream != NULL)
	{
		body->stream->read_at(body->stream->state, buffer, len, offset);
		return;
	}
	if (body->file < 0)
	{
		memcpy(buffer, body->data + offset, len);
		return;
	}
	while (len > 0)
	{
		int			got = ReadFile(body, buffer, Min(len, READ_SIZE), offset);

		if (got == 0)
			RaiseTruncated();
		buffer += got;
		offset += got;
		len -= got;
	}
}

bool
PageIsStream(const FetchedPage *page)
{
	return page->body->stream != NULL;
}

static char *
StreamExcerpt(FetchedPage *page, int maxlen)
{
	const char *data;
	size_t		len;
	char	   *text;

	PageRewind(page);
	if (!PageNextChunk(page, &data, &len))
		len = 0;
	text = ReadableText(data, Min(len, maxlen), len > maxlen);
	PageRewind(page);
	return text;
}

char *
PageExcerpt(FetchedPage *page, int maxlen)
{
	PageBody   *body = page->body;
	int			len = (int) Min((int64) maxlen, page->bytes);
	char	   *buffer;
	char	   *text;

	if (body->stream != NULL)
		return StreamExcerpt(page, maxlen);
	if (len <= 0)
		return pstrdup("");
	if (body->file < 0)
		return ReadableText(body->data, len, len < page->bytes);
	buffer = palloc(len);
	len = ReadFile(body, buffer, len, 0);
	text = ReadableText(buffer, len, len < page->bytes);
	pfree(buffer);
	return text;
}

void
PageFree(FetchedPage *page)
{
	MemoryContextDelete(page->cxt);
}

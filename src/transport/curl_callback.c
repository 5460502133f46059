/*
 * curl_callback.c
 *	  Callbacks of libcurl, which must not throw, palloc or block.
 */
#include "base/compat.h"
#include "transport/curl_session.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "transport/address.h"

#define MAX_HEAD		(256 * 1024)
#define AFTER_SPILL		((size_t) 1024 * 1024)
#define SESSION_FACTOR	4		/* a session holds so many times page_memory */

/* Would len more bytes be over what this page, or the session, may hold in memory? */
static bool
MustSpillFirst(const CurlTransfer *transfer, size_t len)
{
	const PageBody *body = &transfer->body;
	size_t		page_memory = transfer->session->page_memory;
	size_t		limit = body->file < 0 ? page_memory : Min(page_memory, AFTER_SPILL);

	if (body->len == 0)
		return false;
	return body->len + len > limit ||
		transfer->session->held + len > page_memory * SESSION_FACTOR;
}

/* The value of the last header of that name; "" when there is none. */
static const char *
HeadValue(const CurlTransfer *transfer, const char *name, size_t *len)
{
	const char *end = transfer->head + transfer->head_len;
	const char *line = transfer->head;
	size_t		name_len = strlen(name);
	const char *value = "";

	*len = 0;
	while (line != NULL && line < end)
	{
		const char *next = memchr(line, '\n', end - line);
		const char *stop = next == NULL ? end : next;

		if (stop - line > name_len && line[name_len] == ':' &&
			pg_strncasecmp(line, name, name_len) == 0)
		{
			value = line + name_len + 1;
			for (; value < stop && (*value == ' ' || *value == '\t'); value++);
			for (; stop > value && strchr(" \t\r", stop[-1]) != NULL; stop--);
			*len = stop - value;
		}
		line = next == NULL ? NULL : next + 1;
	}
	return value;
}

static void
DecideCoding(CurlTransfer *transfer)
{
	size_t		len;
	const char *name = HeadValue(transfer, "content-encoding", &len);

	if (transfer->unpacker.coding == CODING_UNDECIDED)
		transfer->unpacker.coding = CodingByName(name, len);
}

/* An UnpackSink. */
static bool
TakeBytes(void *arg, const char *data, size_t len)
{
	CurlTransfer *transfer = arg;
	int64		max_bytes = transfer->request.max_bytes;

	transfer->body_too_large = max_bytes > 0 &&
		transfer->body.hash.total + (int64) len > max_bytes;
	if (transfer->body_too_large)
		return false;
	transfer->no_memory = !BodyAppend(&transfer->body, data, len);
	return !transfer->no_memory;
}

/*
 * A pause keeps packed bytes in libcurl; those of one call, at most 16 kB, are unpacked at once,
 * into 16 MB if they are made to be large.
 */
size_t
OnBody(char *data, size_t size, size_t count, void *arg)
{
	CurlTransfer *transfer = arg;
	size_t		len = size * count;

	if (MustSpillFirst(transfer, len))
	{
		transfer->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	DecideCoding(transfer);
	return Unpack(&transfer->unpacker, data, len, TakeBytes, transfer) ? len : 0;
}

static bool
AppendHead(CurlTransfer *transfer, const char *data, size_t len)
{
	size_t		needed = transfer->head_len + len;

	if (needed > MAX_HEAD)
	{
		transfer->head_too_large = true;
		return false;
	}
	if (needed > transfer->head_capacity)
	{
		size_t		capacity = Max(needed * 2, 2048);
		char	   *head = realloc(transfer->head, capacity);

		if (head == NULL)
		{
			transfer->no_memory = true;
			return false;
		}
		transfer->head = head;
		transfer->head_capacity = capacity;
	}
	memcpy(transfer->head + transfer->head_len, data, len);
	transfer->head_len = needed;
	return true;
}

/* Only the last header block counts: others are interim answers, or trailers. */
size_t
OnHeader(char *data, size_t size, size_t count, void *arg)
{
	CurlTransfer *transfer = arg;
	size_t		len = size * count;

	if (len >= 5 && memcmp(data, "HTTP/", 5) == 0)
	{
		transfer->head_len = 0;
		transfer->head_ended = false;
		return len;
	}
	if (transfer->head_ended)
		return len;
	if (len <= 2 && (data[0] == '\r' || data[0] == '\n'))
	{
		transfer->head_ended = true;
		return len;
	}
	return AppendHead(transfer, data, len) ? len : 0;
}

/*
 * The address is the one that was resolved, so a name cannot lead around the check. That of a proxy is
 * declared by who may reach any.
 */
curl_socket_t
OnOpenSocket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	CurlTransfer *transfer = arg;
	int			fd;

	if (!transfer->request.allow_private && transfer->request.proxy == NULL &&
		!AddressIsPublic(&address->addr))
	{
		AddressText(&address->addr, transfer->refused, sizeof(transfer->refused));
		return CURL_SOCKET_BAD;
	}
	transfer->dialled++;
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	transfer->session->sockets++;
	return fd;
}

int
OnCloseSocket(void *arg, curl_socket_t fd)
{
	CurlSession *session = arg;

	session->sockets--;
	return close(fd);
}

static uint32
EpollInterest(int what)
{
	uint32		events = 0;

	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	return events;
}

int
OnSocketChange(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	CurlLane   *lane = arg;
	struct epoll_event event = {0};

	if (what == CURL_POLL_REMOVE)
	{
		(void) epoll_ctl(lane->session->poll_fd, EPOLL_CTL_DEL, fd, &event);
		return 0;
	}
	event.events = EpollInterest(what);
	event.data.u64 = ((uint64) lane->number << 32) | (uint32) fd;
	if (epoll_ctl(lane->session->poll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
		return 0;
	if (epoll_ctl(lane->session->poll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	return -1;
}

int
OnTimer(CURLM *multi, long timeout_ms, void *arg)
{
	CurlLane   *lane = arg;

	lane->timer_us = timeout_ms < 0 ? -1 : NowUs() + (int64) timeout_ms * 1000;
	return 0;
}

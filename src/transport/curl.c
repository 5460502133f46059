/*
 * curl.c
 *	  The life of a session and of its transfers.
 *
 *		queued ──► running ──► done ──► (PageFree)
 *		              └──◄── redirect
 */
#include "base/compat.h"
#include "transport/curl.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "base/handle.h"
#include "miscadmin.h"
#include "transport/curl_session.h"
#include "utils/memutils.h"
#include "transport/url.h"

static void
InitLibrary(void)
{
	static bool done = false;
	sigset_t	saved;
	CURLcode	code;

	if (done)
		return;
	BlockAllSignals(&saved);
	code = curl_global_init(CURL_GLOBAL_DEFAULT);
	RestoreSignals(&saved);
	if (code != CURLE_OK)
		ereport(ERROR,
				(errcode(ERRCODE_SYSTEM_ERROR),
				 errmsg("could not initialize libcurl: %s", curl_easy_strerror(code))));
	done = true;
}

/* Runs after the pages, which are children of the session's context, have gone. */
static void
ReleaseSession(void *arg)
{
	CurlSession *session = arg;
	int			i;

	while (session->nidle > 0)
		curl_easy_cleanup(session->idle[--session->nidle]);
	for (i = 0; i < LANES; i++)
		if (session->lanes[i].multi != NULL)
			(void) curl_multi_cleanup(session->lanes[i].multi);
	if (session->wait_set != NULL)
		FreeWaitEventSet(session->wait_set);
	if (session->poll_fd >= 0)
	{
		close(session->poll_fd);
		ReleaseExternalFD();
	}
	for (; session->reserved > 0; session->reserved--)
		ReleaseExternalFD();
}

static void
OpenPollSet(CurlSession *session)
{
	int			fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create an epoll set: %m")));
	session->poll_fd = fd;
	ReserveExternalFD();
	session->wait_set = CreateWaitEventSet_compat(session->cxt, 3);
	AddWaitEventToSet(session->wait_set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(session->wait_set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	AddWaitEventToSet(session->wait_set, WL_SOCKET_READABLE, fd, NULL, NULL);
}

static void *
CurlOpen(MemoryContext cxt, size_t page_memory)
{
	CurlSession *session = MemoryContextAllocZero(cxt, sizeof(CurlSession));
	int			i;

	InitLibrary();
	session->cxt = cxt;
	session->page_memory = page_memory;
	session->poll_fd = -1;
	session->driven_us = NowUs();
	for (i = 0; i < TRANSFER_STATES; i++)
		dlist_init(&session->transfers[i]);
	for (i = 0; i < LANES; i++)
	{
		session->lanes[i].session = session;
		session->lanes[i].number = i;
		session->lanes[i].timer_us = -1;
	}
	ReleaseWithContext(cxt, ReleaseSession, session);
	OpenPollSet(session);
	return session;
}

static void
OpenLane(CurlLane *lane)
{
	CURLM	   *multi;

	if (lane->multi != NULL)
		return;
	multi = curl_multi_init();
	if (multi == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("Failed while opening an HTTP session.")));
	lane->multi = multi;
	(void) curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, OnSocketChange);
	(void) curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, lane);
	(void) curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, OnTimer);
	(void) curl_multi_setopt(multi, CURLMOPT_TIMERDATA, lane);
	(void) curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long) MAX_RUNNING);
	(void) curl_multi_setopt(multi, CURLMOPT_QUICK_EXIT_compat, 1L);
}

/* With the page's context: takes the transfer out of everything that points to it. */
static void
ReleaseTransfer(void *arg)
{
	CurlTransfer *transfer = arg;

	dlist_delete(&transfer->node);
	transfer->session->counts[transfer->state]--;
	TransferGiveBackHandle(transfer);
	curl_slist_free_all(transfer->headers);
	free(transfer->head);
	UnpackRelease(&transfer->unpacker);
	BodyRelease(&transfer->body);
}

static void
Enter(CurlTransfer *transfer, TransferState state)
{
	dlist_push_tail(&transfer->session->transfers[state], &transfer->node);
	transfer->session->counts[state]++;
	transfer->state = state;
}

void
TransferMove(CurlTransfer *transfer, TransferState state)
{
	dlist_delete(&transfer->node);
	transfer->session->counts[transfer->state]--;
	Enter(transfer, state);
}

static char *
CopyText(const char *text)
{
	return text == NULL ? NULL : pstrdup(text);
}

static void
CopyRequest(TransportRequest *to, const TransportRequest *from)
{
	ListCell   *cell;

	*to = *from;
	to->method = pstrdup(from->method);
	to->url = pstrdup(from->url);
	to->shown_url = pstrdup(from->shown_url);
	to->body = CopyText(from->body);
	to->ca_pem = CopyText(from->ca_pem);
	to->proxy = CopyText(from->proxy);
	to->proxy_user = CopyText(from->proxy_user);
	to->proxy_password = CopyText(from->proxy_password);
	to->headers = NIL;
	foreach(cell, from->headers)
		to->headers = lappend(to->headers, pstrdup(lfirst(cell)));
}

static CurlTransfer *
NewTransfer(CurlSession *session, const TransportRequest *request)
{
	MemoryContext cxt = AllocSetContextCreate(session->cxt, "elt page",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(cxt);
	CurlTransfer *transfer = palloc0(sizeof(CurlTransfer));
	FetchedPage *page = palloc0(sizeof(FetchedPage));

	CopyRequest(&transfer->request, request);
	transfer->session = session;
	transfer->lane = &session->lanes[request->allow_private ? PRIVATE_LANE : PUBLIC_LANE];
	transfer->page = page;
	BodyInit(&transfer->body, &session->held);
	page->tag = request->tag;
	page->body = &transfer->body;
	page->retry_after_ms = -1;
	page->cxt = cxt;
	MemoryContextSwitchTo(caller);
	return transfer;
}

/*
 * A proxy is the one who connects: what can be told without it is the address in the URL. The page
 * says so then.
 */
static bool
RefusesHost(CurlTransfer *transfer)
{
	const TransportRequest *request = &transfer->request;
	char	   *host;
	MemoryContext caller;

	if (request->proxy == NULL || request->allow_private)
		return false;
	caller = MemoryContextSwitchTo(transfer->page->cxt);
	host = UrlPrivateHost(request->url);
	if (host != NULL)
		PageFail(transfer->page, TRANSPORT_REFUSED_ADDRESS,
				 psprintf("connection to %s is not allowed: address is private", host));
	MemoryContextSwitchTo(caller);
	return host != NULL;
}

static void
CurlSubmit(void *arg, const TransportRequest *request)
{
	CurlSession *session = arg;
	CurlTransfer *transfer;

	CheckRequestHeaders(request);
	transfer = NewTransfer(session, request);
	OpenLane(transfer->lane);
	ReleaseWithContext(transfer->page->cxt, ReleaseTransfer, transfer);
	Enter(transfer, RefusesHost(transfer) ? TRANSFER_DONE : TRANSFER_QUEUED);
}

static CurlTransfer *
FirstIn(CurlSession *session, TransferState state)
{
	if (session->counts[state] == 0)
		return NULL;
	return dlist_head_element(CurlTransfer, node, &session->transfers[state]);
}

static void
StartQueued(CurlSession *session)
{
	CurlTransfer *transfer;

	while (session->counts[TRANSFER_RUNNING] < MAX_RUNNING &&
		   (transfer = FirstIn(session, TRANSFER_QUEUED)) != NULL)
	{
		TransferMove(transfer, TRANSFER_RUNNING);
		TransferStart(transfer);
	}
}

static FetchedPage *
TakeDone(CurlSession *session)
{
	CurlTransfer *transfer = FirstIn(session, TRANSFER_DONE);

	if (transfer == NULL)
		return NULL;
	TransferMove(transfer, TRANSFER_TAKEN);
	return transfer->page;
}

static int
CurlInFlight(const void *arg)
{
	const CurlSession *session = arg;

	return session->counts[TRANSFER_QUEUED] + session->counts[TRANSFER_RUNNING] +
		session->counts[TRANSFER_DONE];
}

static FetchedPage *
CurlWait(void *arg, long timeout_ms)
{
	CurlSession *session = arg;
	int64		give_up_us = timeout_ms < 0 ? -1 : NowUs() + (int64) timeout_ms * 1000;
	FetchedPage *page;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		StartQueued(session);
		CurlDrive(session);
		page = TakeDone(session);
		if (page != NULL || CurlInFlight(session) == 0)
			return page;
		if (give_up_us >= 0 && NowUs() >= give_up_us)
			return NULL;
		CurlWaitForTraffic(session, give_up_us);
	}
}

static const TransportKind curl_kind = {
	.name = "curl",
	.schemes = "http https",
	.open = CurlOpen,
	.submit = CurlSubmit,
	.wait = CurlWait,
	.in_flight = CurlInFlight,
};

void
CurlTransportInit(void)
{
	TransportRegister(&curl_kind);
}

/*
 * curl_result.c
 *	  Turn a finished libcurl transfer into a page.
 */
#include "base/compat.h"
#include "transport/curl_session.h"

#include "transport/header_fields.h"
#include "transport/url.h"

static int64
Info(CURL *easy, CURLINFO what)
{
	curl_off_t	value = 0;

	(void) curl_easy_getinfo(easy, what, &value);
	return value;
}

static long
InfoLong(CURL *easy, CURLINFO what)
{
	long		value = 0;

	(void) curl_easy_getinfo(easy, what, &value);
	return value;
}

static int
HttpVersion(CURL *easy)
{
	switch (InfoLong(easy, CURLINFO_HTTP_VERSION))
	{
		case CURL_HTTP_VERSION_1_0:
			return 10;
		case CURL_HTTP_VERSION_1_1:
			return 11;
		case CURL_HTTP_VERSION_2_0:
			return 20;
		case CURL_HTTP_VERSION_3:
			return 30;
		default:
			return 0;
	}
}

/* libcurl reports instants from the start of the request; a page has durations. */
static void
TakeTimings(FetchedPage *page, CURL *easy)
{
	int64		resolved = Info(easy, CURLINFO_NAMELOOKUP_TIME_T);
	int64		connected = Info(easy, CURLINFO_CONNECT_TIME_T);
	int64		secured = Info(easy, CURLINFO_APPCONNECT_TIME_T);

	page->dns_us = resolved;
	page->connect_us = Max(0, connected - resolved);
	page->tls_us = secured == 0 ? 0 : Max(0, secured - connected);
	page->first_byte_us = Info(easy, CURLINFO_STARTTRANSFER_TIME_T);
}

static void
TakeFacts(CurlTransfer *transfer)
{
	FetchedPage *page = transfer->page;
	CURL	   *easy = transfer->easy;

	TakeTimings(page, easy);
	page->total_us = NowUs() - transfer->started_us;
	page->status = (int) InfoLong(easy, CURLINFO_RESPONSE_CODE);
	page->http_version = HttpVersion(easy);
	page->reused_connection = page->status != 0 &&
		InfoLong(easy, CURLINFO_NUM_CONNECTS) == 0;
	page->bytes = transfer->body.hash.total;
	page->body_hash = BodyHash(&transfer->body);
	PageTakeFields(page, transfer->head, transfer->head_len);
}

static bool
IsRedirect(const FetchedPage *page)
{
	switch (page->status)
	{
		case 301:
		case 302:
		case 303:
		case 307:
		case 308:
			return PageHeaderValue(page, "location") != NULL;
		default:
			return false;
	}
}

static const char *
OriginForPeople(const char *url)
{
	char	   *origin = UrlOrigin(url);

	return origin == NULL ? "an invalid URL" : origin;
}

/* The URL to go on with, or NULL after the page has failed. */
static char *
CheckRedirect(CurlTransfer *transfer)
{
	const TransportRequest *request = &transfer->request;
	FetchedPage *page = transfer->page;
	char	   *target = UrlResolve(request->url, PageHeaderValue(page, "location"));

	if (target == NULL || !UrlSameOrigin(request->url, target))
	{
		PageFail(page, TRANSPORT_REDIRECT,
				 psprintf("redirect from %s to %s was not followed because the origins differ",
						  OriginForPeople(request->url),
						  target == NULL ? "an invalid URL" : OriginForPeople(target)));
		return NULL;
	}
	if (page->redirects >= request->max_redirects)
	{
		PageFail(page, TRANSPORT_REDIRECT,
				 psprintf("%s redirected more than %d times",
						  OriginForPeople(request->url), request->max_redirects));
		return NULL;
	}
	return target;
}

/* What clients do with a POST since HTTP/1.0, whatever the standard hoped for. */
static bool
BecomesGet(const CurlTransfer *transfer)
{
	return transfer->page->status <= 303 &&
		strcmp(transfer->request.method, "POST") == 0;
}

static void
ForgetAnswer(CurlTransfer *transfer)
{
	FetchedPage *page = transfer->page;

	BodyEmpty(&transfer->body);
	UnpackRelease(&transfer->unpacker);
	transfer->head_len = 0;
	transfer->head_ended = false;
	transfer->error[0] = '\0';
	transfer->dialled = 0;
	transfer->refused[0] = '\0';
	page->headers = NULL;
	page->nheaders = 0;
	page->content_type = page->charset = page->etag = page->last_modified = NULL;
	page->retry_after_ms = -1;
	page->sent_at = 0;
}

static void
FollowRedirect(CurlTransfer *transfer, char *target)
{
	if (BecomesGet(transfer))
	{
		transfer->request.method = "GET";
		transfer->request.body = NULL;
	}
	transfer->request.url = target;
	transfer->page->redirects++;
	ForgetAnswer(transfer);
	(void) curl_multi_remove_handle(transfer->lane->multi, transfer->easy);
	TransferSetUrl(transfer);
	TransferSetTimeouts(transfer);
	TransferAddToMulti(transfer);
}

static void
CheckMemory(const CurlTransfer *transfer)
{
	if (transfer->no_memory || transfer->unpacker.no_memory)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("Failed while receiving a response.")));
}

/* What libcurl itself takes for success, or for something else than it is. */
static CURLcode
RealOutcome(CurlTransfer *transfer, CURLcode code)
{
	if (transfer->unpacker.damaged)
		return CURLE_BAD_CONTENT_ENCODING;
	if (code == CURLE_OK && UnpackIsCut(&transfer->unpacker))
		return CURLE_PARTIAL_FILE;
	if (transfer->head_ended)
		return code;
	if (code == CURLE_OK)
		return CURLE_PARTIAL_FILE;	/* the connection ended within the headers */
	if (code == CURLE_OUT_OF_MEMORY || code == CURLE_TOO_LARGE_compat)
		transfer->head_too_large = true;	/* of one header line, over libcurl's cap */
	return code;
}

static void
KeepBody(CurlTransfer *transfer, CURLcode code)
{
	if (BodyFinish(&transfer->body))
		return;
	transfer->no_room = true;
	BodyEmpty(&transfer->body);
	PageExplainFailure(transfer, code);
}

/* The transfer is done, or goes on with the target of a redirect. */
static void
Settle(CurlTransfer *transfer, CURLcode code)
{
	char	   *target = NULL;

	CheckMemory(transfer);
	code = RealOutcome(transfer, code);
	TakeFacts(transfer);
	if (code != CURLE_OK)
		PageExplainFailure(transfer, code);
	else if (IsRedirect(transfer->page))
		target = CheckRedirect(transfer);
	if (target != NULL)
	{
		FollowRedirect(transfer, target);
		return;
	}
	KeepBody(transfer, code);
	TransferGiveBackHandle(transfer);
	TransferMove(transfer, TRANSFER_DONE);
}

void
TransferFinish(CurlTransfer *transfer, CURLcode code)
{
	MemoryContext caller = MemoryContextSwitchTo(transfer->page->cxt);

	Settle(transfer, code);
	MemoryContextSwitchTo(caller);
}

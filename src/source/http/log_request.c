/*
 * log_request.c
 *	  Tell the request log of a request.
 */
#include "base/compat.h"
#include "source/http/log_request.h"

#include "utils/timestamp.h"

#define EXCERPT_BYTES 200

static void
AddTimings(RequestLog *log, const FetchedPage *page)
{
	RequestLogMs(log, "dns_ms", page->dns_us);
	RequestLogMs(log, "connect_ms", page->connect_us);
	RequestLogMs(log, "tls_ms", page->tls_us);
	RequestLogMs(log, "first_byte_ms", page->first_byte_us);
	RequestLogMs(log, "total_ms", page->total_us);
	RequestLogBool(log, "reused_connection", page->reused_connection);
}

/* 10 and 11 are 1.0 and 1.1, 20 is 2. */
static void
AddVersion(RequestLog *log, int version)
{
	if (version == 0)
		return;
	if (version % 10 == 0 && version > 10)
		RequestLogText(log, "http_version", psprintf("%d", version / 10));
	else
		RequestLogText(log, "http_version", psprintf("%d.%d", version / 10, version % 10));
}

static bool
IsTrouble(AnswerVerdict verdict)
{
	return verdict == ANSWER_RETRY || verdict == ANSWER_RATE_LIMITED ||
		verdict == ANSWER_RESTART || verdict == ANSWER_REFRESH_TOKEN ||
		verdict == ANSWER_FAIL;
}

static const char *
ErrorOf(const LoggedRequest *logged, FetchedPage *page)
{
	if (logged->error != NULL)
		return logged->error;
	if (page->failure != TRANSPORT_NONE)
		return page->error;
	if (!IsTrouble(logged->verdict) || page->bytes == 0)
		return NULL;
	return PageExcerpt(page, EXCERPT_BYTES);
}

static void
AddAnswer(RequestLog *log, const Auth *auth, const LoggedRequest *logged, FetchedPage *page)
{
	if (page->status != 0)
		RequestLogNumber(log, "http_status", page->status);
	RequestLogText(log, "verdict", AnswerVerdictName(logged->verdict));
	if (page->failure != TRANSPORT_NONE)
		RequestLogText(log, "failure", TransportFailureName(page->failure));
	RequestLogText(log, "error", AuthMask(auth, ErrorOf(logged, page)));
	RequestLogNumber(log, "bytes", page->bytes);
	RequestLogNumber(log, "redirects", page->redirects);
	AddTimings(log, page);
	AddVersion(log, page->http_version);
}

void
LogRequest(RequestLog *log, const Auth *auth, const LoggedRequest *logged, FetchedPage *page)
{
	if (log == NULL)
		return;
	RequestLogBegin(log, GetCurrentTimestamp() - page->total_us, logged->slice);
	RequestLogNumber(log, "page", logged->page);
	RequestLogNumber(log, "attempt", logged->attempt);
	RequestLogText(log, "method", logged->request->method);
	RequestLogText(log, "url", AuthMask(auth, logged->request->shown_url));
	AddAnswer(log, auth, logged, page);
	RequestLogEnd(log);
	RequestLogCount(log, AnswerVerdictName(logged->verdict), page->bytes, page->total_us);
}

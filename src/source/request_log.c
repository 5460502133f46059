/*
 * request_log.c
 *	  Write and prune elt_catalog.request_log.
 */
#include "base/compat.h"
#include "source/request_log.h"

#include "lib/stringinfo.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define EXCERPT_BYTES 200

/* What a crash may lose, or a reader has to wait for. */
#define MOST_ROWS 200
#define LONGEST_MS 1000

struct RequestLog
{
	MemoryContext cxt;
	StringInfoData rows;
	int			count;
	TimestampTz oldest;			/* when the first one was added */
};

static const char *const verdict_names[] = {
	[VERDICT_SUCCESS] = "success",
	[VERDICT_UNCHANGED] = "unchanged",
	[VERDICT_EMPTY] = "empty",
	[VERDICT_NOT_YET] = "not_yet",
	[VERDICT_RETRY] = "retry",
	[VERDICT_RATE_LIMITED] = "rate_limited",
	[VERDICT_RESTART] = "restart",
	[VERDICT_REFRESH_TOKEN] = "refresh_token",
	[VERDICT_FAIL] = "fail",
};

RequestLog *
RequestLogOpen(void)
{
	RequestLog *log = palloc0(sizeof(RequestLog));

	log->cxt = AllocSetContextCreate(CurrentMemoryContext, "elt request log",
									 ALLOCSET_DEFAULT_SIZES);
	return log;
}

static void
AddText(StringInfo row, const char *name, const char *value)
{
	if (value == NULL)
		return;
	appendStringInfo(row, ",\"%s\":", name);
	escape_json(row, value);
}

static void
AddNumber(StringInfo row, const char *name, int64 value)
{
	appendStringInfo(row, ",\"%s\":" INT64_FORMAT, name, value);
}

static void
AddMs(StringInfo row, const char *name, int64 us)
{
	appendStringInfo(row, ",\"%s\":%.3f", name, us / 1000.0);
}

static void
AddSlice(StringInfo row, const Slice *slice)
{
	if (slice == NULL)
		return;
	appendStringInfo(row, ",\"params\":%s", slice->params);
	if (!slice->has_window)
		return;
	AddText(row, "window_start", timestamptz_to_str(slice->window_start));
	AddText(row, "window_end", timestamptz_to_str(slice->window_end));
}

static void
AddTimings(StringInfo row, const FetchedPage *page)
{
	AddMs(row, "dns_ms", page->dns_us);
	AddMs(row, "connect_ms", page->connect_us);
	AddMs(row, "tls_ms", page->tls_us);
	AddMs(row, "first_byte_ms", page->first_byte_us);
	AddMs(row, "total_ms", page->total_us);
	appendStringInfo(row, ",\"reused_connection\":%s",
					 page->reused_connection ? "true" : "false");
}

/* 10 and 11 are 1.0 and 1.1, 20 is 2. */
static void
AddVersion(StringInfo row, int version)
{
	if (version == 0)
		return;
	if (version % 10 == 0 && version > 10)
		appendStringInfo(row, ",\"http_version\":\"%d\"", version / 10);
	else
		appendStringInfo(row, ",\"http_version\":\"%d.%d\"", version / 10, version % 10);
}

static bool
IsTrouble(Verdict verdict)
{
	return verdict == VERDICT_RETRY || verdict == VERDICT_RATE_LIMITED ||
		verdict == VERDICT_RESTART || verdict == VERDICT_REFRESH_TOKEN ||
		verdict == VERDICT_FAIL;
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
AddAnswer(StringInfo row, const Auth *auth, const LoggedRequest *logged, FetchedPage *page)
{
	if (page->status != 0)
		AddNumber(row, "status", page->status);
	AddText(row, "verdict", verdict_names[logged->verdict]);
	if (page->failure != TRANSPORT_NONE)
		AddText(row, "failure", TransportFailureName(page->failure));
	AddText(row, "error", AuthMask(auth, ErrorOf(logged, page)));
	AddNumber(row, "bytes", page->bytes);
	AddNumber(row, "redirects", page->redirects);
	AddTimings(row, page);
	AddVersion(row, page->http_version);
}

static StringInfo
BeginRow(RequestLog *log, TimestampTz now)
{
	if (log->count++ == 0)
	{
		initStringInfo(&log->rows);
		log->oldest = now;
	}
	appendStringInfoString(&log->rows, log->count == 1 ? "[{" : ",{");
	return &log->rows;
}

void
RequestLogAdd(RequestLog *log, const Auth *auth, const LoggedRequest *logged,
			  FetchedPage *page)
{
	TimestampTz now = GetCurrentTimestamp();
	MemoryContext old;
	StringInfo	row;

	if (log == NULL)
		return;
	old = MemoryContextSwitchTo(log->cxt);
	row = BeginRow(log, now);
	appendStringInfo(row, "\"at\":\"%s\"", timestamptz_to_str(now - page->total_us));
	AddSlice(row, logged->slice);
	AddNumber(row, "page", logged->page);
	AddNumber(row, "attempt", logged->attempt);
	AddText(row, "method", logged->request->method);
	AddText(row, "url", AuthMask(auth, logged->request->shown_url));
	AddAnswer(row, auth, logged, page);
	appendStringInfoChar(row, '}');
	MemoryContextSwitchTo(old);
}

bool
RequestLogIsDue(const RequestLog *log)
{
	return log != NULL && log->count > 0 &&
		(log->count >= MOST_ROWS ||
		 TimestampDifferenceExceeds(log->oldest, GetCurrentTimestamp(), LONGEST_MS));
}

const char *
RequestLogRows(RequestLog *log)
{
	return log == NULL || log->count == 0 ? NULL : psprintf("%s]", log->rows.data);
}

void
RequestLogEmpty(RequestLog *log)
{
	log->count = 0;
	MemoryContextReset(log->cxt);
}

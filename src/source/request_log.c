/*
 * request_log.c
 *	  Collect rows of elt_catalog.request_log.
 */
#include "base/compat.h"
#include "source/request_log.h"

#include "catalog/request_tally.h"
#include "lib/stringinfo.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* What a crash may lose, or a reader has to wait for. */
#define MOST_ROWS 200
#define LONGEST_MS 1000

struct RequestLog
{
	MemoryContext cxt;
	StringInfoData rows;		/* of a JSON array, without its end */
	int			count;
	List	   *counts;			/* RequestCount * */
	TimestampTz oldest;			/* when the first one was added */
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
BeginRows(RequestLog *log)
{
	MemoryContext old = MemoryContextSwitchTo(log->cxt);

	initStringInfo(&log->rows);
	MemoryContextSwitchTo(old);
	log->oldest = GetCurrentTimestamp();
}

static void
AddSlice(RequestLog *log, const Slice *slice)
{
	if (slice == NULL)
		return;
	appendStringInfo(&log->rows, ",\"params\":%s", slice->params);
	if (!slice->has_window)
		return;
	RequestLogText(log, "window_start", timestamptz_to_str(slice->window_start));
	RequestLogText(log, "window_end", timestamptz_to_str(slice->window_end));
}

void
RequestLogBegin(RequestLog *log, TimestampTz sent, const Slice *slice)
{
	if (log->count++ == 0)
		BeginRows(log);
	appendStringInfo(&log->rows, "%s{\"at\":\"%s\"", log->count == 1 ? "[" : ",",
					 timestamptz_to_str(sent));
	AddSlice(log, slice);
}

void
RequestLogText(RequestLog *log, const char *column, const char *value)
{
	if (value == NULL)
		return;
	appendStringInfo(&log->rows, ",\"%s\":", column);
	escape_json(&log->rows, value);
}

void
RequestLogNumber(RequestLog *log, const char *column, int64 value)
{
	appendStringInfo(&log->rows, ",\"%s\":" INT64_FORMAT, column, value);
}

void
RequestLogMs(RequestLog *log, const char *column, int64 microseconds)
{
	appendStringInfo(&log->rows, ",\"%s\":%.3f", column, microseconds / 1000.0);
}

void
RequestLogBool(RequestLog *log, const char *column, bool value)
{
	appendStringInfo(&log->rows, ",\"%s\":%s", column, value ? "true" : "false");
}

void
RequestLogEnd(RequestLog *log)
{
	appendStringInfoChar(&log->rows, '}');
}

static RequestCount *
CountOf(RequestLog *log, const char *verdict)
{
	MemoryContext old;
	RequestCount *count;
	ListCell   *lc;

	foreach(lc, log->counts)
		if (strcmp(((RequestCount *) lfirst(lc))->verdict, verdict) == 0)
			return lfirst(lc);
	old = MemoryContextSwitchTo(log->cxt);
	count = palloc0(sizeof(RequestCount));
	count->verdict = verdict;
	log->counts = lappend(log->counts, count);
	MemoryContextSwitchTo(old);
	return count;
}

void
RequestLogCount(RequestLog *log, const char *verdict, int64 bytes, int64 microseconds)
{
	RequestCountAdd(CountOf(log, verdict), bytes, microseconds);
}

List *
RequestLogCounts(const RequestLog *log)
{
	return log->counts;
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
	log->counts = NIL;
	MemoryContextReset(log->cxt);
}

/*
 * infer_window.c
 *	  Recognize a time range, or the time since when rows are wanted, in a query.
 */
#include "base/compat.h"
#include "infer/infer_window.h"

#include "infer/infer_key.h"
#include "infer/query_parts.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static const char *const starts[] = {
	"start", "from", "start_date", "startdate", "date_from", "from_date", "begin", "start_time",
	"starttime", "since", "after", "date_start", "time_from", "period_start"
};
static const char *const ends[] = {
	"end", "to", "end_date", "enddate", "date_to", "to_date", "until", "end_time", "endtime", "before",
	"date_end", "time_to", "period_end"
};
static const char *const sinces[] = {
	"updated_since", "modified_since", "changed_since", "since", "updated_after", "modified_after",
	"updated_at_min", "updated_from", "from_updated", "last_modified", "updatedsince", "modifiedsince"
};

/* How a time in a request is written: the option window_format; NULL: it is no time. */
static const char *
FormatOf(const char *value)
{
	if (value == NULL)
		return NULL;
	switch (TextClassOf(value, strlen(value)))
	{
		case TEXT_DATE:
			return "YYYY-MM-DD";
		case TEXT_TIMESTAMPTZ:
			return "iso";
		case TEXT_INTEGER:
			return strlen(value) == 10 ? "unix" : strlen(value) == 13 ? "unix_ms" : NULL;
		default:
			return NULL;
	}
}

static void
Add(InferredWindow *window, const char *name, const char *value)
{
	window->options = lappend(window->options, psprintf("%s %s", name, quote_literal_cstr(value)));
}

static char *
StartText(const char *value, const char *format)
{
	if (strcmp(format, "unix") == 0 || strcmp(format, "unix_ms") == 0)
		return NULL;
	return pstrdup(value);
}

/* ---- days of a time zone ---- */

static TimestampTz
Instant(const char *text)
{
	return DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(text),
												   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* Of the first record. */
static bool
FirstInstant(const InferredColumn *column, TimestampTz *instant)
{
	const ShapeNode *node = column->node;
	const char *first;

	if (node != NULL && node->facts == NULL)
		node = node->element;
	first = node != NULL && node->facts != NULL ? node->facts->first : NULL;
	if (first == NULL)
		return false;
	if (TextClassOf(first, strlen(first)) == TEXT_TIMESTAMPTZ)
		*instant = Instant(first);
	else if (FormatOf(first) != NULL && strcmp(FormatOf(first), "unix") == 0)
		*instant = time_t_to_timestamptz((pg_time_t) strtoll(first, NULL, 10));
	else
		return false;
	return true;
}

/* The session's time zone, if the first record is at the beginning of its day there; or NULL. */
static const char *
ZoneOfDays(const char *day, const InferredColumn *column)
{
	TimestampTz first;

	if (TextClassOf(day, strlen(day)) != TEXT_DATE || !FirstInstant(column, &first) ||
		first != Instant(day) || first == Instant(psprintf("%s 00:00 UTC", day)))
		return NULL;
	return pg_get_timezone_name(session_timezone);
}

static InferredWindow
WindowOf(QueryPart *start, QueryPart *end, const char *format, const InferredColumn *column)
{
	InferredWindow window = {0};
	bool		same = strcmp(start->value, end->value) == 0;
	const char *zone = ZoneOfDays(start->value, column);

	window.reason = psprintf("%s and %s of the query are a range of times", start->name, end->name);
	window.doubt = same ? "days begin at midnight in UTC: set window_time_zone if the API says "
		"otherwise" : "{window_end} is the first time that is not wanted: write {window_last} if the API "
		"includes it";
	Add(&window, "window", "1 day");
	Add(&window, "window_column", column->name);
	Add(&window, "window_format", format);
	if (zone != NULL)
	{
		Add(&window, "window_time_zone", zone);
		window.doubt = psprintf("days may begin at midnight in %s, as the first record does", zone);
	}
	window.start = StartText(start->value, format);
	start->value = "{window_start}";
	end->value = same ? "{window_last}" : "{window_end}";
	return window;
}

static InferredWindow
CursorOf(QueryPart *since, const char *format, const InferredColumn *column)
{
	InferredWindow window = {0};

	window.is_cursor = true;
	window.reason = psprintf("%s of the query is a time, and %s tells when a record changed",
							 since->name, column->name);
	Add(&window, "cursor_column", column->name);
	Add(&window, "cursor_start", since->value);
	Add(&window, "cursor_format", format);
	since->value = "{cursor}";
	return window;
}

InferredWindow
InferWindow(const InferredTable *table, List *query)
{
	InferredWindow none = {NIL, NULL, false, NULL, NULL};
	QueryPart  *start = QueryPartFind(query, starts, lengthof(starts));
	QueryPart  *end = QueryPartFind(query, ends, lengthof(ends));
	QueryPart  *since = QueryPartFind(query, sinces, lengthof(sinces));
	InferredColumn *time = InferTimeColumn(table);
	InferredColumn *cursor = InferCursor(table);

	if (start != NULL && end != NULL && time != NULL && FormatOf(start->value) != NULL &&
		end->value != NULL && FormatOf(end->value) == FormatOf(start->value))
		return WindowOf(start, end, FormatOf(start->value), time);
	if (since != NULL && cursor != NULL && FormatOf(since->value) != NULL && table->key != NIL)
		return CursorOf(since, FormatOf(since->value), cursor);
	if (cursor != NULL)
		none.reason = psprintf("%s tells when a record changed: if the API can filter by it, write "
							   "{cursor} into the query and set option cursor_column '%s'", cursor->name,
							   cursor->name);
	return none;
}

/*
 * staged_windows.c
 *	  The windows of a batch as a condition on rows of the target, and a check of the staged rows.
 *
 * Consecutive windows of one combination of params are one range, and combinations with the same
 * ranges share a line: the condition stays short for any usual batch. Its outer bounds are plain
 * literals, so that other partitions are not even planned.
 *
 * A staged row is assigned to its slice by _loaded_at, and must lie in the window of that slice: in
 * another's it would be received a second time, or replace rows of that one.
 */
#include "base/compat.h"
#include "merge/staged_windows.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "catalog/staged.h"
#include "merge/batch.h"
#include "merge/param_match.h"
#include "source/definition.h"
#include "source/slices.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Combinations of params whose windows cover the same time. */
typedef struct Cover
{
	List	   *ranges;			/* StagedWindow *, by start; neighbours are one */
	List	   *combinations;	/* char *, JSON texts */
} Cover;

typedef struct Coverage
{
	const MergeShape *shape;
	const SourceDefinition *source;
	List	   *covers;			/* Cover * */
	const char *time;			/* the window column, quoted */
	const char *type;			/* its type */
	const char *multirange;		/* of it */
} Coverage;

static void
NameTypes(Coverage *c)
{
	switch (c->source->window_type)
	{
		case DATEOID:
			c->type = "date";
			c->multirange = "datemultirange";
			break;
		case TIMESTAMPOID:
			c->type = "timestamp";
			c->multirange = "tsmultirange";
			break;
		default:
			c->type = "timestamptz";
			c->multirange = "tstzmultirange";
	}
}

/* A window whose length was changed while one of the old length was still open. */
static void
ReportOverlap(const Pipeline *p, const StagedWindow *a, const StagedWindow *b)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("windows of pipeline \"%s\" overlap", p->name),
			 errdetail("One ends at %s, but the next one begins at %s.",
					   pstrdup(timestamptz_to_str(a->end)),
					   pstrdup(timestamptz_to_str(b->start))),
			 errhint("The windows of its source have been changed. Use SELECT "
					 "elt.reset_pipeline(%s, ...) with a time before both.",
					 quote_literal_cstr(p->name))));
}

static Cover *
AddWindow(const Coverage *c, Cover *cover, const StagedWindow *window)
{
	StagedWindow *last;

	if (cover == NULL || strcmp(linitial(cover->combinations), window->params) != 0)
	{
		cover = palloc0(sizeof(Cover));
		cover->combinations = list_make1(window->params);
	}
	last = cover->ranges != NIL ? llast(cover->ranges) : NULL;
	if (last != NULL && last->end > window->start)
		ReportOverlap(c->shape->pipeline, last, window);
	if (last != NULL && last->end == window->start)
		last->end = window->end;
	else
	{
		last = palloc(sizeof(StagedWindow));
		*last = *window;
		cover->ranges = lappend(cover->ranges, last);
	}
	return cover;
}

static bool
SameRanges(const Cover *a, const Cover *b)
{
	ListCell   *la;
	ListCell   *lb;

	if (list_length(a->ranges) != list_length(b->ranges))
		return false;
	forboth(la, a->ranges, lb, b->ranges)
	{
		const StagedWindow *wa = lfirst(la);
		const StagedWindow *wb = lfirst(lb);

		if (wa->start != wb->start || wa->end != wb->end)
			return false;
	}
	return true;
}

static void
AddCover(Coverage *c, Cover *cover)
{
	ListCell   *lc;

	foreach(lc, c->covers)
	{
		Cover	   *known = lfirst(lc);

		if (!SameRanges(known, cover))
			continue;
		known->combinations = list_concat(known->combinations, cover->combinations);
		return;
	}
	c->covers = lappend(c->covers, cover);
}

static Coverage *
CoverageOf(const MergeShape *shape)
{
	Coverage   *c = palloc0(sizeof(Coverage));
	Cover	   *cover = NULL;
	ListCell   *lc;

	c->shape = shape;
	c->source = shape->source;
	c->time = quote_identifier(c->source->window_column);
	NameTypes(c);
	foreach(lc, StagedWindows(shape->pipeline))
	{
		Cover	   *now = AddWindow(c, cover, lfirst(lc));

		if (cover != NULL && now != cover)
			AddCover(c, cover);
		cover = now;
	}
	if (cover != NULL)
		AddCover(c, cover);
	return c;
}

static char *
BoundText(const Coverage *c, TimestampTz bound)
{
	return SourceWindowText(c->source, c->source->window_type, bound);
}

static void
AppendBounds(StringInfo sql, const Coverage *c, const char *alias, TimestampTz low,
			 TimestampTz high)
{
	appendStringInfo(sql, "%s.%s >= %s::%s AND %s.%s < %s::%s", alias, c->time,
					 quote_literal_cstr(BoundText(c, low)), c->type, alias, c->time,
					 quote_literal_cstr(BoundText(c, high)), c->type);
}

static void
AppendRanges(StringInfo sql, const Coverage *c, const char *alias, List *ranges)
{
	StringInfoData text;
	ListCell   *lc;

	if (list_length(ranges) == 1)
	{
		StagedWindow *only = linitial(ranges);

		AppendBounds(sql, c, alias, only->start, only->end);
		return;
	}
	initStringInfo(&text);
	foreach(lc, ranges)
	{
		StagedWindow *range = lfirst(lc);

		appendStringInfo(&text, "%s[%s,%s)", text.len > 0 ? ", " : "{",
						 BoundText(c, range->start), BoundText(c, range->end));
	}
	appendStringInfoChar(&text, '}');
	appendStringInfo(sql, "%s.%s <@ %s::%s", alias, c->time, quote_literal_cstr(text.data),
					 c->multirange);
}

static void
AppendCover(StringInfo sql, const Coverage *c, const char *alias, const Cover *cover)
{
	AppendRanges(sql, c, alias, cover->ranges);
	if (c->source->params == NIL)
		return;
	appendStringInfo(sql, " AND %s", ParamMatch(c->shape, alias, cover->combinations));
}

/* The span of time of all of them, when that says more than the ranges do. */
static void
AppendSpan(StringInfo sql, const Coverage *c, const char *alias)
{
	TimestampTz low = DT_NOEND;
	TimestampTz high = DT_NOBEGIN;
	ListCell   *lc;

	if (list_length(c->covers) == 1 &&
		list_length(((Cover *) linitial(c->covers))->ranges) == 1)
		return;
	foreach(lc, c->covers)
	{
		Cover	   *cover = lfirst(lc);

		low = Min(low, ((StagedWindow *) linitial(cover->ranges))->start);
		high = Max(high, ((StagedWindow *) llast(cover->ranges))->end);
	}
	AppendBounds(sql, c, alias, low, high);
	appendStringInfoString(sql, " AND ");
}

char *
StagedWindowsCover(const MergeShape *shape, const char *alias)
{
	Coverage   *c = CoverageOf(shape);
	const char *separator = "(";
	StringInfoData sql;
	ListCell   *lc;

	if (c->covers == NIL)
		return "false";
	initStringInfo(&sql);
	AppendSpan(&sql, c, alias);
	if (list_length(c->covers) == 1)
	{
		AppendCover(&sql, c, alias, linitial(c->covers));
		return sql.data;
	}
	foreach(lc, c->covers)
	{
		appendStringInfoString(&sql, separator);
		AppendCover(&sql, c, alias, lfirst(lc));
		separator = "\n\t\tOR ";
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

BadRows *
TimelessRows(const MergeShape *shape)
{
	return NullRows(shape, list_make1(shape->source->window_column), "null_window", "window");
}

static void
AddWindowArrays(Sql *q, const Coverage *c, List *windows)
{
	List	   *loaded_at = NIL;
	List	   *low = NIL;
	List	   *high = NIL;
	List	   *params = NIL;
	ListCell   *lc;

	foreach(lc, windows)
	{
		StagedWindow *window = lfirst(lc);

		if (window->loaded_at == 0)
			continue;
		loaded_at = lappend(loaded_at, &window->loaded_at);
		low = lappend(low, BoundText(c, window->start));
		high = lappend(high, BoundText(c, window->end));
		params = lappend(params, window->params);
	}
	SqlAddTimeArray(q, loaded_at);
	SqlAddTextArray(q, low);
	SqlAddTextArray(q, high);
	SqlAddTextArray(q, params);
}

static void
ReportOutside(const Pipeline *p, Sql *q)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg_plural("pipeline \"%s\": %lld row is outside of the requested window",
						   "pipeline \"%s\": %lld rows are outside of the requested windows",
						   SqlInt8(q, 0, 1, NULL), p->name,
						   (long long) SqlInt8(q, 0, 1, NULL)),
			 errdetail("Slice %s from %s to %s contains a row of %s.", SqlText(q, 0, 5),
					   SqlText(q, 0, 3), SqlText(q, 0, 4), SqlText(q, 0, 2)),
			 errhint("If responses include the end of the requested window, use {window_last} "
					 "instead of {window_end}. Otherwise add columns with param 'window_start' "
					 "and 'window_end' to the foreign table, and drop such rows with a check.")));
}

static char *
OutsideStatement(const Coverage *c)
{
	return psprintf("SELECT count(*) OVER (), s.%s, w.low, w.high, w.params\n"
					"FROM %s AS s LEFT JOIN unnest($1, $2::%s[], $3::%s[],\n"
					"\t$4) AS w(loaded_at, low, high, params) ON w.loaded_at = s._loaded_at\n"
					"WHERE (s.%s >= w.low AND s.%s < w.high) IS NOT TRUE\n"
					"ORDER BY s.ctid LIMIT 1", c->time, c->shape->staging, c->type, c->type,
					c->time, c->time);
}

void
StagedWindowsCheck(const MergeShape *shape)
{
	const Pipeline *p = shape->pipeline;
	Coverage   *c = CoverageOf(shape);
	Sql			q;

	SqlBegin(&q, OverStaged(shape, OutsideStatement(c)));
	AddWindowArrays(&q, c, StagedWindows(p));
	if (SqlRun(&q, p->owner) > 0)
		ReportOutside(p, &q);
	SqlDone(&q);
}

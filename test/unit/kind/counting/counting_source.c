/*
 * counting_source.c
 *	  A kind of source for a test alone that brings pages: a slice counts to option "up_to", a few
 *	  numbers a page.
 *
 * With windows each number has the instant that its window begins at. With neither windows nor a
 * cursor a slice goes on from the last number that has landed.
 */
#include "base/compat.h"
#include "source/kinds.h"

#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_table.h"
#include "commands/explain.h"
#include EXPLAIN_FORMAT_HEADER
#include EXPLAIN_STATE_HEADER
#include "lib/stringinfo.h"
#include "source/cursor.h"
#include "source/feed.h"
#include "source/options.h"
#include "source/params.h"
#include "source/window_options.h"
#include "source/windows.h"
#include "transport/body.h"
#include "transport/page.h"
#include "utils/memutils.h"

#define NAME_PARAM "name"
#define PAGE_NUMBERS 3

/* What a page's position looks like; nobody else may know. */
#define POSITION "up to %d"

PG_FUNCTION_INFO_V1(elt_counting_validator);

/* ---- options ---- */

static bool
CheckUpTo(const char *value, const char **detail)
{
	return value[0] != '\0' && strspn(value, "0123456789") == strlen(value);
}

static bool
CheckParam(const char *value, const char **detail)
{
	return strcmp(value, NAME_PARAM) == 0;
}

static const SourceOption options[] = {
	{"up_to", ForeignTableRelationId, CheckUpTo, "Write how far to count."},
	WINDOW_OPTIONS,
	CURSOR_OPTIONS,
	{"param", AttributeRelationId, CheckParam, "Write 'name'."},
};

static const OptionSet option_set = {"elt_counting", options, lengthof(options)};

static void
CheckOptions(List *given, Oid catalog)
{
	OptionNamesCheck(&option_set, given, catalog);
	if (catalog != ForeignTableRelationId)
		return;
	WindowOptionsCheck(given);
	CursorOptionsCheck(given);
}

Datum
elt_counting_validator(PG_FUNCTION_ARGS)
{
	return OptionsValidate(fcinfo, CheckOptions);
}

/* ---- definition ---- */

static void
Read(SourceDefinition *def, const ForeignServer *server, const ForeignTable *table)
{
	char	   *up_to = OptionValue(table->options, "up_to");

	def->own = up_to == NULL ? "3" : up_to;
	WindowOptionsRead(def, table->options);
	CursorOptionsRead(def, table->options);
	def->resumes = def->window == NULL && def->cursor_column == NULL;
}

static void
ReadColumn(SourceColumn *column, List *given)
{
	column->param = OptionValue(given, "param");
}

static void
Check(SourceDefinition *def)
{
	for (int i = 0; i < def->ncolumns && def->params == NIL; i++)
		if (def->columns[i].param != NULL)
			def->params = list_make1(NAME_PARAM);
	WindowCheck(def);
	CursorCheck(def);
}

static void
CheckRights(const SourceDefinition *def)
{
}

/* ---- feed ---- */

typedef struct CountingPull
{
	Pull		base;
	int			next;
	size_t		held;
} CountingPull;

static void
Open(Pull *base)
{
}

static FetchedPage *
PageOf(CountingPull *pull, const char *json)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "counting page",
											  ALLOCSET_SMALL_SIZES);
	FetchedPage *page = MemoryContextAllocZero(cxt, sizeof(FetchedPage));

	page->cxt = cxt;
	page->body = MemoryContextAllocZero(cxt, sizeof(PageBody));
	BodyInit(page->body, &pull->held);
	if (!BodyAppend(page->body, json, strlen(json)) || !BodyFinish(page->body))
		elog(ERROR, "out of memory");
	page->bytes = strlen(json);
	return page;
}

static FetchedPage *
Count(CountingPull *pull, int from, int to, const char *at)
{
	StringInfoData json;
	FetchedPage *page;

	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	for (int i = from; i <= to; i++)
		appendStringInfo(&json, "%s{\"n\": %d, \"at\": \"%s\"}", i == from ? "" : ", ", i, at);
	appendStringInfoChar(&json, ']');
	page = PageOf(pull, json.data);
	page->position = psprintf(POSITION, to);
	return page;
}

static List *
CountTo(CountingPull *pull, const Slice *slice, const char *at)
{
	int			up_to = atoi(pull->base.def->own);
	List	   *pages = NIL;
	int			last = 0;

	if (slice->position != NULL && sscanf(slice->position, POSITION, &last) != 1)
		elog(ERROR, "\"%s\" is no position of a counter", slice->position);
	for (; last < up_to; last += PAGE_NUMBERS)
		pages = lappend(pages, Count(pull, last + 1, Min(last + PAGE_NUMBERS, up_to), at));
	return pages;
}

static bool
IsBroken(const Slice *slice)
{
	const char *name = ParamText(slice->params, NAME_PARAM);

	return name != NULL && strcmp(name, "broken") == 0;
}

static const char *
WindowOf(const SourceDefinition *def, const Slice *slice)
{
	return slice->has_window ? WindowText(def, slice, "window_start") : "";
}

static bool
Next(Pull *base, PulledSlice *out)
{
	CountingPull *pull = (CountingPull *) base;

	if (pull->next == list_length(base->slices))
		return false;
	out->cxt = AllocSetContextCreate(base->cxt, "counting slice", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(out->cxt);
	out->slice = list_nth(base->slices, pull->next++);
	if (IsBroken(out->slice))
	{
		out->verdict = VERDICT_FAIL;
		out->error = "the counter is broken";
		out->sqlstate = "58030";
		return true;
	}
	out->verdict = VERDICT_SUCCESS;
	out->pages = CountTo(pull, out->slice, WindowOf(base->def, out->slice));
	out->requests = out->attempts = 1;
	return true;
}

static void
Close(Pull *base)
{
}

static const Feed counting_feed = {
	.size = sizeof(CountingPull),
	.open = Open,
	.next = Next,
	.close = Close,
};

/* ---- what people are told ---- */

static char *
ParamOption(const char *name)
{
	return "param 'name'";
}

static void
TellPage(const SourceDefinition *def, const PulledSlice *pulled, const FetchedPage *page)
{
	errcontext("count of %s", pulled->slice->params);
}

static double
GuessRows(const SourceDefinition *def, double requests)
{
	return requests * atoi(def->own);
}

static void
Explain(const SourceDefinition *def, const ScanFacts *facts, ExplainState *es)
{
	ExplainPropertyText("Counts To", def->own, es);
}

const SourceKind CountingKind = {
	.wrapper = "elt_counting",
	.feed = &counting_feed,
	.page = "count",
	.read = Read,
	.read_column = ReadColumn,
	.check = Check,
	.check_rights = CheckRights,
	.param_option = ParamOption,
	.tell_page = TellPage,
	.guess_rows = GuessRows,
	.explain = Explain,
};

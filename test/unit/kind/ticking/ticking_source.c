/*
 * ticking_source.c
 *	  A kind of source for a test alone that brings rows: a slice has a row for each tick, to
 *	  option "up_to", and goes on after the last one that has landed.
 */
#include "base/compat.h"
#include "source/kinds.h"

#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_type.h"
#include "commands/explain.h"
#include EXPLAIN_FORMAT_HEADER
#include EXPLAIN_STATE_HEADER
#include "datatype/timestamp.h"
#include "source/feed.h"
#include "source/options.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(elt_ticking_validator);

/* ---- options ---- */

static bool
CheckNumber(const char *value, const char **detail)
{
	return value[0] != '\0' && strspn(value, "0123456789") == strlen(value);
}

static bool
CheckParam(const char *value, const char **detail)
{
	return strcmp(value, "name") == 0;
}

static const SourceOption options[] = {
	{"up_to", ForeignTableRelationId, CheckNumber, "Write how many ticks there are."},
	{"unfit", ForeignTableRelationId, CheckNumber, "Write the tick that is no row."},
	{"param", AttributeRelationId, CheckParam, "Write 'name'."},
};

static const OptionSet option_set = {"elt_ticking", options, lengthof(options)};

static void
CheckOptions(List *given, Oid catalog)
{
	OptionNamesCheck(&option_set, given, catalog);
}

Datum
elt_ticking_validator(PG_FUNCTION_ARGS)
{
	return OptionsValidate(fcinfo, CheckOptions);
}

/* ---- definition ---- */

typedef struct Clock
{
	int			up_to;
	int			unfit;			/* 0: all are rows */
} Clock;

static int
NumberOf(List *given, const char *name)
{
	char	   *value = OptionValue(given, name);

	return value == NULL ? 0 : atoi(value);
}

static void
Read(SourceDefinition *def, const ForeignServer *server, const ForeignTable *table)
{
	Clock	   *clock = palloc(sizeof(Clock));

	clock->up_to = NumberOf(table->options, "up_to");
	clock->unfit = NumberOf(table->options, "unfit");
	def->own = clock;
	def->resumes = true;
}

static void
ReadColumn(SourceColumn *column, List *given)
{
	column->param = OptionValue(given, "param");
}

static void
Check(SourceDefinition *def)
{
	def->params = list_make1("name");
}

static void
CheckRights(const SourceDefinition *def)
{
}

/* ---- feed ---- */

typedef struct TickingPull
{
	Pull		base;
	int			next;
	int			last;			/* tick of the slice at hand that was handed out */
} TickingPull;

static void
Open(Pull *base)
{
}

static bool
Next(Pull *base, PulledSlice *out)
{
	TickingPull *pull = (TickingPull *) base;

	if (pull->next == list_length(base->slices))
		return false;
	out->cxt = AllocSetContextCreate(base->cxt, "ticking slice", ALLOCSET_SMALL_SIZES);
	out->slice = list_nth(base->slices, pull->next++);
	out->verdict = VERDICT_SUCCESS;
	out->requests = out->attempts = 1;
	pull->last = out->slice->position == NULL ? 0 : atoi(out->slice->position);
	return true;
}

static void
AddTick(const SourceDefinition *def, RowBatch *rows, int tick)
{
	int			row = RowBatchAdd(rows, tick);

	for (int i = 0; i < def->ncolumns; i++)
	{
		const SourceColumn *column = &def->columns[i];

		if (column->type == INT4OID)
			RowBatchPut(rows, row, column->attnum, Int32GetDatum(tick));
		if (column->type == TIMESTAMPTZOID)
			RowBatchPut(rows, row, column->attnum, Int64GetDatum(tick * USECS_PER_MINUTE));
	}
}

static void
RefuseTick(RowBatch *rows, int tick)
{
	RowReject  *reject = palloc0(sizeof(RowReject));

	reject->record = tick;
	reject->offset = -1;
	reject->reason = "parse";
	reject->message = "the tick is no row";
	reject->raw = psprintf("%d", tick);
	rows->rejects = lappend(rows->rejects, reject);
}

static bool
NextRows(Pull *base, PulledSlice *pulled, RowBatch *rows)
{
	TickingPull *pull = (TickingPull *) base;
	const Clock *clock = base->def->own;

	while (pull->last < clock->up_to && rows->nrows < rows->capacity)
	{
		if (++pull->last == clock->unfit)
			RefuseTick(rows, pull->last);
		else
			AddTick(base->def, rows, pull->last);
	}
	pulled->position = MemoryContextStrdup(pulled->cxt, psprintf("%d", pull->last));
	return pull->last < clock->up_to;
}

static void
Close(Pull *base)
{
}

static const Feed ticking_feed = {
	.size = sizeof(TickingPull),
	.open = Open,
	.next = Next,
	.next_rows = NextRows,
	.close = Close,
};

/* ---- what people are told ---- */

static char *
ParamOption(const char *name)
{
	return "param 'name'";
}

static void
TellPage(const SourceDefinition *def, const PulledSlice *pulled,
		 const struct FetchedPage *page)
{
	errcontext("ticks of %s", pulled->slice->params);
}

static double
GuessRows(const SourceDefinition *def, double requests)
{
	return requests * ((const Clock *) def->own)->up_to;
}

static void
Explain(const SourceDefinition *def, const ScanFacts *facts, ExplainState *es)
{
	ExplainPropertyInteger("Ticks", NULL, ((const Clock *) def->own)->up_to, es);
}

const SourceKind TickingKind = {
	.wrapper = "elt_ticking",
	.feed = &ticking_feed,
	.read = Read,
	.read_column = ReadColumn,
	.check = Check,
	.check_rights = CheckRights,
	.param_option = ParamOption,
	.tell_page = TellPage,
	.guess_rows = GuessRows,
	.explain = Explain,
};

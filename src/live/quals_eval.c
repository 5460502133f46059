/*
 * quals_eval.c
 *	  Turn the bounds of a WHERE clause into slices when the query runs.
 */
#include "base/compat.h"
#include "live/quals.h"

#include "access/stratnum.h"
#include "base/item_list.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "source/cursor.h"
#include "source/kind.h"
#include "source/params.h"
#include "source/slices.h"
#include "source/windows.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* The span of time that the clauses leave; a bound that is missing is infinite. */
typedef struct Span
{
	TimestampTz from;
	TimestampTz to;				/* first instant not wanted */
} Span;

typedef struct Evaluated
{
	const Narrowing *narrowing;
	Oid			type;
	Datum		value;
} Evaluated;

/* A column without time zone is compared as the comparison itself would: in session time. */
static Timestamp
LocalOfBound(const Evaluated *e)
{
	switch (e->type)
	{
		case DATEOID:
			return DatumGetTimestamp(DirectFunctionCall1(date_timestamp, e->value));
		case TIMESTAMPTZOID:
			return DatumGetTimestamp(DirectFunctionCall1(timestamptz_timestamp, e->value));
		default:
			return DatumGetTimestamp(e->value);
	}
}

/* What a bound of a column of that type means, its local times being those of the zone. */
static TimestampTz
InstantOf(Oid column_type, pg_tz *zone, const Evaluated *e)
{
	if (column_type != TIMESTAMPTZOID)
		return LocalInstant(zone, LocalOfBound(e));
	switch (e->type)
	{
		case DATEOID:
			return DatumGetTimestampTz(DirectFunctionCall1(date_timestamptz, e->value));
		case TIMESTAMPOID:
			return DatumGetTimestampTz(DirectFunctionCall1(timestamp_timestamptz, e->value));
		default:
			return DatumGetTimestampTz(e->value);
	}
}

static TimestampTz
InstantOfBound(const SourceDefinition *def, const Evaluated *e)
{
	return InstantOf(def->window_type, def->window_zone, e);
}

/* The first instant after everything that a column value equal to the bound stands for. */
static TimestampTz
After(const SourceDefinition *def, const Evaluated *e)
{
	TimestampTz instant = InstantOfBound(def, e);
	Timestamp	local;

	if (TIMESTAMP_NOT_FINITE(instant))
		return instant;
	if (def->window_type != DATEOID)
		return instant + 1;
	local = LocalOfBound(e);
	return LocalInstant(def->window_zone, local - ((local % USECS_PER_DAY) + USECS_PER_DAY) %
						USECS_PER_DAY + USECS_PER_DAY);
}

/* A date before such a bound may be the bound's own day. */
static bool
IsInsideDay(const SourceDefinition *def, const Evaluated *e)
{
	Timestamp	local;

	if (def->window_type != DATEOID)
		return false;
	local = LocalOfBound(e);
	return !TIMESTAMP_NOT_FINITE(local) && local % USECS_PER_DAY != 0;
}

static void
NarrowSpan(const SourceDefinition *def, const Evaluated *e, Span *span)
{
	int			strategy = e->narrowing->strategy;

	if (strategy == BTGreaterStrategyNumber || strategy == BTGreaterEqualStrategyNumber ||
		strategy == BTEqualStrategyNumber)
		span->from = Max(span->from, InstantOfBound(def, e));
	if (strategy == BTLessEqualStrategyNumber || strategy == BTEqualStrategyNumber)
		span->to = Min(span->to, After(def, e));
	if (strategy == BTLessStrategyNumber)
		span->to = Min(span->to, IsInsideDay(def, e) ? After(def, e) :
					   InstantOfBound(def, e));
}

/* Evaluate every expression; NIL with *no_rows when one is null: nothing compares with it. */
static List *
Evaluate(List *narrowings, List *states, ExprContext *econtext, bool *no_rows)
{
	List	   *result = NIL;
	ListCell   *lc;
	ListCell   *state;

	*no_rows = false;
	forboth(lc, narrowings, state, states)
	{
		Evaluated  *e = palloc(sizeof(Evaluated));
		bool		isnull;

		e->narrowing = lfirst(lc);
		e->type = getBaseType(exprType((Node *) e->narrowing->value));
		e->value = ExecEvalExpr((ExprState *) lfirst(state), econtext, &isnull);
		if (isnull)
		{
			*no_rows = true;
			return NIL;
		}
		result = lappend(result, e);
	}
	return result;
}

static List *
ElementsOf(const Evaluated *e)
{
	ArrayType  *array = DatumGetArrayTypeP(e->value);
	Oid			type = ARR_ELEMTYPE(array);
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int16		length;
	bool		by_value;
	char		align;
	List	   *values = NIL;

	get_typlenbyvalalign(type, &length, &by_value, &align);
	deconstruct_array(array, type, length, by_value, align, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			values = lappend(values, ParamFromDatum(elements[i], type));
	return ParamUnique(values);
}

/* The values of one param; false when no clause gives any. "=" is narrower than IN. */
static bool
ValuesOfParam(List *evaluated, const char *param, List **values)
{
	bool		found = false;
	ListCell   *lc;

	foreach(lc, evaluated)
	{
		Evaluated  *e = lfirst(lc);

		if (e->narrowing->param == NULL || strcmp(e->narrowing->param, param) != 0)
			continue;
		found = true;
		if (e->narrowing->kind == NARROW_EQUAL)
		{
			*values = list_make1(ParamFromDatum(e->value, e->type));
			return true;
		}
		*values = ElementsOf(e);
	}
	return found;
}

static Span
SpanOf(const SourceDefinition *def, List *evaluated)
{
	Span		span = {DT_NOBEGIN, DT_NOEND};
	ListCell   *lc;

	foreach(lc, evaluated)
		if (((Evaluated *) lfirst(lc))->narrowing->kind == NARROW_WINDOW)
			NarrowSpan(def, lfirst(lc), &span);
	return span;
}

/* A WHERE clause that gives this source all that it needs. */
static char *
ExampleClause(const SourceDefinition *def)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < def->ncolumns; i++)
		if (def->columns[i].param != NULL && list_member_ptr(def->params,
															 def->columns[i].param))
			AppendItem(&buf, " AND ", "%s = '...'", quote_identifier(def->columns[i].name));
	if (def->window != NULL)
	{
		const char *column = quote_identifier(def->window_column);

		AppendItem(&buf, " AND ", "%s >= '2024-01-01' AND %s < '2024-01-02'", column, column);
	}
	if (def->cursor_column != NULL)
		AppendItem(&buf, " AND ", "%s >= %s", quote_identifier(def->cursor_column),
				   CursorIsTime(def) ? "'2024-01-01'" : "'...'");
	return buf.data;
}

static void
MissingError(const SourceDefinition *def, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("foreign table \"%s\" requires %s", def->relation, what),
			 errdetail("It is part of each request, so it must be known before the first row is "
					   "read."),
			 errhint("Add a condition, for example WHERE %s.", ExampleClause(def))));
}

/* Of those that there are; without a clause about a param, whatever its value. */
static List *
ListedCombinations(const SourceDefinition *def, List *evaluated)
{
	List	   *choices = NIL;
	ListCell   *lc;

	foreach(lc, def->params)
	{
		List	   *wanted = NIL;

		if (ValuesOfParam(evaluated, lfirst(lc), &wanted) && wanted == NIL)
			return NIL;
		choices = lappend(choices, wanted);
	}
	return def->kind->list_combinations(def, choices, false);
}

static List *
CombinationsOf(const SourceDefinition *def, List *evaluated)
{
	List	   *names = list_copy(def->params);
	List	   *choices = NIL;
	List	   *values;
	ListCell   *lc;

	if (SourceListsCombinations(def))
		return ListedCombinations(def, evaluated);
	foreach(lc, def->params)
	{
		values = NIL;
		if (!ValuesOfParam(evaluated, lfirst(lc), &values))
			MissingError(def, psprintf("a condition on param \"%s\"", (char *) lfirst(lc)));
		choices = lappend(choices, values);
	}
	foreach(lc, def->labels)
	{
		values = NIL;
		if (!ValuesOfParam(evaluated, lfirst(lc), &values))
			continue;
		names = lappend(names, lfirst(lc));
		choices = lappend(choices, values);
	}
	return ParamCombinations(names, choices);
}

static List *
WindowsOf(const SourceDefinition *def, List *evaluated)
{
	Span		span = SpanOf(def, evaluated);

	if (TIMESTAMP_IS_NOBEGIN(span.from))
		MissingError(def, psprintf("a lower bound on column \"%s\"", def->window_column));
	if (TIMESTAMP_IS_NOEND(span.to))
		MissingError(def, psprintf("an upper bound on column \"%s\"", def->window_column));
	if (TIMESTAMP_IS_NOEND(span.from) || TIMESTAMP_IS_NOBEGIN(span.to))
		return NIL;
	return SourceWindows(def, span.from, span.to);
}

static char *
CursorTextOf(const SourceDefinition *def, const Evaluated *e)
{
	TimestampTz instant;

	if (!CursorIsTime(def))
		return ParamFromDatum(e->value, e->type)->text;
	instant = InstantOf(def->cursor_type, def->cursor_style.zone, e);
	return TIMESTAMP_NOT_FINITE(instant) ? NULL : CursorTextOfTime(def, instant);
}

/* From where on to ask. Of several bounds any will do: rows are checked against all of them. */
static char *
CursorOf(const SourceDefinition *def, List *evaluated)
{
	char	   *text = NULL;
	ListCell   *lc;

	if (def->cursor_column == NULL)
		return NULL;
	foreach(lc, evaluated)
		if (text == NULL && ((Evaluated *) lfirst(lc))->narrowing->kind == NARROW_CURSOR)
			text = CursorTextOf(def, lfirst(lc));
	if (text == NULL)
		text = def->cursor_start;
	if (text == NULL)
		MissingError(def, psprintf("a lower bound on column \"%s\"", def->cursor_column));
	return text;
}

static Slice *
MakeSlice(char *params, const Window *window, char *cursor)
{
	Slice	   *slice = palloc0(sizeof(Slice));

	slice->params = params;
	slice->cursor = cursor;
	slice->has_window = window != NULL;
	slice->window_start = window ? window->start : DT_NOBEGIN;
	slice->window_end = window ? window->end : DT_NOEND;
	return slice;
}

Slice *
SliceOfParams(char *params)
{
	return MakeSlice(params, NULL, NULL);
}

static List *
CrossWithWindows(const SourceDefinition *def, List *combinations, List *windows, char *cursor)
{
	List	   *slices = NIL;
	ListCell   *params;
	ListCell   *window;

	foreach(params, combinations)
	{
		if (def->window == NULL)
			slices = lappend(slices, MakeSlice(lfirst(params), NULL, cursor));
		foreach(window, windows)
			slices = lappend(slices, MakeSlice(lfirst(params), lfirst(window), NULL));
	}
	return slices;
}

List *
NarrowedBounds(List *narrowings, List *states, ExprContext *econtext)
{
	bool		no_rows;
	List	   *bounds = NIL;
	ListCell   *lc;

	foreach(lc, Evaluate(narrowings, states, econtext, &no_rows))
	{
		const Evaluated *e = lfirst(lc);
		DecodeBound *bound;

		if (e->narrowing->kind != NARROW_VALUE)
			continue;
		bound = palloc0(sizeof(DecodeBound));
		bound->attnum = e->narrowing->attnum;
		bound->strategy = e->narrowing->strategy;
		bound->collation = e->narrowing->collation;
		bound->value = e->value;
		fmgr_info(e->narrowing->compare, &bound->compare);
		bounds = lappend(bounds, bound);
	}
	return bounds;
}

List *
NarrowedSlices(const SourceDefinition *def, List *narrowings, List *states,
			   ExprContext *econtext)
{
	bool		no_rows;
	List	   *evaluated = Evaluate(narrowings, states, econtext, &no_rows);
	List	   *windows = NIL;

	if (no_rows)
		return NIL;
	if (def->window != NULL)
		windows = WindowsOf(def, evaluated);
	return CrossWithWindows(def, CombinationsOf(def, evaluated), windows,
							CursorOf(def, evaluated));
}

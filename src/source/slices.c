/*
 * slices.c
 *	  Enumerate combinations of params and windows.
 */
#include "base/compat.h"
#include "source/slices.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/type_text.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "source/cursor.h"
#include "source/definition_checks.h"
#include "source/file_policy.h"
#include "source/kind.h"
#include "source/options.h"
#include "source/params.h"
#include "source/partition_path.h"
#include "source/windows.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

/* More windows than this come from a typing error in a date, not from a wish. */
#define MAX_WINDOWS 1000000

static char *
KnownParams(const SourceDefinition *def)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, def->params)
		AppendItem(&buf, ", ", "\"%s\"", (char *) lfirst(lc));
	return buf.data;
}

static void
CheckKnownParam(const SourceDefinition *def, char *name)
{
	if (NamesContain(def->params, name))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("foreign table \"%s\" has no param \"%s\"", def->relation, name),
			 def->params == NIL ? errdetail("The foreign table has no params.")
			 : errdetail("The params of the foreign table are %s.", KnownParams(def)),
			 def->kind->unknown_param_hint == NULL ? 0
			 : errhint("%s", def->kind->unknown_param_hint(name))));
}

void
SourceCheckParamNames(const SourceDefinition *def, const char *params_json)
{
	Jsonb	   *params = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
															CStringGetDatum(params_json)));
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	value;

	if (!JB_ROOT_IS_OBJECT(params))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("params must be a JSON object"),
				 errhint("Specify {\"name\": [\"value\", \"value\"]}.")));
	it = JsonbIteratorInit(&params->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
		if (token == WJB_KEY)
			CheckKnownParam(def, pnstrdup(value.val.string.val, value.val.string.len));
}

void
SourceCheckValues(const SourceDefinition *def, const char *name, List *values)
{
	for (int i = 0; i < def->ncolumns; i++)
	{
		SourceColumn *column = &def->columns[i];
		ListCell   *lc;

		if (column->param == NULL || strcmp(column->param, name) != 0)
			continue;
		foreach(lc, values)
			(void) ValueOfText(column->type, column->typmod, ((ParamValue *) lfirst(lc))->text);
	}
}

static List *
ChoicesOf(const SourceDefinition *def, const char *params_json, char *name)
{
	List	   *values = ParamValuesOf(params_json, name);

	if (values == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no values specified for param \"%s\" of foreign table \"%s\"", name,
						def->relation),
				 errhint("Specify at least one value: {\"%s\": [\"value\"]}.", name)));
	SourceCheckValues(def, name, values);
	return values;
}

List *
SourceParamChoices(const SourceDefinition *def, const char *params_json, List *given)
{
	List	   *choices = NIL;
	ListCell   *lc;

	foreach(lc, given)
		if (!NamesContain(def->labels, lfirst(lc)))
			CheckKnownParam(def, lfirst(lc));
	SourceCheckParamNames(def, params_json);
	foreach(lc, def->params)
	{
		char	   *name = lfirst(lc);
		bool		is_given = NamesContain(given, name);

		if (is_given && ParamValuesOf(params_json, name) != NIL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("param \"%s\" is specified in both params and params_query", name),
					 errhint("Omit it from one of them.")));
		choices = lappend(choices, is_given ? NIL : ChoicesOf(def, params_json, name));
	}
	return choices;
}

bool
SourceListsCombinations(const SourceDefinition *def)
{
	return def->kind->list_combinations != NULL;
}

List *
SourceCombinations(const SourceDefinition *def, List *names, List *choices)
{
	if (SourceListsCombinations(def))
		return def->kind->list_combinations(def, choices, true);
	return ParamCombinations(names, choices);
}

/* A source that lists its combinations has all of them where params says nothing. */
static List *
ListedChoices(const SourceDefinition *def, const char *params_json)
{
	List	   *choices = NIL;
	ListCell   *lc;

	SourceCheckParamNames(def, params_json);
	foreach(lc, def->params)
		choices = lappend(choices, ParamValuesOf(params_json, lfirst(lc)));
	return choices;
}

List *
SourceParams(const SourceDefinition *def, const char *params_json)
{
	List	   *choices = SourceListsCombinations(def) ?
		ListedChoices(def, params_json) : SourceParamChoices(def, params_json, NIL);

	return SourceCombinations(def, def->params, choices);
}

static void
CheckBounds(const SourceDefinition *def, TimestampTz from, TimestampTz to)
{
	if (TIMESTAMP_NOT_FINITE(from) || TIMESTAMP_NOT_FINITE(to))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("window bounds of foreign table \"%s\" must be finite", def->relation)));
}

List *
SourceWindows(const SourceDefinition *def, TimestampTz from, TimestampTz to)
{
	List	   *windows = NIL;
	TimestampTz start;

	if (def->window == NULL)
		return NIL;
	CheckBounds(def, from, to);
	if (from >= to)
		return NIL;
	for (start = WindowFloor(def->window, def->window_zone, from); start < to;)
	{
		Window	   *window = palloc(sizeof(Window));

		CHECK_FOR_INTERRUPTS();
		if (list_length(windows) >= MAX_WINDOWS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("more than %d windows requested from foreign table \"%s\"",
							MAX_WINDOWS, def->relation),
					 errhint("Request a shorter time range, or increase option \"window\".")));
		window->start = start;
		window->end = WindowNext(def->window, def->window_zone, start);
		windows = lappend(windows, window);
		start = window->end;
	}
	return windows;
}

TimestampTz
SourceWindowFloor(const SourceDefinition *def, TimestampTz ts)
{
	CheckBounds(def, ts, ts);
	return WindowFloor(def->window, def->window_zone, ts);
}

/* The instant that a window's name stands for. */
static TimestampTz
WindowInstant(const Slice *slice, const char *name)
{
	if (strcmp(name, "window_start") == 0)
		return slice->window_start;
	return strcmp(name, "window_end") == 0 ? slice->window_end : slice->window_end - 1;
}

char *
SourceWindowText(const SourceDefinition *def, Oid type, TimestampTz instant)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			offset;
	const char *abbreviation;
	char		buf[MAXDATELEN + 1];

	if (type != TIMESTAMPTZOID && type != TIMESTAMPOID && type != DATEOID)
		return WindowBoundText(def, instant);
	if (timestamp2tm(instant, &offset, &tm, &fsec, &abbreviation, def->window_zone) != 0)
		elog(ERROR, "window bound out of range");
	EncodeDateTime(&tm, fsec, type == TIMESTAMPTZOID, offset, NULL, USE_ISO_DATES,
				   buf);
	return pstrdup(buf);
}

const char **
SourceParamValues(const SourceDefinition *def, const Slice *slice)
{
	const char **values = palloc0(sizeof(char *) * Max(def->desc->natts, 1));

	for (int i = 0; i < def->ncolumns; i++)
	{
		SourceColumn *column = &def->columns[i];

		if (column->partition != NULL)
			values[column->attnum - 1] = PartitionText(ParamText(slice->params, FILE_PARAM),
													   column->partition, NULL);
		if (column->param == NULL)
			continue;
		if (IsWindowName(column->param))
			values[column->attnum - 1] = SourceWindowText(def, column->type,
														  WindowInstant(slice, column->param));
		else if (IsCursorName(def, column->param))
			values[column->attnum - 1] = slice->cursor;
		else
			values[column->attnum - 1] = ParamText(slice->params, column->param);
	}
	return values;
}

char *
SliceText(const SourceDefinition *def, const Slice *slice)
{
	if (!slice->has_window)
		return slice->params;
	return psprintf("%s, %s .. %s", slice->params, WindowBoundText(def, slice->window_start),
					WindowBoundText(def, slice->window_end));
}

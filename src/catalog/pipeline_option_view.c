/*
 * pipeline_option_view.c
 *	  The table of pipeline options as rows: elt.pipeline_options.
 */
#include "base/compat.h"
#include "catalog/pipeline_option.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

PG_FUNCTION_INFO_V1(elt_pipeline_options);

/* As an interval is written under the session's settings. */
static char *
IntervalText(const char *interval)
{
	Datum		value = DirectFunctionCall3(interval_in, CStringGetDatum(interval),
											ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));

	return DatumGetCString(DirectFunctionCall1(interval_out, value));
}

/* The default as a key of options takes it. */
static Datum
InitialAsJson(const PipelineOption *o)
{
	StringInfoData json;

	initStringInfo(&json);
	if (o->type == TEXTARRAYOID)
		appendStringInfoString(&json, "[]");
	else if (o->type == TEXTOID)
		escape_json(&json, o->initial);
	else if (o->type == INTERVALOID)
		escape_json(&json, IntervalText(o->initial));
	else
		appendStringInfoString(&json, o->initial);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

static Datum
Strategies(const PipelineOption *o)
{
	List	   *names = NIL;

	for (int i = 0; i < lengthof(o->strategies) && o->strategies[i] != NULL; i++)
		names = lappend(names, unconstify(char *, o->strategies[i]));
	return TextArrayDatum(names);
}

static void
PutOption(ReturnSetInfo *rsinfo, const PipelineOption *o)
{
	char	   *range = PipelineOptionRange(o);
	Datum		values[9];
	bool		nulls[9] = {false};
	int			i = 0;

	values[i++] = CStringGetTextDatum(o->name);
	values[i++] = CStringGetTextDatum(format_type_be(o->type));
	nulls[i] = o->initial == NULL;
	values[i] = nulls[i] ? (Datum) 0 : InitialAsJson(o);
	i++;
	nulls[i] = range == NULL;
	values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(range);
	i++;
	nulls[i] = o->strategies[0] == NULL;
	values[i++] = Strategies(o);
	nulls[i] = o->load == NULL;
	values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(o->load);
	i++;
	values[i++] = BoolGetDatum((o->traits & OPTION_ALTERABLE) != 0);
	values[i++] = BoolGetDatum((o->traits & OPTION_ARGUMENT) != 0);
	values[i++] = CStringGetTextDatum(o->description);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
elt_pipeline_options(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < PipelineOptionCount; i++)
		PutOption((ReturnSetInfo *) fcinfo->resultinfo, &PipelineOptions[i]);
	return (Datum) 0;
}

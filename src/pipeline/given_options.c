/*
 * given_options.c
 *	  The options given in a call of elt.create_pipeline or elt.alter_pipeline.
 */
#include "base/compat.h"
#include "pipeline/given_options.h"

#include "base/closest_name.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "pipeline/option_value.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/syscache.h"

static bool
IsNew(const Pipeline *p)
{
	return p->id == 0;
}

/* ---- arguments ---- */

/* The names of the function's arguments, by their number. */
static char **
ArgumentNames(FunctionCallInfo fcinfo)
{
	HeapTuple	function = SearchSysCache1(PROCOID, ObjectIdGetDatum(fcinfo->flinfo->fn_oid));
	Oid		   *types;
	char	  **names;
	char	   *modes;

	if (!HeapTupleIsValid(function))
		elog(ERROR, "cache lookup failed for function %u", fcinfo->flinfo->fn_oid);
	(void) get_func_arg_info(function, &types, &names, &modes);
	ReleaseSysCache(function);
	return names;
}

/* Set it in p; returns whether the argument says anything. */
static bool
SetByArgument(Pipeline *p, const PipelineOption *o, Datum value)
{
	OptionCheckValue(o, value);
	PipelineOptionPut(o, p, value, false);
	/* an argument that is left out has its default */
	return !IsNew(p) || !PipelineOptionIsInitial(o, p);
}

static Bitmapset *
GivenByArguments(FunctionCallInfo fcinfo, Pipeline *p)
{
	char	  **names = ArgumentNames(fcinfo);
	Bitmapset  *given = NULL;

	for (int i = 0; i < fcinfo->nargs; i++)
	{
		int			option = PipelineOptionNumber(names[i]);

		if (option >= 0 && !PG_ARGISNULL(i) &&
			SetByArgument(p, &PipelineOptions[option], PG_GETARG_DATUM(i)))
			given = bms_add_member(given, option);
	}
	return given;
}

/* ---- options ---- */

static int
UnknownOptionHint(const char *name)
{
	List	   *names = NIL;
	const char *closest;

	for (int i = 0; i < PipelineOptionCount; i++)
		names = lappend(names, unconstify(char *, PipelineOptions[i].name));
	closest = ClosestName(name, names);
	if (closest != NULL)
		return errhint("Perhaps you meant \"%s\".", closest);
	return errhint("Use SELECT * FROM elt.pipeline_options to list the valid options.");
}

static void
CheckKnown(const char *name)
{
	if (PipelineOptionNumber(name) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized pipeline option \"%s\"", name),
				 UnknownOptionHint(name)));
}

static void
CheckGivenOnce(const char *name, Bitmapset *given)
{
	if (PipelineOptionIn(given, name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" specified more than once", name),
				 errdetail("It is both an argument of the call and a key of its options."),
				 errhint("Omit one of the two.")));
}

static void
CheckMayAlter(const PipelineOption *o, const Pipeline *p)
{
	if (!IsNew(p) && !(o->traits & OPTION_ALTERABLE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" cannot be altered", o->name),
				 errhint("Drop and re-create the pipeline; loaded rows are kept.")));
}

static void
CheckIsObject(const Jsonb *options)
{
	if (!JB_ROOT_IS_OBJECT(options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("Specify options as in options => '{\"batch_rows\": 1000}'.")));
}

static void
SetByJson(Pipeline *p, const PipelineOption *o, const JsonbValue *value)
{
	Datum		datum;

	if (value->type == jbvNull)
	{
		PipelineOptionReset(o, p);
		return;
	}
	datum = OptionValueOfJson(o, value);
	OptionCheckValue(o, datum);
	PipelineOptionPut(o, p, datum, false);
}

static int
GivenByKey(Pipeline *p, const JsonbValue *key, const JsonbValue *value, Bitmapset *given)
{
	char	   *name = pnstrdup(key->val.string.val, key->val.string.len);
	int			option;

	CheckKnown(name);
	CheckGivenOnce(name, given);
	option = PipelineOptionNumber(name);
	CheckMayAlter(&PipelineOptions[option], p);
	SetByJson(p, &PipelineOptions[option], value);
	return option;
}

static Bitmapset *
GivenByOptions(Pipeline *p, Jsonb *options, Bitmapset *given)
{
	JsonbIterator *it = JsonbIteratorInit(&options->root);
	JsonbValue	key;
	JsonbValue	value;

	CheckIsObject(options);
	while (JsonbIteratorNext(&it, &key, true) != WJB_DONE)
	{
		if (key.type != jbvString)
			continue;			/* the braces */
		(void) JsonbIteratorNext(&it, &value, true);
		given = bms_add_member(given, GivenByKey(p, &key, &value, given));
	}
	return given;
}

/* ---- what fits together ---- */

/* An empty text means none where there is none by default. */
static void
EmptyIsNone(Pipeline *p, const PipelineOption *o)
{
	char	  **text = (char **) ((char *) p + o->offset);

	if (o->type == TEXTOID && o->initial == NULL && *text != NULL && **text == '\0')
		*text = NULL;
}

static bool
IsAmong(const char *const *names, int max, const char *name)
{
	for (int i = 0; i < max && names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return names[0] == NULL;
}

static char *
StrategiesOf(const PipelineOption *o)
{
	StringInfoData names;

	initStringInfo(&names);
	AppendQuotedNames(&names, o->strategies, lengthof(o->strategies));
	return psprintf("%s %s", o->strategies[1] == NULL ? "strategy" : "strategies", names.data);
}

static void
CheckFitsStrategy(const PipelineOption *o, const Pipeline *p)
{
	if (IsAmong(o->strategies, lengthof(o->strategies), p->strategy))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" does not apply to strategy \"%s\"", o->name, p->strategy),
			 errdetail("It applies to %s.", StrategiesOf(o)),
			 errhint("Omit it, or choose another strategy.")));
}

static void
CheckFitsLoad(const PipelineOption *o, const Pipeline *p)
{
	if (o->load == NULL || strcmp(o->load, p->load) == 0 ||
		(p->full_every != NULL && (o->traits & OPTION_FULL_EVERY)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" does not apply to load \"%s\"", o->name, p->load),
			 (o->traits & OPTION_FULL_EVERY)
			 ? errhint("Omit it, set \"load\" to \"%s\", or set \"full_every\".", o->load)
			 : errhint("Omit it, or set \"load\" to \"%s\".", o->load)));
}

static void
CheckHasPolicy(const PipelineOption *o, const Pipeline *p)
{
	if (!(o->traits & OPTION_POLICY) || p->partition_by != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" requires partition_by", o->name),
			 errdetail("The target is not partitioned by pg_elt."),
			 errhint("Specify partition_by when creating the pipeline, for example partition_by "
					 "=> 'ts', partition_interval => '1 month'.")));
}

static void
CheckFitsChild(const PipelineOption *o, const Pipeline *p)
{
	if (p->parent_id == 0 || !(o->traits & OPTION_RUN))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" does not apply to a child", o->name),
			 errdetail("A child is loaded by the runs of its parent."),
			 errhint("Set it for the parent.")));
}

static void
CheckFits(const PipelineOption *o, Pipeline *p)
{
	EmptyIsNone(p, o);
	if (PipelineOptionIsInitial(o, p))
		return;
	CheckFitsChild(o, p);
	CheckFitsStrategy(o, p);
	CheckFitsLoad(o, p);
	CheckHasPolicy(o, p);
}

Bitmapset *
GivenOptions(FunctionCallInfo fcinfo, int n, Pipeline *p)
{
	Bitmapset  *given = GivenByArguments(fcinfo, p);
	int			option = -1;

	if (!PG_ARGISNULL(n))
		given = GivenByOptions(p, PG_GETARG_JSONB_P(n), given);
	while ((option = bms_next_member(given, option)) >= 0)
		CheckFits(&PipelineOptions[option], p);
	return given;
}

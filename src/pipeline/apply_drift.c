/*
 * apply_drift.c
 *	  Add a column for a new field, or change a column to a wider type, when somebody says so.
 *
 * Both tables are altered with the rights of the pipeline's owner. Nothing is ever dropped or
 * narrowed. A column that is added to a history opens no version: it is not among the columns whose
 * changes do.
 */
#include "base/compat.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/command.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "merge/live_view.h"
#include "miscadmin.h"
#include "pipeline/new_fields.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_apply_drift);
PG_FUNCTION_INFO_V1(elt_backfill_column);

typedef struct Applying
{
	Pipeline   *pipeline;
	const DriftField *field;
	bool		is_optional;	/* files without the field are read as well */
} Applying;

/* ---- what is altered ---- */

static void
CheckNotShared(const Pipeline *p)
{
	Sql			q;
	char	   *other;

	SqlBegin(&q,
			 "select min(name) from elt_catalog.pipeline where id <> $1"
			 " and (source = $2 or target = $3)");
	SqlAddInt4(&q, p->id);
	SqlAddOid(&q, REGCLASSOID, p->source);
	SqlAddOid(&q, REGCLASSOID, p->target);
	other = SqlDoText(&q, AsCatalog());
	if (other != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("source or target of pipeline \"%s\" is used by pipeline \"%s\" too", p->name,
						other),
				 errhint("Alter the foreign table and the targets of both pipelines by hand.")));
}

/* The target, and the log of what a history of events was made of: their OIDs. */
static List *
StoredIn(const Pipeline *p)
{
	List	   *tables = list_make1_oid(p->target);
	Oid			log = get_relname_relid(psprintf("%s_observed", get_rel_name(p->target)),
										get_rel_namespace(p->target));

	if (strcmp(p->strategy, "scd2") == 0 && OidIsValid(log))
		tables = lappend_oid(tables, log);
	return tables;
}

static char *
AddToSource(const Applying *a)
{
	StringInfoData options;

	initStringInfo(&options);
	if (a->field->column_options != NULL)
		appendStringInfoString(&options, a->field->column_options);
	if (a->is_optional)
		appendStringInfo(&options, "%soptional 'true'", options.len > 0 ? ", " : "");
	return psprintf("ALTER FOREIGN TABLE %s ADD COLUMN %s %s%s%s%s",
					QuotedRelation(a->pipeline->source), quote_identifier(a->field->column_name),
					a->field->column_type, options.len > 0 ? " OPTIONS (" : "", options.data,
					options.len > 0 ? ")" : "");
}

/* As the owner. */
static void
AddColumn(void *arg)
{
	const Applying *a = arg;
	ListCell   *lc;

	foreach(lc, StoredIn(a->pipeline))
		SqlExec(psprintf("ALTER TABLE %s ADD COLUMN %s %s", QuotedRelation(lfirst_oid(lc)),
						 quote_identifier(a->field->column_name), a->field->column_type),
				GetUserId());
	LiveViewAddColumn(a->pipeline->target, a->field->column_name);
	SqlExec(AddToSource(a), GetUserId());
}

static Oid
TypeOfColumn(Oid relation, const char *column)
{
	AttrNumber	attnum = get_attnum(relation, column);

	return attnum == InvalidAttrNumber ? InvalidOid : get_atttype(relation, attnum);
}

/* The column may have been altered since the type was proposed, and nothing is ever narrowed. */
static bool
Widens(Oid from, const char *to)
{
	switch (from)
	{
		case INT2OID:
		case INT4OID:
			return strcmp(to, "bigint") == 0 || strcmp(to, "numeric") == 0;
		case INT8OID:
			return strcmp(to, "numeric") == 0;
		case VARCHAROID:
			return strcmp(to, "text") == 0;
		default:
			return false;
	}
}

/* False: its type is not narrower than the one that is proposed. */
static bool
WidenIn(const Applying *a, const char *kind, Oid relation)
{
	const DriftField *field = a->field;

	if (!Widens(TypeOfColumn(relation, field->column_name), field->column_type))
		return false;
	SqlExec(psprintf("ALTER %s %s ALTER COLUMN %s TYPE %s", kind, QuotedRelation(relation),
					 quote_identifier(field->column_name), field->column_type), GetUserId());
	return true;
}

static void
WidenColumn(void *arg)
{
	const Applying *a = arg;
	bool		widened = false;
	List	   *view = LiveViewDrop(a->pipeline->target);
	ListCell   *lc;

	foreach(lc, StoredIn(a->pipeline))
		widened |= WidenIn(a, "TABLE", lfirst_oid(lc));
	widened |= WidenIn(a, "FOREIGN TABLE", a->pipeline->source);
	if (!widened)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("type %s does not widen column \"%s\"", a->field->column_type,
						a->field->column_name),
				 errdetail("The column has another type than when this was proposed."),
				 errhint("Run the pipeline to have the values compared with it.")));
	SqlExecAll(view, GetUserId());
}

/* Without a list of tracked columns all are, so those that there are become the list. */
static void
KeepTracked(Pipeline *p)
{
	MemoryContext caller = CurrentMemoryContext;
	Sql			q;

	if (strcmp(p->strategy, "scd2") != 0 || p->track_columns != NIL)
		return;
	SqlBegin(&q,
			 "update elt_catalog.pipeline set track_columns = array(select attname::text"
			 " from pg_attribute where attrelid = source and attnum > 0 and not attisdropped"
			 " and attname <> all (key) and attname <> all (sequence_by) order by attnum)"
			 " where id = $1 returning track_columns");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	MemoryContextSwitchTo(caller);
	p->track_columns = SqlTextArray(&q, 0, 1);
	SqlDone(&q);
}

static void
Apply(Pipeline *p, const DriftField *field)
{
	Applying	a = {p, field};
	bool		adds = strcmp(field->kind, "new") == 0;

	CheckNotShared(p);
	a.is_optional = SourceDefinitionOf(p)->has_header;
	if (adds)
		KeepTracked(p);
	RunAs(p->owner, adds ? AddColumn : WidenColumn, &a);
	DriftSetApplied(p, field);
}

/* ---- before a run ---- */

static void
ApplyAttempt(void *arg)
{
	const Applying *a = arg;

	Apply(a->pipeline, a->field);
}

static void
AddOne(Pipeline *p, const DriftField *field)
{
	Applying	a = {p, field};
	ErrorData  *error = Attempt(ApplyAttempt, &a);

	if (error != NULL)
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("pipeline \"%s\": could not add a column for field \"%s\": %s", p->name,
						field->field, error->message),
				 errhint("Use elt.apply_drift when the reason is gone, or set option "
						 "\"on_new_field\" to 'record'.")));
	else
		ereport(NOTICE,
				(errmsg("pipeline \"%s\": added column \"%s\" of type %s for field \"%s\"", p->name,
						field->column_name, field->column_type, field->field)));
}

static void
WarnOfLimit(const Pipeline *p, int left_out)
{
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg_plural("pipeline \"%s\": %d new field gets no column: max_new_columns (%d) is "
						   "reached",
						   "pipeline \"%s\": %d new fields get no column: max_new_columns (%d) is "
						   "reached",
						   left_out, p->name, left_out, p->max_new_columns),
			 errhint("Columns are added again a day later. Use elt.apply_drift to add one of them "
					 "before, or elt.alter_pipeline to raise max_new_columns.")));
}

void
NewFieldsAdd(Pipeline *p)
{
	int64		left;
	int			left_out = 0;
	ListCell   *lc;

	if (strcmp(p->on_new_field, "add") != 0)
		return;
	left = p->max_new_columns - DriftAddedToday(p);
	foreach(lc, DriftOpen(p, NULL))
	{
		const DriftField *field = lfirst(lc);

		if (strcmp(field->kind, "new") != 0)
			continue;
		if (left-- > 0)
			AddOne(p, field);
		else
			left_out++;
	}
	if (left_out > 0)
		WarnOfLimit(p, left_out);
}

/* ---- SQL functions ---- */

Datum
elt_apply_drift(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	List	   *fields;
	const DriftField *field;

	RequireArg(fcinfo, 1, "field");
	p = CommandBeginLocked(fcinfo, PipelineCheckMayDefine);
	PipelineCheckSource(p);
	fields = DriftOpen(p, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	if (fields == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("nothing is proposed for field \"%s\" of pipeline \"%s\"",
						text_to_cstring(PG_GETARG_TEXT_PP(1)), p->name),
				 errhint("Use SELECT field, proposal FROM elt.drift WHERE pipeline = %s.",
						 quote_literal_cstr(p->name))));
	field = linitial(fields);
	Apply(p, field);
	SPI_finish();
	PG_RETURN_DATUM(CStringGetTextDatum(field->column_name));
}

/* Windows that landed, from the first to the last; false: the source has none. */
static bool
LandedWindows(const Pipeline *p, TimestampTz *from, TimestampTz *to)
{
	Sql			q;
	bool		isnull;

	SqlBegin(&q,
			 "select min(window_start), max(window_end) from elt_catalog.slice"
			 " where pipeline_id = $1 and state = 'landed' and window_start > '-infinity'");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	*from = SqlTime(&q, 0, 1, &isnull);
	*to = SqlTime(&q, 0, 2, &isnull);
	SqlDone(&q);
	return !isnull;
}

static int64
RequestAgain(const Pipeline *p)
{
	TimestampTz from;
	TimestampTz to;
	Sql			q;

	if (LandedWindows(p, &from, &to))
	{
		SqlBegin(&q, "select elt.backfill($1, $2, $3)");
		SqlAddText(&q, p->name);
		SqlAddTime(&q, from);
		SqlAddTime(&q, to);
	}
	else
	{
		SqlBegin(&q, "select elt.enqueue($1) from elt.reset_pipeline($1)");
		SqlAddText(&q, p->name);
	}
	return SqlDoInt8(&q, GetUserId());
}

Datum
elt_backfill_column(PG_FUNCTION_ARGS)
{
	char	   *column;
	Pipeline   *p;
	int64		run_id;

	RequireArg(fcinfo, 1, "column_name");
	column = NameStr(*DatumGetName(PG_GETARG_DATUM(1)));
	p = CommandBegin(fcinfo, PipelineCheckMayDefine);
	PipelineCheckSource(p);
	if (get_attnum(p->source, column) == InvalidAttrNumber ||
		get_attnum(p->target, column) == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" is not in both source and target of pipeline \"%s\"", column,
						p->name),
				 errhint("Add it to both, or use elt.apply_drift.")));
	run_id = RequestAgain(p);
	SPI_finish();
	PG_RETURN_INT64(run_id);
}

/*
 * pipeline_cursor.c
 *	  Incremental pipelines that continue from the greatest landed value of a column, or from the
 *	  position of the last landed page, a text that only the source's kind interprets.
 *
 * A position of a column is the value as JSON has it: independent of the session's settings, and
 * shown in elt.cursors. It only increases: rows requested again because of lookback do not lower
 * it. A value that is NULL, infinite or further in the future than max_future lands like any other,
 * but does not move the cursor.
 */
#include "base/compat.h"
#include "pipeline/pipeline_cursor.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "base/time_span.h"
#include "catalog/pg_type.h"
#include "source/cursor.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* ---- declaring ---- */

static void
CheckNamesAgree(const Pipeline *p, const SourceDefinition *source)
{
	if (source->cursor_column != NULL && (p->cursor_column == NULL ||
										  strcmp(p->cursor_column, source->cursor_column) == 0))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 source->cursor_column == NULL
			 ? errmsg("foreign table \"%s\" does not support incremental loading by column \"%s\"",
					  source->relation, p->cursor_column)
			 : errmsg("cursor column of foreign table \"%s\" is \"%s\", not \"%s\"",
					  source->relation, source->cursor_column, p->cursor_column),
			 source->cursor_column == NULL
			 ? errhint("Set option cursor_column '%s' of the foreign table, and use {cursor} in "
					   "its option \"query\".", p->cursor_column)
			 : errhint("Omit cursor_column to use that of the foreign table.")));
}

static void
CheckStart(const Pipeline *p, const SourceDefinition *source)
{
	if (source->resumes || source->cursor_start != NULL || (CursorIsTime(source) && p->has_start_at))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("start of pipeline \"%s\" must be specified",
					p->name),
			 CursorIsTime(source)
			 ? errhint("Specify where to begin, for example start_at => '2024-01-01', or set "
					   "option cursor_start of the foreign table.")
			 : errhint("Set option cursor_start of the foreign table, for example to '0'.")));
}

void
PipelineCursorCheck(Pipeline *p, const SourceDefinition *source)
{
	if (p->cursor_column == NULL && source->cursor_column == NULL)
		return;
	CheckNamesAgree(p, source);
	CheckStart(p, source);
	if (PipelineLoadsAll(p))
		return;
	p->cursor_column = source->cursor_column;
	if (p->key == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a pipeline with a cursor requires a key"),
				 errdetail("Each run begins with the last value of the previous one, so some rows "
						   "are received twice."),
				 errhint("Specify the columns that identify a row, for example key => '{id}'.")));
}

void
PipelineLookbackCheck(const Pipeline *p, const SourceDefinition *source, const Interval *lookback)
{
	Interval	none = {0};
	bool		has_cursor = p->cursor_column != NULL && !PipelineLoadsAll(p);

	if (source->window != NULL || memcmp(lookback, &none, sizeof(Interval)) == 0 ||
		(has_cursor && CursorIsTime(source)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("lookback requires windows or a date/time cursor"),
			 has_cursor
			 ? errdetail("Cursor column \"%s\" has type %s.", p->cursor_column,
						 format_type_be(source->cursor_type))
			 : errdetail("Reads of source \"%s\" do not begin at a time.", source->relation),
			 errhint("Omit lookback, or set it to '0'.")));
}

/* ---- asking ---- */

static void
CheckHadCursor(const Pipeline *p, const SourceDefinition *source)
{
	if (p->cursor_column == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("foreign table \"%s\" has a cursor, but pipeline \"%s\" was created "
						"without one",
						source->relation, p->name),
				 errhint("Drop and re-create the pipeline; loaded rows are kept.")));
	CheckNamesAgree(p, source);
}

static char *
TimeToAskFrom(const Pipeline *p, const SourceDefinition *source, const char *position)
{
	TimestampTz from;

	if (position == NULL)
		return p->has_start_at ? CursorTextOfTime(source, p->start_at) : source->cursor_start;
	from = TimeMinus(CursorInstant(source, position), p->lookback);
	if (p->has_start_at)
		from = Max(from, p->start_at);
	return CursorTextOfTime(source, from);
}

const char *
PipelinePosition(const Pipeline *p, const SourceDefinition *source, const Standing *standing)
{
	return source->resumes && PipelineHasPosition(p) ? standing->position : NULL;
}

char *
PipelineCursorText(const Pipeline *p, const SourceDefinition *source, const Standing *standing)
{
	char	   *position = PipelineLoadsAll(p) ? NULL : standing->position;

	/* a kind that has positions reads on from there */
	if (source->resumes || (p->cursor_column == NULL && source->cursor_column == NULL))
		return NULL;
	if (!PipelineLoadsAll(p))
		CheckHadCursor(p, source);
	if (CursorIsTime(source))
		return TimeToAskFrom(p, source, position);
	return position != NULL ? position : source->cursor_start;
}

/* ---- landing ---- */

/* Texts are in the order of their bytes, whatever the database's language. */
static const char *
TypeOf(const SourceDefinition *source)
{
	switch (source->cursor_type)
	{
		case TEXTOID:
		case VARCHAROID:
			return "text collate \"C\"";
		default:
			return format_type_be(source->cursor_type);
	}
}

/* Times without a zone are those of the cursor's, not of the session's. */
static const char *
NewestTime(const SourceDefinition *source)
{
	if (source->cursor_type == TIMESTAMPTZOID)
		return "now() + $2";
	return psprintf("(now() + $2) at time zone %s",
					quote_literal_cstr(pg_get_timezone_name(source->cursor_style.zone)));
}

/* The greatest value per combination, of rows whose param columns hold the combination's. */
static char *
GreatestSql(const Pipeline *p, const SourceDefinition *source)
{
	const char *column = quote_identifier(p->cursor_column);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "select c.params::text, to_jsonb(max(s.%s::%s)) #>> '{}'"
					 " from unnest($1::jsonb[]) as c(params) join %s s on s.%s is not null",
					 column, TypeOf(source), PipelineStaging(p), column);
	if (CursorIsTime(source))
		appendStringInfo(&sql, " and isfinite(s.%s) and s.%s <= %s", column, column,
						 NewestTime(source));
	else
		appendStringInfoString(&sql, " and $2 is not null");
	for (int i = 0; i < source->ncolumns; i++)
	{
		const SourceColumn *param = &source->columns[i];

		if (param->param == NULL || (!NamesContain(source->params, param->param) &&
									 !NamesContain(source->labels, param->param)))
			continue;
		appendStringInfo(&sql, " and s.%s::text is not distinct from (c.params ->> %s)::%s::text",
						 quote_identifier(param->name), quote_literal_cstr(param->param),
						 format_type_extended(param->type, param->typmod,
											  FORMAT_TYPE_TYPEMOD_GIVEN |
											  FORMAT_TYPE_FORCE_QUALIFY));
	}
	appendStringInfoString(&sql, " group by c.params");
	return sql.data;
}

static List *
LandedCombinations(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q,
			 "select params from elt_catalog.staged_slice"
			 " where pipeline_id = $1 and state = 'landed'");
	SqlAddInt4(&q, p->id);
	return SqlDoTexts(&q, AsCatalog());
}

static void
MoveTo(const Pipeline *p, const SourceDefinition *source, int64 run_id, List *combinations,
	   List *positions)
{
	const char *type = TypeOf(source);
	Sql			q;

	SqlBegin(&q, psprintf("insert into elt_catalog.cursor as old (pipeline_id, params, position,"
						  " definition_version, run_id) select $1, m.params, m.position, $2, $3"
						  " from unnest($4::jsonb[], $5::text[]) as m(params, position)"
						  " on conflict (pipeline_id, params) do update set"
						  " position = excluded.position, run_id = excluded.run_id,"
						  " definition_version = excluded.definition_version,"
						  " moved_at = clock_timestamp()"
						  " where old.definition_version <> excluded.definition_version"
						  " or old.position::%s < excluded.position::%s", type, type));
	SqlAddInt4(&q, p->id);
	SqlAddInt4(&q, p->definition_version);
	SqlAddInt8(&q, run_id);
	SqlAddTextArray(&q, combinations);
	SqlAddTextArray(&q, positions);
	SqlDo(&q, AsCatalog());
}

void
PipelineCursorLand(const Pipeline *p, const SourceDefinition *source, int64 run_id)
{
	List	   *combinations = NIL;
	List	   *positions = NIL;
	Sql			q;

	if (PipelineHasPosition(p))
		CursorsResume(p, run_id);
	if (p->cursor_column == NULL || source->resumes)
		return;
	CheckNamesAgree(p, source);
	SqlBegin(&q, GreatestSql(p, source));
	SqlAddTextArray(&q, LandedCombinations(p));
	SqlAddInterval(&q, p->max_future);
	SqlRun(&q, p->owner);
	for (uint64 i = 0; i < q.processed; i++)
	{
		combinations = lappend(combinations, SqlText(&q, i, 1));
		positions = lappend(positions, SqlText(&q, i, 2));
	}
	SqlDone(&q);
	MoveTo(p, source, run_id, combinations, positions);
}

/* ---- going back ---- */

static void
CheckIsTime(const Pipeline *p, const SourceDefinition *source)
{
	if (source->cursor_column != NULL && CursorIsTime(source))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot reset pipeline \"%s\" to a time", p->name),
			 source->cursor_column == NULL
			 ? errdetail("Its cursor is a position that only the source can interpret.")
			 : errdetail("Its cursor column \"%s\" has type %s.", p->cursor_column,
						 format_type_be(source->cursor_type)),
			 errhint("Use SELECT elt.reset_pipeline(%s) to reset it to the start.",
					 quote_literal_cstr(p->name))));
}

void
PipelineCursorReset(const Pipeline *p, const SourceDefinition *source, TimestampTz to)
{
	const char *type;
	Sql			q;

	if (p->cursor_column == NULL && !source->resumes)
		return;
	CheckIsTime(p, source);
	type = TypeOf(source);
	SqlBegin(&q, psprintf("update elt_catalog.cursor set position = to_jsonb(n.position) #>> '{}',"
						  " run_id = null, moved_at = clock_timestamp() from (select %s as"
						  " position) n where pipeline_id = $1"
						  " and elt_catalog.cursor.position::%s > n.position",
						  source->cursor_type == TIMESTAMPTZOID ? "$2" :
						  psprintf("timezone($3, $2)::%s", type), type));
	SqlAddInt4(&q, p->id);
	SqlAddTime(&q, to);
	SqlAddText(&q, pg_get_timezone_name(source->cursor_style.zone));
	SqlDo(&q, AsCatalog());
}

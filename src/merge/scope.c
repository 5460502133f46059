/*
 * scope.c
 *	  Which rows of its target a full load covers.
 *
 * A row of a combination of params that is no longer requested, or of a time before the first
 * window, is not in the load but not deleted either. So each param must be stored in a column of
 * the target, and the column of the windows too. Where the source lists its combinations, only
 * params that the pipeline names count.
 */
#include "base/compat.h"
#include "merge/scope.h"

#include "base/item_list.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "load/work.h"
#include "merge/strategy.h"
#include "partition/grid.h"
#include "source/definition.h"
#include "source/kind.h"
#include "source/params.h"
#include "source/slices.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

static List *
ScopeParams(const SourceDefinition *source, const Pipeline *p)
{
	List	   *named = NIL;
	ListCell   *lc;

	if (!SourceListsCombinations(source) || p->params_query != NULL)
		return source->params;
	foreach(lc, source->params)
		if (ParamValuesOf(p->params, lfirst(lc)) != NIL)
			named = lappend(named, lfirst(lc));
	return named;
}

static bool
IsStored(const Pipeline *p, const char *column)
{
	return !MergeStrategyOf(p)->omits_sequence || !NamesContain(p->sequence_by, column);
}

/* The column of the target that carries a param; NULL: there is none. */
static char *
CarrierOf(const SourceDefinition *source, const Pipeline *p, const char *param)
{
	for (int i = 0; i < source->ncolumns; i++)
	{
		const SourceColumn *column = &source->columns[i];

		if (column->param != NULL && strcmp(column->param, param) == 0 &&
			IsStored(p, column->name))
			return column->name;
	}
	return NULL;
}

static void
CheckCarried(const SourceDefinition *source, const Pipeline *p, const char *param)
{
	if (CarrierOf(source, p, param) != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"absent\" with value \"delete\" requires a column for param \"%s\"",
					param),
			 errdetail("Without it, rows of a value that is no longer requested could not be "
					   "distinguished from deleted rows."),
			 errhint("Add a column with OPTIONS (%s) that is not part of sequence_by.",
					 source->kind->param_option(param))));
}

void
ScopeCheck(const Pipeline *p, const SourceDefinition *source)
{
	ListCell   *lc;

	foreach(lc, ScopeParams(source, p))
		CheckCarried(source, p, lfirst(lc));
	if (source->window != NULL && !IsStored(p, source->window_column))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"absent\" with value \"delete\" requires the window column in the target"),
				 errdetail("A history does not keep columns of sequence_by, and \"%s\" is one of "
						   "them.",
						   source->window_column),
				 errhint("Map the timestamp to a second column and use that one in sequence_by.")));
}

bool
ScopeHasParams(const MergeShape *shape)
{
	return ScopeParams(shape->source, shape->pipeline) != NIL;
}

/* The jsonb of a combination has a member for each param, of its column's type. */
static void
AppendParams(StringInfo sql, const MergeShape *shape, const char *combinations)
{
	const SourceDefinition *source = shape->source;
	List	   *params = ScopeParams(source, shape->pipeline);
	StringInfoData columns;
	StringInfoData match;
	ListCell   *lc;

	if (params == NIL)
		return;
	initStringInfo(&columns);
	initStringInfo(&match);
	foreach(lc, params)
	{
		char	   *carrier;
		MergeColumn *column;
		const char *param = quote_identifier(lfirst(lc));

		CheckCarried(source, shape->pipeline, lfirst(lc));
		carrier = CarrierOf(source, shape->pipeline, lfirst(lc));
		column = linitial(ColumnsNamed(shape, list_make1(carrier)));

		AppendItem(&columns, ", ", "%s %s", param, column->type);
		AppendItem(&match, " AND ", "t.%s %s a.%s", column->name,
				   column->equals ? column->equals : "=", param);
	}
	appendStringInfo(sql, "\n\tAND EXISTS (SELECT FROM jsonb_to_recordset(%s) AS a(%s) WHERE %s)",
					 quote_literal_cstr(combinations), columns.data, match.data);
}

static void
AppendBound(StringInfo sql, const char *column, const char *operator, const char *bound,
			Oid type)
{
	appendStringInfo(sql, "\n\tAND t.%s %s %s::%s", quote_identifier(column), operator,
					 quote_literal_cstr(bound), format_type_be_qualified(type));
}

static void
AppendWindows(StringInfo sql, const SourceDefinition *source, const FullLoad *load)
{
	const char *column = source->window_column;
	Oid			type = source->window_type;

	AppendBound(sql, column, ">=", SourceWindowText(source, type, load->from), type);
	AppendBound(sql, column, "<", SourceWindowText(source, type, load->to), type);
}

/* As the writer finds out which rows have expired, times without a zone are those of UTC. */
static void
AppendKept(StringInfo sql, const Pipeline *p)
{
	Oid			type = get_atttype(p->source, get_attnum(p->source, p->partition_by));
	TimestampTz cutoff;

	if (!GridRetainCutoff(p->target, &cutoff))
		return;
	appendStringInfo(sql, "\n\tAND t.%s >= %s::timestamptz%s", quote_identifier(p->partition_by),
					 quote_literal_cstr(timestamptz_to_str(cutoff)),
					 type == TIMESTAMPTZOID ? "" : " AT TIME ZONE 'UTC'");
}

bool
ScopeIsOfChanges(const Pipeline *p)
{
	return p->changes_of != NIL && WorkTableExists(p, CHANGED_KEYS);
}

/* Only of changed keys the load has everything. */
static void
AppendChanges(StringInfo sql, const MergeShape *shape)
{
	const Pipeline *p = shape->pipeline;
	List	   *keys = ColumnsNamed(shape, WorkTableColumns(p, CHANGED_KEYS));

	appendStringInfo(sql, "\n\tAND EXISTS (SELECT FROM %s AS c WHERE %s)",
					 WorkTable(p, CHANGED_KEYS), ColumnsMatch(keys, "c", "t"));
}

char *
ScopeCondition(const MergeShape *shape, const FullLoad *load, const char *combinations)
{
	const Pipeline *p = shape->pipeline;
	const SourceDefinition *source = shape->source;
	StringInfoData sql;

	initStringInfo(&sql);
	if (ScopeIsOfChanges(p))
		AppendChanges(&sql, shape);
	AppendParams(&sql, shape, combinations);
	if (source->window != NULL)
		AppendWindows(&sql, source, load);
	if (p->partition_by != NULL)
		AppendKept(&sql, p);
	return sql.data;
}

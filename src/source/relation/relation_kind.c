/*
 * relation_kind.c
 *	  The kind of source for any relation.
 */
#include "base/compat.h"
#include "source/relation/relation_source.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_class.h"
#include "source/cursor.h"
#include "source/kinds.h"
#include "source/relation/relation_bases.h"
#include "source/relation/relation_order.h"
#include "source/relation/relation_pull.h"
#include "source/relation/relation_ranges.h"
#include "source/relation/relation_running.h"
#include "source/relation/relation_settle.h"
#include "source/relation/relation_start.h"
#include "source/relation/relation_statement.h"
#include "source/values.h"
#include "source/window_options.h"
#include "source/windows.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

static void
CheckRelkind(const SourceDefinition *def)
{
	switch (get_rel_relkind(def->relid))
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
		case RELKIND_FOREIGN_TABLE:
			return;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" cannot be the source of a pipeline", def->relation),
					 errdetail("A source is a table, a view, a materialized view or a foreign "
							   "table.")));
	}
}

static void
Read(SourceDefinition *def, const ForeignServer *server, const ForeignTable *table)
{
	CheckRelkind(def);
	def->own = palloc0(sizeof(RelationSource));
	def->resumes = true;
}

static void
ReadColumn(SourceColumn *column, List *options)
{
}

static void
CheckHasNoParams(const SourceDefinition *def, const Pipeline *p)
{
	if (p->params_query == NULL && strcmp(p->params, "{}") == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" does not apply to source \"%s\"",
					p->params_query == NULL ? "params" : "params_query", def->relation),
			 errdetail("Only foreign tables of pg_elt have params."),
			 errhint("Use a view that selects the rows.")));
}

static pg_tz *
ZoneOf(const Pipeline *p)
{
	pg_tz	   *zone = ParseTimeZone(p->source_time_zone);

	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"source_time_zone\": \"%s\"",
						p->source_time_zone),
				 errhint("Specify a time zone such as \"Europe/Berlin\".")));
	return zone;
}

static void
CheckWindowOptions(const SourceDefinition *def, const Pipeline *p)
{
	if ((p->window_interval == NULL) != (p->window_column == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"window_interval\" and \"window_column\" must be specified "
						"together"),
				 errhint("Specify both, for example \"window_interval\": \"1 day\", "
						 "\"window_column\": \"ts\".")));
	if (p->window_interval != NULL && p->cursor_column != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"window_interval\" and \"cursor_column\" are mutually exclusive"),
				 errdetail("Windows and a cursor column are alternative ways to load incrementally."),
				 errhint("Omit one of the two.")));
}

static Interval *
WindowOf(const Pipeline *p)
{
	const char *problem = NULL;
	char	   *text = DatumGetCString(DirectFunctionCall1(interval_out,
														   IntervalPGetDatum(p->window_interval)));
	Interval   *window = ParseWindow(text, &problem);

	if (window == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"window_interval\": \"%s\"", text),
				 problem != NULL ? errdetail_internal("%s", problem) : 0));
	return window;
}

static void
ReadTimes(SourceDefinition *def, const Pipeline *p)
{
	CheckWindowOptions(def, p);
	def->cursor_column = p->cursor_column;
	def->window_zone = ZoneOf(p);
	def->cursor_style = def->window_style = TimeStyleOf(NULL, def->window_zone);
	if (p->window_interval == NULL)
		return;
	def->window = WindowOf(p);
	def->window_column = p->window_column;
	def->resumes = false;
}

static void
ReadPipeline(SourceDefinition *def, const Pipeline *p)
{
	RelationSource *relation = def->own;

	CheckHasNoParams(def, p);
	relation->owner = p->owner;
	relation->pipeline = p->name;
	relation->table = QuotedRelation(def->relid);
	relation->loads_all = PipelineLoadsAll(p);
	relation->batch_rows = p->batch_rows;
	relation->key_ranges = relation->loads_all ? 0 : p->key_ranges;
	relation->lookback = p->lookback;
	relation->has_start_at = p->has_start_at;
	relation->start_at = p->start_at;
	ReadTimes(def, p);
	RelationBasesFind(def);
	RelationOrderSet(def, p->key);
}

static void
Check(SourceDefinition *def)
{
	CursorCheck(def);
	WindowCheck(def);
	KeyRangesCheck(def);
}

/* Those of the pipeline's owner are checked for every source. */
static void
CheckRights(const SourceDefinition *def)
{
}

/* Transactions that began earlier may still write rows with the times of then. */
static TimestampTz
SettledUntil(const SourceDefinition *def)
{
	const RelationSource *relation = def->own;
	RunningTransactions running;

	if (!relation->can_settle)
		return DT_NOEND;
	running = RunningTransactionsOf(def);
	if (TIMESTAMP_IS_NOBEGIN(running.oldest))
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("cannot determine which windows of source \"%s\" are complete",
						def->relation),
				 errdetail("When the transactions of the source began is not visible, or one of "
						   "them is prepared, so all windows are read again by the next run."),
				 errhint("Grant role \"pg_read_all_stats\" to the user of the user mapping.")));
	return Min(running.oldest, running.clock);
}

/* With the values that the first one will have, but for run and time. */
static char *
Statement(const SourceDefinition *def, const Slice *slice, const char *into)
{
	RelationPull pull = {{.def = def, .cxt = CurrentMemoryContext}};
	StageOrder	order = {into};
	RelationRange range;
	Sql			q;

	pull.phase = FirstPhase(def);
	RelationStart(&pull, slice);
	range = RelationNext(&pull, slice);
	if (PhaseOrder(def, range.phase) >= 0)
		range.limit = ((const RelationSource *) def->own)->batch_rows;
	InsertRows(&q, &range, &order);
	return SqlWithLiterals(&q);
}

static char *
LateRows(const SourceDefinition *def)
{
	const RelationSource *relation = def->own;

	if (def->cursor_column == NULL && def->window == NULL)
		return "everything is read";
	if (!relation->can_settle)
		return "transactions cannot be seen: use lookback";
	return relation->servers == NIL ? "waits for transactions of this database" :
		"waits for transactions of the servers";
}

static char *
UnknownParamHint(const char *name)
{
	return "Use a view that selects the rows.";
}

const SourceKind RelationKind = {
	.wrapper = NULL,
	.feed = &RelationFeed,
	.init = RelationSettleInit,
	.read = Read,
	.read_column = ReadColumn,
	.read_pipeline = ReadPipeline,
	.check = Check,
	.settled_until = SettledUntil,
	.statement = Statement,
	.late_rows = LateRows,
	.check_rights = CheckRights,
	.unknown_param_hint = UnknownParamHint,
};

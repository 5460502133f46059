/*
 * change_trigger.c
 *	  Log the rows that a statement has changed.
 *
 * A trigger sees what a statement has changed, whoever runs it: a landing, in its transaction, or a
 * correction by hand. Partitions that are dropped or detached, and statements on a partition itself,
 * are not seen.
 *
 * Each row is logged with what readers are told of it: i, an insert; b and a, an update, before and
 * after; d, a delete. Tombstones are no rows for them: what becomes one is deleted, and - and + are
 * rows before and after that nobody is told of. e is a delete whose row was erased.
 */
#include "base/compat.h"

#include "access/xact.h"
#include "base/errors.h"
#include "base/setting.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/change_log.h"
#include "catalog/pg_type.h"
#include "change/change_commit.h"
#include "change/change_erase.h"
#include "change/change_follow.h"
#include "change/change_order.h"
#include "change/change_part.h"
#include "change/change_view.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(elt_log_changes);

/* A statement's changes, on their way into the log. */
typedef struct Change
{
	const ChangeLog *log;
	const char *columns;
	int64		commit_id;
	StatementChanges statement;
	TimestampTz at;
} Change;

static const TriggerData *
TriggerOf(FunctionCallInfo fcinfo)
{
	const TriggerData *data = (const TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_STATEMENT(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("elt.log_changes must be called by the triggers that pg_elt creates")));
	return data;
}

static bool
HasRows(Tuplestorestate *rows)
{
	return rows != NULL && tuplestore_tuple_count(rows) > 0;
}

static bool
ChangesNothing(const TriggerData *data)
{
	return !TRIGGER_FIRED_BY_TRUNCATE(data->tg_event) && !HasRows(data->tg_oldtable) &&
		!HasRows(data->tg_newtable);
}

static char *
ColumnsOf(TupleDesc desc)
{
	List	   *names = NIL;

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			names = lappend(names, NameStr(TupleDescAttr(desc, i)->attname));
	return QuotedColumns(names, NULL);
}

/* op is an expression for what readers are told; rows, where the rows are. */
static void
LogRows(const Change *change, const char *op, const char *rows)
{
	Sql			q;
	int64		run_id = RunOfChanges();

	SqlBegin(&q, psprintf("INSERT INTO %s (_commit_id, _logged_at, _change_run_id, _change, %s)\n"
						  "SELECT $1, $2, $3, %s, %s FROM %s", QuotedRelation(change->log->log),
						  change->columns, op, change->columns, rows));
	SqlAddInt8(&q, change->commit_id);
	SqlAddTime(&q, change->at);
	SqlAdd(&q, INT8OID, Int64GetDatum(run_id), run_id == 0);
	SqlDo(&q, RelationOwner(change->log->log));
}

static void
LogOldRows(const Change *change, const char *op, const char *rows)
{
	int64		before = change->statement.is_first ? 0 : ChangesMark(change->log);

	LogRows(change, op, rows);
	if (before != 0)
		ChangesMoveAdded(change->log, change->commit_id, change->statement.begin, before);
}

/* The rows of one side of an update beside the fate of the other; both sides have one order. */
static char *
Beside(const char *side, const char *other)
{
	return psprintf("(SELECT row_number() OVER () AS _n, * FROM %s) AS s\n"
					"JOIN (SELECT row_number() OVER () AS _n, _deleted IS TRUE AS _other FROM %s) AS o "
					"USING (_n) ORDER BY _n", side, other);
}

static void
LogUpdate(const Change *change)
{
	if (!change->log->has_tombstones)
	{
		LogOldRows(change, "'b'", "elt_old");
		LogRows(change, "'a'", "elt_new");
		return;
	}
	LogOldRows(change, "CASE WHEN _deleted THEN '-' WHEN _other THEN 'd' ELSE 'b' END",
			   Beside("elt_old", "elt_new"));
	LogRows(change, "CASE WHEN _deleted THEN '+' WHEN _other THEN 'i' ELSE 'a' END",
			Beside("elt_new", "elt_old"));
}

/* The rows that a transaction with an old snapshot does not see would be missing. */
static void
CheckSeesAll(void)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a table with a change log cannot be truncated in a transaction with isolation "
						"level %s", XactIsoLevel == XACT_SERIALIZABLE ? "serializable" :
						"repeatable read"),
				 errhint("Use READ COMMITTED, or DELETE.")));
}

static void
LogStatement(const TriggerData *data, const Change *change)
{
	bool		tombstones = change->log->has_tombstones;
	const char *deleted = tombstones ? "CASE WHEN _deleted THEN '-' ELSE 'd' END" : "'d'";

	if (TRIGGER_FIRED_BY_INSERT(data->tg_event))
		LogRows(change, tombstones ? "CASE WHEN _deleted THEN '+' ELSE 'i' END" : "'i'", "elt_new");
	else if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		LogUpdate(change);
	else if (TRIGGER_FIRED_BY_DELETE(data->tg_event))
		LogOldRows(change, deleted, "elt_old");
	else
	{
		CheckSeesAll();
		LogRows(change, deleted, QuotedRelation(change->log->relation));
	}
}

/* Without it there would be changes that nobody is told of. */
static const ChangeLog *
LogOf(Relation target)
{
	ChangeLog  *log = ChangeLogOf(RelationGetRelid(target));

	if (log == NULL || !ChangeLogIsThere(log))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the change log of table \"%s\" does not exist",
						RelationGetRelationName(target)),
				 errhint("Set option \"change_log\" of its pipeline to null, and set it again. Without a "
						 "pipeline drop the triggers of the table that are named elt_change_*.")));
	return log;
}

Datum
elt_log_changes(PG_FUNCTION_ARGS)
{
	const TriggerData *data = TriggerOf(fcinfo);
	Change		change = {0};
	int			guc_level;

	if (ChangesNothing(data))
		return PointerGetDatum(NULL);
	guc_level = SettingsPlanFreely();
	SPI_connect();
	if (SPI_register_trigger_data(unconstify(TriggerData *, data)) != SPI_OK_TD_REGISTER)
		elog(ERROR, "changed rows cannot be read");
	change.log = LogOf(data->tg_relation);
	ChangeFollowColumns(change.log, RelationGetDescr(data->tg_relation));
	change.columns = ColumnsOf(RelationGetDescr(data->tg_relation));
	change.commit_id = ChangeCommitId(change.log);
	if (!TRIGGER_FIRED_BY_TRUNCATE(data->tg_event))
		change.statement = ChangesOfStatement(change.log, 1 << (data->tg_event & TRIGGER_EVENT_OPMASK));
	change.at = GetCurrentTimestamp();
	ChangePartEnsure(change.log, change.at);
	LogStatement(data, &change);
	if (change.statement.nested != 0)
		ChangesMoveNested(change.log, change.commit_id, &change.statement,
						  HasRows(data->tg_oldtable), HasRows(data->tg_newtable));
	SPI_finish();
	AtEOXact_GUC(false, guc_level);
	return PointerGetDatum(NULL);
}

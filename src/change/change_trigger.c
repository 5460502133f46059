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
#include "base/setting.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/statement_trigger.h"
#include "base/transition_capture.h"
#include "catalog/change_log.h"
#include "catalog/pg_type.h"
#include "change/change_commit.h"
#include "change/change_erase.h"
#include "change/change_follow.h"
#include "change/change_insert.h"
#include "change/change_order.h"
#include "change/change_part.h"
#include "change/change_view.h"
#include "executor/spi.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_log_changes);

/* A statement's changes, on their way into the log. */
typedef struct Change
{
	const TriggerData *data;
	ChangeFacts facts;
	StatementChanges statement;
} Change;

/* op: an expression for the kind of change; rows: what to select the rows from. */
static void
LogByStatement(const Change *change, const char *op, const char *rows)
{
	const ChangeFacts *facts = &change->facts;
	List	   *names = ColumnNamesOf(RelationGetDescr(change->data->tg_relation));
	const char *columns = QuotedColumns(names, NULL);
	Sql			q;

	SqlBegin(&q, psprintf("INSERT INTO %s (_commit_id, _logged_at, _change_run_id, _change, %s)\n"
						  "SELECT $1, $2, $3, %s, %s FROM %s", QuotedRelation(facts->log->log),
						  columns, op, columns, rows));
	SqlAddInt8(&q, facts->commit_id);
	SqlAddTime(&q, facts->at);
	SqlAdd(&q, INT8OID, Int64GetDatum(facts->run_id), facts->run_id == 0);
	SqlDo(&q, RelationOwner(facts->log->log));
}

/* An expression for the kind of change that rows are logged as. */
static char *
KindExpression(const ChangedRows *rows)
{
	if (rows->deleted == 0)
		return psprintf("'%c'", rows->other);
	if (rows->beside == NULL)
		return psprintf("CASE WHEN _deleted THEN '%c' ELSE '%c' END", rows->tombstone, rows->other);
	return psprintf("CASE WHEN _deleted THEN '%c' WHEN _other THEN '%c' ELSE '%c' END", rows->tombstone,
					rows->beside_tombstone, rows->other);
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
LogRows(const Change *change, ChangedRows rows, const char *side, const char *other)
{
	Relation	target = change->data->tg_relation;

	rows.desc = RelationGetDescr(target);
	if (change->facts.log->has_tombstones)
		rows.deleted = get_attnum(RelationGetRelid(target), "_deleted");
	else
		rows.beside = NULL;
	if (!ChangesInsert(&change->facts, &rows))
		LogByStatement(change, KindExpression(&rows), rows.beside != NULL ? Beside(side, other) : side);
}

static void
LogOldRows(const Change *change, ChangedRows rows)
{
	const ChangeFacts *facts = &change->facts;
	int64		before = change->statement.is_first ? 0 : ChangesMark(facts->log);

	LogRows(change, rows, "elt_old", "elt_new");
	if (before != 0)
		ChangesMoveAdded(facts->log, facts->commit_id, change->statement.begin, before);
}

static void
LogUpdate(const Change *change, Tuplestorestate *old, Tuplestorestate *new)
{
	ChangedRows before = {.rows = old, .beside = new, .tombstone = '-', .beside_tombstone = 'd',
	.other = 'b'};
	ChangedRows after = {.rows = new, .beside = old, .tombstone = '+', .beside_tombstone = 'i',
	.other = 'a'};

	LogOldRows(change, before);
	LogRows(change, after, "elt_new", "elt_old");
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
LogTruncation(const Change *change)
{
	const ChangeLog *log = change->facts.log;

	CheckSeesAll();
	LogByStatement(change, log->has_tombstones ? "CASE WHEN _deleted THEN '-' ELSE 'd' END" : "'d'",
				   QuotedRelation(log->relation));
}

static void
LogStatement(const Change *change)
{
	const TriggerData *data = change->data;
	ChangedRows added = {.rows = data->tg_newtable, .tombstone = '+', .other = 'i'};
	ChangedRows removed = {.rows = data->tg_oldtable, .tombstone = '-', .other = 'd'};

	if (TRIGGER_FIRED_BY_INSERT(data->tg_event))
		LogRows(change, added, "elt_new", NULL);
	else if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		LogUpdate(change, data->tg_oldtable, data->tg_newtable);
	else if (TRIGGER_FIRED_BY_DELETE(data->tg_event))
		LogOldRows(change, removed);
	else
		LogTruncation(change);
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

static void
LogChanges(Change *change)
{
	const TriggerData *data = change->data;
	ChangeFacts *facts = &change->facts;

	facts->log = LogOf(data->tg_relation);
	ChangeFollowColumns(facts->log, RelationGetDescr(data->tg_relation));
	facts->commit_id = ChangeCommitId(facts->log);
	facts->run_id = RunOfChanges();
	if (!TRIGGER_FIRED_BY_TRUNCATE(data->tg_event))
		change->statement = ChangesOfStatement(facts->log, 1 << (data->tg_event & TRIGGER_EVENT_OPMASK));
	facts->at = GetCurrentTimestamp();
	facts->part = ChangePartAt(facts->log, facts->at);
	LogStatement(change);
	if (change->statement.nested != 0)
		ChangesMoveNested(facts->log, facts->commit_id, &change->statement,
						  TransitionHasRows(data->tg_oldtable), TransitionHasRows(data->tg_newtable));
}

Datum
elt_log_changes(PG_FUNCTION_ARGS)
{
	Change		change = {.data = StatementTriggerOf(fcinfo, "elt.log_changes")};
	int			guc_level;

	if (StatementChangesNothing(change.data))
		return PointerGetDatum(NULL);
	RequireTransitionRows(change.data);
	guc_level = SettingsPlanFreely();
	SPI_connect();
	StatementRowsRegister(change.data);
	LogChanges(&change);
	SPI_finish();
	AtEOXact_GUC(false, guc_level);
	return PointerGetDatum(NULL);
}

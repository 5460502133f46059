/*
 * merge_command.c
 *	  A merge as one MERGE: a single join, whose rows are written as they come.
 *
 * The server counts what a MERGE inserts and updates, but SPI reports the sum alone (and RETURNING
 * requires version 17), so the command is run by the executor here and its counters are read. Rows
 * that another session updates concurrently are waited for and compared again; rows that it deletes
 * are inserted.
 */
#include "base/compat.h"
#include "merge/merge_command.h"

#include "access/htup_details.h"
#include "base/identity.h"
#include "base/sql.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "merge/newest.h"
#include "parser/parser.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

typedef struct Command
{
	const char *sql;
	int64		inserted;
	int64		updated;
} Command;

static bool
HasRules(Oid target)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(target));
	bool		has;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", target);
	has = ((Form_pg_class) GETSTRUCT(tuple))->relhasrules;
	ReleaseSysCache(tuple);
	return has;
}

/* Tables that Citus keeps on other machines. */
static bool
IsDistributed(Oid target)
{
	Sql			q;

	if (!OidIsValid(get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE)))
		return false;
	SqlBegin(&q, "SELECT FROM pg_dist_partition WHERE logicalrelid = $1::regclass");
	SqlAddOid(&q, OIDOID, target);
	return SqlDo(&q, AsCatalog()) > 0;
}

/* A unique index keeps foreign tables from being partitions, so all of a target is here. */
bool
TargetIsHere(Oid target)
{
	return !HasRules(target) && !IsDistributed(target);
}

bool
MergeCommandFits(const MergeShape *shape)
{
	return shape->sequence == NIL && shape->deleted == NULL &&
		TargetIsHere(shape->pipeline->target);
}

static void
AppendUpdate(StringInfo sql, const MergeShape *shape)
{
	ListCell   *lc;

	appendStringInfo(sql, "\nWHEN MATCHED AND %s THEN\n\tUPDATE SET ",
					 ValuesDiffer(shape, "t", "s"));
	foreach(lc, shape->updates)
	{
		const char *name = ((MergeColumn *) lfirst(lc))->name;

		appendStringInfo(sql, "%s = s.%s, ", name, name);
	}
	appendStringInfoString(sql, "_run_id = s._run_id, _loaded_at = s._loaded_at");
}

char *
MergeCommandSql(const MergeShape *shape, const BatchFacts *facts)
{
	char	   *range = BatchRange(shape, facts, "t");
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "MERGE INTO %s AS t\nUSING %s\n\tON %s", shape->target,
					 NewestRows(shape, facts, facts->probes), KeyMatch(shape, "t", "s"));
	if (range != NULL)
		appendStringInfo(&sql, "\n\tAND %s", range);
	if (shape->updates != NIL)
		AppendUpdate(&sql, shape);
	appendStringInfo(&sql, "\nWHEN NOT MATCHED THEN\n\tINSERT (%s, _run_id, _loaded_at)\n"
					 "\tVALUES (%s, s._run_id, s._loaded_at)",
					 ColumnList(shape->columns, NULL), ColumnList(shape->columns, "s"));
	return sql.data;
}

static PlannedStmt *
PlanOf(const char *sql)
{
	RawStmt    *raw = linitial_node(RawStmt, raw_parser(sql, RAW_PARSE_DEFAULT));
	List	   *queries = pg_analyze_and_rewrite_fixedparams(raw, sql, NULL, 0, NULL);

	return pg_plan_query(linitial_node(Query, queries), sql, 0, NULL);
}

static void
Execute(void *arg)
{
	Command    *command = arg;
	QueryDesc  *query;
	ModifyTableState *state;

	PushActiveSnapshot(GetTransactionSnapshot());
	query = CreateQueryDesc(PlanOf(command->sql), command->sql, GetActiveSnapshot(),
							InvalidSnapshot, None_Receiver, NULL, NULL, 0);
	AfterTriggerBeginQuery();
	ExecutorStart(query, 0);
	ExecutorRunToEnd(query);
	ExecutorFinish(query);
	AfterTriggerEndQuery(query->estate);

	state = castNode(ModifyTableState, query->planstate);
	command->inserted = (int64) state->mt_merge_inserted;
	command->updated = (int64) state->mt_merge_updated;
	ExecutorEnd(query);
	FreeQueryDesc(query);
	PopActiveSnapshot();
	CommandCounterIncrement();
}

void
MergeCommandRun(const MergeShape *shape, const char *sql, int64 *inserted, int64 *updated)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "elt merge command",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(cxt);
	Command		command = {sql};

	RunAs(shape->pipeline->owner, Execute, &command);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(cxt);
	*inserted += command.inserted;
	*updated += command.updated;
}

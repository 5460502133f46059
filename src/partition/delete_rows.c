/*
 * delete_rows.c
 *	  Delete expired rows in bounded batches, with a brake.
 */
#include "base/compat.h"
#include "partition/delete_rows.h"

#include "access/xact.h"
#include "base/attempt.h"
#include "base/pause.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "partition/grid.h"
#include "partition/maintain.h"
#include "partition/parts.h"
#include "partition/view_reader.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define ROWS_AT_A_TIME 10000
#define MAX_LAG_BYTES "64 * 1024 * 1024"	/* of a standby */
#define MIN_DEAD_ROWS "1000000" /* that vacuum has not removed, if they are a fifth of all */

/* Ranges that are held, and what pipelines have not read, stay; a day that is held in part, too. */
static void
AppendKept(StringInfo sql, const Policy *policy)
{
	const char *column = quote_identifier(policy->column);
	ListCell   *lc;
	Sql			q;

	SqlBegin(&q, "select from_time, to_time from elt_catalog.hold "
			 "where relation = $1 and released_at is null");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		TimestampTz from = SqlTime(&q, i, 1, NULL);
		TimestampTz to = SqlTime(&q, i, 2, NULL);

		appendStringInfoString(sql, " AND NOT (true");
		if (!TIMESTAMP_NOT_FINITE(from))
			appendStringInfo(sql, " AND %s >= %s", column, BoundLiteral(policy, from));
		if (!TIMESTAMP_NOT_FINITE(to))
			appendStringInfo(sql, " AND %s %s %s", column,
							 policy->column_type == DATEOID ? "<=" : "<",
							 BoundLiteral(policy, to));
		appendStringInfoChar(sql, ')');
	}
	SqlDone(&q);

	SqlBegin(&q, "select coalesce(format(' AND %I <= %L', p.cursor_column, c.position), "
			 "' AND false') from elt_catalog.pipeline p "
			 "left join elt_catalog.cursor c on c.pipeline_id = p.id "
			 "where p.source = $1 and p.cursor_column is not null");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		appendStringInfoString(sql, SqlText(&q, i, 1));
	SqlDone(&q);
	foreach(lc, ReadThroughViews(policy->relation))
		appendStringInfo(sql, " AND %s", (char *) lfirst(lc));
}

static char *
ExpiredCondition(const Policy *policy)
{
	StringInfoData sql;
	Timestamp	now = GridLocal(policy, GetCurrentTransactionStartTimestamp());
	Datum		oldest = DirectFunctionCall2(timestamp_mi_interval, TimestampGetDatum(now),
											 IntervalPGetDatum(policy->retain));

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s < %s", quote_identifier(policy->column),
					 BoundLiteral(policy, GridInstant(policy, DatumGetTimestamp(oldest))));
	AppendKept(&sql, policy);
	return sql.data;
}

static char *
DeleteStatement(const Policy *policy, int at_most)
{
	const char *table = QuotedRelation(policy->relation);

	return psprintf("DELETE FROM ONLY %s WHERE ctid = ANY (ARRAY(SELECT ctid FROM ONLY %s "
					"WHERE %s LIMIT %d FOR UPDATE SKIP LOCKED))", table, table,
					ExpiredCondition(policy), at_most);
}

char *
DeleteBatchStatement(const Policy *policy)
{
	return policy->retain == NULL ? NULL : DeleteStatement(policy, ROWS_AT_A_TIME);
}

int64
DeleteExpiredRows(const Policy *policy, int at_most, bool dry_run)
{
	Oid			owner = RelationOwner(policy->relation);
	Sql			q;

	if (policy->retain == NULL)
		return 0;
	if (dry_run)
	{
		SqlBegin(&q, psprintf("SELECT count(*) FROM ONLY %s WHERE %s",
							  QuotedRelation(policy->relation), ExpiredCondition(policy)));
		return SqlDoInt8(&q, owner);
	}
	return SqlExec(DeleteStatement(policy, at_most), owner);
}

typedef struct Batch
{
	Oid			relation;
	int64		deleted;
} Batch;

static bool
MustBrake(Oid relation)
{
	Sql			q;
	bool		must;

	SqlBegin(&q, "select exists (select from pg_stat_replication where state = 'streaming' "
			 "and pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) > " MAX_LAG_BYTES ") "
			 "or exists (select from pg_stat_all_tables where relid = $1 "
			 "and n_dead_tup > greatest(" MIN_DEAD_ROWS ", (n_live_tup + n_dead_tup) / 5))");
	SqlAddOid(&q, OIDOID, relation);
	SqlRun(&q, AsCatalog());
	must = SqlBool(&q, 0, 1);
	SqlDone(&q);
	return must;
}

static void
DeleteBatch(void *arg)
{
	Batch	   *batch = arg;
	const Policy *policy = PolicyOf(batch->relation);

	batch->deleted = 0;
	if (policy == NULL || !policy->by_rows || policy->retain == NULL)
		return;
	PolicyCheckSetter(policy);
	if (!MustBrake(batch->relation))
		batch->deleted = DeleteExpiredRows(policy, ROWS_AT_A_TIME, false);
}

/* As long a pause as the batch took leaves half of the time to others. */
ErrorData *
DeleteInBatches(Oid relation, int64 *done)
{
	Batch		batch = {relation};

	for (;;)
	{
		TimestampTz began = GetCurrentTimestamp();
		ErrorData  *error = AttemptAndCommit(DeleteBatch, &batch);

		if (error != NULL)
			return error;
		*done += batch.deleted;
		if (batch.deleted < ROWS_AT_A_TIME)
			return NULL;
		PauseFor(TimestampDifferenceMilliseconds(began, GetCurrentTimestamp()));
	}
}

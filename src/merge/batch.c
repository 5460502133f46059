#include "base/compat.h"
#include "merge/batch.h"

#include "base/sql.h"
#include "catalog/staged.h"
#include "utils/builtins.h"

/* Grouping by key counts duplicates without sorting the batch. Without one each row is a key. */
char *
BatchFactsSql(const MergeShape *shape)
{
	char	   *keys = ColumnList(shape->keys, NULL);
	char	   *is_null = KeyIsNull(shape);
	const char *range = shape->range_column;
	const char *bounds = "";

	if (shape->keys == NIL)
		return psprintf("SELECT count(*) AS rows, 0::bigint AS null_keys, count(*) AS keys\n"
						"FROM %s", shape->staging);
	if (range != NULL)
		bounds = psprintf(",\n\tmin(%s) FILTER (WHERE NOT (%s))::text AS low,"
						  "\n\tmax(%s) FILTER (WHERE NOT (%s))::text AS high",
						  range, is_null, range, is_null);
	return psprintf("SELECT coalesce(sum(n), 0)::bigint AS rows,\n"
					"\tcoalesce(sum(n) FILTER (WHERE %s), 0)::bigint AS null_keys,\n"
					"\tcount(*) FILTER (WHERE NOT (%s)) AS keys%s\n"
					"FROM (SELECT %s, count(*) AS n FROM %s GROUP BY %s) AS k",
					is_null, is_null, bounds, keys, shape->staging, keys);
}

static char *
Literal(const MergeShape *shape, char *value)
{
	if (value == NULL)
		return NULL;
	return psprintf("%s::%s", quote_literal_cstr(value), shape->range_type);
}

BatchFacts *
BatchFactsOf(const MergeShape *shape)
{
	BatchFacts *facts = palloc0(sizeof(BatchFacts));
	Sql			q;

	SqlBegin(&q, BatchFactsSql(shape));
	SqlRun(&q, shape->pipeline->owner);
	facts->rows = SqlInt8(&q, 0, 1, NULL);
	facts->null_keys = SqlInt8(&q, 0, 2, NULL);
	facts->keys = SqlInt8(&q, 0, 3, NULL);
	if (shape->range_column != NULL)
	{
		facts->low = Literal(shape, SqlText(&q, 0, 4));
		facts->high = Literal(shape, SqlText(&q, 0, 5));
	}
	SqlDone(&q);
	return facts;
}

char *
BatchRange(const MergeShape *shape, const BatchFacts *facts, const char *alias)
{
	if (facts->low == NULL)
		return NULL;
	return psprintf("%s.%s BETWEEN %s AND %s", alias, shape->range_column, facts->low,
					facts->high);
}

/* CASE WHEN a IS NULL THEN 'a' ... END: the first column that is missing. */
static char *
FirstNullColumn(List *columns)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "CASE");
	foreach(lc, columns)
		appendStringInfo(&sql, " WHEN %s IS NULL THEN %s", quote_identifier(lfirst(lc)),
						 quote_literal_cstr(lfirst(lc)));
	appendStringInfoString(&sql, " END");
	return sql.data;
}

static Offence *
NullOffence(const char *reason, const char *role, const char *column)
{
	Offence    *offence = palloc0(sizeof(Offence));

	offence->reason = reason;
	offence->column = column;
	offence->message = psprintf("%s column \"%s\" is null", role, column);
	return offence;
}

int64
QuarantineStaged(const BadRows *bad, const Pipeline *p, int64 run_id)
{
	StagedBatch *batch;

	if (bad->count == 0)
		return 0;
	batch = StagedRead(p);
	BadRowsQuarantine(bad, p, run_id, batch ? batch->batch : 1, "merge");
	BadRowsDelete(bad, p);
	return bad->count;
}

BadRows *
NullRows(const MergeShape *shape, List *columns, const char *reason, const char *role)
{
	char	   *missing = FirstNullColumn(columns);
	BadRows    *bad = BadRowsBegin();
	Sql			q;

	SqlBegin(&q, OverStaged(shape, psprintf("SELECT ctid, %s FROM %s WHERE %s IS NOT NULL",
											missing, shape->staging, missing)));
	SqlRun(&q, shape->pipeline->owner);
	for (uint64 i = 0; i < q.processed; i++)
		BadRowsAdd(bad, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)),
				   NullOffence(reason, role, SqlText(&q, i, 2)));
	SqlDone(&q);
	return bad;
}

BadRows *
NullKeyRows(const MergeShape *shape)
{
	return NullRows(shape, shape->pipeline->key, "null_key", "key");
}

/*
 * batch.c
 *	  Facts of the staged batch that decide how it is merged.
 */
#include "base/compat.h"
#include "merge/batch.h"

#include "base/sql.h"
#include "catalog/staged.h"
#include "utils/builtins.h"

/* CASE WHEN a IS NULL THEN 'a' ... END: the first column that is missing. */
static char *
FirstNullColumn(const MergeShape *shape, List *columns)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "CASE");
	foreach(lc, columns)
		appendStringInfo(&sql, " WHEN %s THEN %s",
						 ColumnIsNull(linitial(ColumnsNamed(shape, list_make1(lfirst(lc)))), NULL),
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
	char	   *missing = FirstNullColumn(shape, columns);
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

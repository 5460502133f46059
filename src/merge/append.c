/*
 * append.c
 *	  Add rows, and never change one that is there.
 *
 * With a key the first row of a key counts: the stored one, else the first that arrived, so that
 * it does not matter how rows are cut into batches. Without a key every staged row is added; that
 * nothing comes twice rests on each slice landing once, in rows of its own window (plan.c).
 */
#include "base/compat.h"
#include "merge/strategy.h"

#include "base/sql.h"
#include "lib/stringinfo.h"
#include "merge/settings.h"
#include "merge/staged_windows.h"

static List *
AppendSettings(const MergeShape *shape, BatchFacts *facts)
{
	return shape->keys == NIL ? CommonSettings() : MergeSettings(shape, facts);
}

static BadRows *
AppendUnfit(const MergeShape *shape)
{
	return shape->keys != NIL ? BadRowsBegin() : TimelessRows(shape);
}

static void
AppendCheck(const MergeShape *shape)
{
	if (shape->keys == NIL)
		StagedWindowsCheck(shape);
}

/* The row of each key that arrived first. */
static char *
FirstRows(const MergeShape *shape, const BatchFacts *facts)
{
	char	   *keys = ColumnList(shape->keys, NULL);

	if (facts->rows - facts->null_keys == facts->keys)
		return psprintf("%s AS s", shape->staging);
	return psprintf("(SELECT DISTINCT ON (%s) * FROM %s\n\t\tORDER BY %s, ctid) AS s", keys,
					shape->staging, keys);
}

static void
AppendClassified(StringInfo sql, const MergeShape *shape, const BatchFacts *facts)
{
	const char *first_key = ((MergeColumn *) linitial(shape->keys))->name;
	char	   *range = BatchRange(shape, facts, "t");
	char	   *differ = ValuesDiffer(shape, "t", "s");

	appendStringInfo(sql, "WITH classified AS MATERIALIZED (\n"
					 "\tSELECT %s, s._run_id, s._loaded_at, t.%s IS NULL AS _is_new\n"
					 "\tFROM %s\n\tLEFT JOIN %s AS t\n\t\tON %s",
					 ColumnList(shape->columns, "s"), first_key, FirstRows(shape, facts),
					 shape->target, KeyMatch(shape, "t", "s"));
	if (range != NULL)
		appendStringInfo(sql, "\n\t\tAND %s", range);
	appendStringInfo(sql, "\n\tWHERE t.%s IS NULL", first_key);
	if (differ != NULL)
		appendStringInfo(sql, "\n\t\tOR %s", differ);
	appendStringInfoString(sql, "\n)");
}

static char *
AppendSql(const MergeShape *shape, const BatchFacts *facts)
{
	char	   *columns = ColumnList(shape->columns, NULL);
	StringInfoData sql;

	if (shape->keys == NIL)
		return psprintf("INSERT INTO %s (%s, _run_id, _loaded_at)\n"
						"SELECT %s, _run_id, _loaded_at FROM %s", shape->target, columns, columns,
						shape->staging);
	initStringInfo(&sql);
	AppendClassified(&sql, shape, facts);
	appendStringInfo(&sql, ", inserted AS (\n"
					 "\tINSERT INTO %s (%s, _run_id, _loaded_at)\n"
					 "\tSELECT %s, _run_id, _loaded_at FROM classified WHERE _is_new\n"
					 "\tRETURNING 1\n)\n"
					 "SELECT (SELECT count(*) FROM inserted) AS inserted,\n"
					 "\t(SELECT count(*) FROM classified WHERE NOT _is_new) AS differing",
					 shape->target, columns, columns);
	return sql.data;
}

/* A row whose key is taken by other values is as little written as one that came twice. */
static void
CountByKey(Sql *q, const BatchFacts *facts, MergeCounts *counts)
{
	int64		inserted = SqlInt8(q, 0, 1, NULL);
	int64		differing = SqlInt8(q, 0, 2, NULL);

	counts->inserted += inserted;
	counts->unchanged += facts->keys - inserted - differing;
	counts->duplicate += facts->rows - facts->null_keys - facts->keys + differing;
}

static void
AppendLand(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts)
{
	Sql			q;

	SqlBegin(&q, AppendSql(shape, facts));
	SqlRun(&q, shape->pipeline->owner);
	if (shape->keys == NIL)
		counts->inserted += q.processed;
	else
		CountByKey(&q, facts, counts);
	SqlDone(&q);
}

const MergeStrategy AppendStrategy = {
	.name = "append",
	.settings = AppendSettings,
	.unfit = AppendUnfit,
	.check = AppendCheck,
	.sql = AppendSql,
	.land = AppendLand,
};

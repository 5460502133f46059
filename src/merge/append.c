/*
 * append.c
 *	  Add rows, and never change existing ones.
 *
 * With a key the first row of a key counts: the stored one, else the first that arrived, so that
 * the result does not depend on how rows are split into batches. Without a key every staged row is
 * added; that nothing is added twice relies on each slice landing once, with rows of its own window
 * only (plan.c).
 */
#include "base/compat.h"
#include "merge/strategy.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "lib/stringinfo.h"
#include "merge/first_load.h"
#include "merge/join_settings.h"
#include "merge/newest.h"
#include "merge/plain_target.h"
#include "merge/reserved.h"
#include "merge/staged_windows.h"
#include "merge/strategy_check.h"

static List *
AppendSettings(const MergeShape *shape, BatchFacts *facts)
{
	return shape->keys == NIL ? CommonSettings() : MergeSettings(shape, facts);
}

/* Do windows tell which rows are there already? Else keys do, or the ledger of files. */
static bool
GoesByWindows(const MergeShape *shape)
{
	return shape->keys == NIL && shape->source->window != NULL;
}

static BadRows *
AppendUnfit(const MergeShape *shape)
{
	return GoesByWindows(shape) ? TimelessRows(shape) : BadRowsBegin();
}

static void
AppendCheck(const MergeShape *shape)
{
	if (GoesByWindows(shape) && !shape->pipeline->is_partial)
		StagedWindowsCheck(shape);
}

static void
AppendClassified(StringInfo sql, const MergeShape *shape, const BatchFacts *facts)
{
	const char *is_new = ColumnIsNull(linitial(shape->keys), "t");
	char	   *range = BatchRange(shape, facts, "t");
	char	   *differ = ValuesDiffer(shape, "t", "s");

	appendStringInfo(sql, "WITH classified AS MATERIALIZED (\n"
					 "\tSELECT %s, s._run_id, s._loaded_at, %s AS _is_new\n"
					 "\tFROM %s\n\tLEFT JOIN %s AS t\n\t\tON %s",
					 ColumnList(shape->columns, "s"), is_new, FirstRows(shape, facts),
					 shape->target, KeyMatch(shape, "t", "s"));
	if (range != NULL)
		appendStringInfo(sql, "\n\t\tAND %s", range);
	appendStringInfo(sql, "\n\tWHERE %s", is_new);
	if (differ != NULL)
		appendStringInfo(sql, "\n\t\tOR %s", differ);
	appendStringInfoString(sql, "\n)");
}

static char *
AllRowsSql(const MergeShape *shape)
{
	char	   *columns = ColumnList(shape->columns, NULL);

	return psprintf("INSERT INTO %s (%s, _run_id, _loaded_at)\n"
					"SELECT %s, _run_id, _loaded_at FROM %s", shape->target, columns, columns,
					shape->staging);
}

static char *
NewKeysSql(const MergeShape *shape, const BatchFacts *facts)
{
	char	   *columns = ColumnList(shape->columns, NULL);
	StringInfoData sql;

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

static char *
AppendSql(const MergeShape *shape, const BatchFacts *facts)
{
	StringInfoData text;
	ListCell   *lc;

	if (shape->keys == NIL)
		return AllRowsSql(shape);
	if (facts->first_load)
		return FirstLoadSql(shape, FirstLoadInsert(shape, FirstRows(shape, facts)));
	initStringInfo(&text);
	foreach(lc, BatchChunks(shape, facts))
		AppendItem(&text, ";\n", "%s", NewKeysSql(shape, lfirst(lc)));
	return text.data;
}

static void
LandChunk(const MergeShape *shape, const BatchFacts *facts, int64 *inserted, int64 *differing)
{
	Sql			q;

	SqlBegin(&q, NewKeysSql(shape, facts));
	SqlRun(&q, shape->pipeline->owner);
	*inserted += SqlInt8(&q, 0, 1, NULL);
	*differing += SqlInt8(&q, 0, 2, NULL);
	SqlDone(&q);
}

/* A row whose key is taken by other values is as little written as one that came twice. */
static void
LandByKey(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts)
{
	int64		inserted = 0;
	int64		differing = 0;
	ListCell   *lc;

	if (facts->first_load)
		inserted = SqlExec(FirstLoadInsert(shape, FirstRows(shape, facts)),
						   shape->pipeline->owner);
	else
		foreach(lc, BatchChunks(shape, facts))
			LandChunk(shape, lfirst(lc), &inserted, &differing);
	counts->inserted += inserted;
	counts->unchanged += facts->keys - inserted - differing;
	counts->duplicate += facts->rows - facts->null_keys - facts->keys + differing;
}

static void
AppendLand(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts)
{
	if (shape->keys == NIL)
		counts->inserted += SqlExec(AllRowsSql(shape), shape->pipeline->owner);
	else
		LandByKey(shape, facts, counts);
}

/* After the merge: a key that has other values was taken before. */
static char *
AppendFates(const MergeShape *shape)
{
	char	   *keys = ColumnList(shape->keys, "r");
	char	   *differ = ValuesDiffer(shape, "t", "s");

	if (shape->keys == NIL)
		return NULL;
	return psprintf("SELECT s._record, CASE WHEN s._n > 1 OR %s THEN 'duplicate' END AS _fate\n"
					"FROM (SELECT r.*, row_number() OVER (PARTITION BY %s ORDER BY r.ctid) AS _n\n"
					"\tFROM %s AS r) AS s\nLEFT JOIN %s AS t ON %s", differ ? differ : "false", keys,
					shape->staging, shape->target, KeyMatch(shape, "t", "s"));
}

static char *
AppendPreview(const MergeShape *shape)
{
	const BatchFacts any = {.rows = 1};
	char	   *differ = ValuesDiffer(shape, "t", "s");

	if (shape->keys == NIL)
		return psprintf("SELECT 'inserted' AS _class, 1::bigint AS _n,\n"
						"\ts.*::record AS _s, NULL::record AS _t\n"
						"FROM %s AS s", shape->staging);
	return psprintf("SELECT CASE WHEN %s THEN 'inserted'\n"
					"\t\tWHEN %s THEN 'duplicate' ELSE 'unchanged' END AS _class,\n"
					"\t1::bigint AS _n, %s, s.*::record AS _s, t.*::record AS _t\n"
					"FROM %s\nLEFT JOIN %s AS t ON %s",
					ColumnIsNull(linitial(shape->keys), "t"), differ ? differ : "false",
					ColumnList(shape->keys, "s"), FirstRows(shape, &any), shape->target,
					KeyMatch(shape, "t", "s"));
}

/* Without a key only the slices tell what is there already, or the ledger of files. */
static void
AppendCheckSource(const Pipeline *p, const SourceDefinition *source)
{
	ReservedNamesCheck(p->source);
	if (!StrategyAsksOnce(p))
		return;
	if (source->window == NULL && source->files == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"append\" requires a key or a source with windows"),
				 errdetail("Source \"%s\" returns all rows at each run, and they would be added "
						   "every time.", source->relation),
				 errhint("Specify the columns that identify an event, for example key => '{a,b}'.")));
	if (PipelineLoadsAll(p))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"append\" with load \"full\" requires a key"),
				 errhint("Specify a key, or omit options \"load\" and \"full_every\".")));
	LookbackCheck(p, p->lookback);
}

const MergeStrategy AppendStrategy = {
	.name = "append",
	.adds_again = true,
	.check_source = AppendCheckSource,
	.ensure_target = PlainTargetEnsure,
	.check_target = PlainTargetCheck,
	.first_counts = true,
	.inserts_first = true,
	.settings = AppendSettings,
	.unfit = AppendUnfit,
	.check = AppendCheck,
	.sql = AppendSql,
	.land = AppendLand,
	.preview = AppendPreview,
	.fates = AppendFates,
};

/*
 * upsert.c
 *	  Insert what is new, update what differs, leave the rest alone.
 *
 * One statement, so that classification and writes see one snapshot. It names no system column
 * of the target and needs no MERGE, so that it runs on a distributed target too. The update
 * finds its rows by key: a row that somebody else updated meanwhile is waited for and
 * overwritten, not skipped.
 */
#include "base/compat.h"
#include "merge/strategy.h"

#include "base/sql.h"
#include "lib/stringinfo.h"

/* The last row that arrived for each key. */
static char *
StagedRows(const MergeShape *shape, const BatchFacts *facts)
{
	char	   *keys = ColumnList(shape->keys, NULL);

	if (facts->rows - facts->null_keys == facts->keys)
		return psprintf("%s AS s", shape->staging);
	return psprintf("(SELECT DISTINCT ON (%s) * FROM %s\n"
					"\t\tORDER BY %s, ctid DESC) AS s", keys, shape->staging, keys);
}

static void
AppendClassified(StringInfo sql, const MergeShape *shape, const BatchFacts *facts)
{
	const char *first_key = ((MergeColumn *) linitial(shape->keys))->name;
	char	   *range = BatchRange(shape, facts, "t");
	char	   *differ = ValuesDiffer(shape, "t", "s");

	appendStringInfo(sql, "WITH classified AS MATERIALIZED (\n"
					 "\tSELECT %s, s._run_id, s._loaded_at, t.%s IS NULL AS _is_new\n"
					 "\tFROM %s\n"
					 "\tLEFT JOIN %s AS t\n\t\tON %s",
					 ColumnList(shape->columns, "s"), first_key,
					 StagedRows(shape, facts), shape->target, KeyMatch(shape, "t", "s"));
	if (range != NULL)
		appendStringInfo(sql, "\n\t\tAND %s", range);
	appendStringInfo(sql, "\n\tWHERE t.%s IS NULL", first_key);
	if (differ != NULL)
		appendStringInfo(sql, "\n\t\tOR %s", differ);
	appendStringInfoString(sql, "\n)");
}

static void
AppendInserted(StringInfo sql, const MergeShape *shape)
{
	char	   *columns = ColumnList(shape->columns, NULL);

	appendStringInfo(sql, ", inserted AS (\n"
					 "\tINSERT INTO %s (%s, _run_id, _loaded_at)\n"
					 "\tSELECT %s, _run_id, _loaded_at FROM classified WHERE _is_new\n"
					 "\tRETURNING 1\n)", shape->target, columns, columns);
}

static void
AppendUpdated(StringInfo sql, const MergeShape *shape, const BatchFacts *facts)
{
	char	   *range = BatchRange(shape, facts, "t");
	ListCell   *lc;

	appendStringInfo(sql, ", updated AS (\n\tUPDATE %s AS t SET ", shape->target);
	foreach(lc, shape->values)
	{
		const char *name = ((MergeColumn *) lfirst(lc))->name;

		appendStringInfo(sql, "%s = c.%s, ", name, name);
	}
	appendStringInfo(sql, "_run_id = c._run_id, _loaded_at = c._loaded_at\n"
					 "\tFROM classified AS c\n"
					 "\tWHERE NOT c._is_new AND %s", KeyMatch(shape, "t", "c"));
	if (range != NULL)
		appendStringInfo(sql, "\n\t\tAND %s", range);
	appendStringInfoString(sql, "\n\tRETURNING 1\n)");
}

static char *
UpsertSql(const MergeShape *shape, const BatchFacts *facts)
{
	StringInfoData sql;

	initStringInfo(&sql);
	AppendClassified(&sql, shape, facts);
	AppendInserted(&sql, shape);
	if (shape->values != NIL)
		AppendUpdated(&sql, shape, facts);
	appendStringInfo(&sql, "\nSELECT (SELECT count(*) FROM inserted) AS inserted,\n"
					 "\t%s AS updated,\n"
					 "\t(SELECT count(*) FROM classified WHERE NOT _is_new) AS changed",
					 shape->values != NIL ? "(SELECT count(*) FROM updated)" : "0::bigint");
	return sql.data;
}

/* Rows that another session deleted between classification and update. */
static void
CheckNoneVanished(const MergeShape *shape, int64 changed, int64 updated)
{
	if (changed == updated)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg_plural("%lld row of %s was deleted while it was merged",
						   "%lld rows of %s were deleted while they were merged",
						   changed - updated, (long long) (changed - updated), shape->target),
			 errhint("Merge again.")));
}

static void
UpsertLand(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts)
{
	Sql			q;
	int64		inserted;
	int64		updated;

	SqlBegin(&q, UpsertSql(shape, facts));
	SqlRun(&q, shape->pipeline->owner);
	inserted = SqlInt8(&q, 0, 1, NULL);
	updated = SqlInt8(&q, 0, 2, NULL);
	CheckNoneVanished(shape, SqlInt8(&q, 0, 3, NULL), updated);
	SqlDone(&q);

	counts->inserted += inserted;
	counts->updated += updated;
	counts->unchanged += facts->keys - inserted - updated;
	counts->duplicate += facts->rows - facts->null_keys - facts->keys;
}

const MergeStrategy UpsertStrategy = {"upsert", UpsertSql, UpsertLand};

/*
 * upsert.c
 *	  Insert new rows, update those that differ, leave the rest alone.
 *
 * Where possible, MERGE does it. Otherwise one statement classifies the staged rows and writes from
 * them, so that both see one snapshot. It names no system column of the target, so that it runs on
 * a distributed target too. Its update finds its rows by key: a row that is updated concurrently is
 * waited for and overwritten, not skipped.
 */
#include "base/compat.h"
#include "merge/strategy.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "merge/first_load.h"
#include "merge/join_settings.h"
#include "merge/merge_command.h"
#include "merge/newest.h"
#include "merge/plain_target.h"
#include "merge/sequence.h"
#include "merge/target.h"
#include "merge/upsert_remove.h"

/* From how many on it is worth asking whether they are all new. */
#define MIN_NEW_ROWS 1000

/* A stored row without a sequence is older than any. */
static char *
IsStale(const MergeShape *shape)
{
	return psprintf("coalesce((%s) < (%s), false)", SequenceList(shape, 0, "s", ""),
					SequenceList(shape, 0, "t", ""));
}

/* Columns by which the writes and the counts tell the classes apart. */
static void
AppendClasses(StringInfo sql, const MergeShape *shape)
{
	appendStringInfo(sql, "%s AS _is_new", ColumnIsNull(linitial(shape->keys), "t"));
	if (shape->sequence != NIL)
		appendStringInfo(sql, ",\n\t\t%s AS _is_stale,\n\t\tcoalesce((%s) = (%s), false) AS _is_tie",
						 IsStale(shape), SequenceList(shape, 0, "s", ""),
						 SequenceList(shape, 0, "t", ""));
	if (shape->deleted != NULL)
		appendStringInfoString(sql, ", s._deleted");
}

static void
AppendClassified(StringInfo sql, const MergeShape *shape, const BatchFacts *facts)
{
	char	   *range = BatchRange(shape, facts, "t");
	char	   *differ = ValuesDiffer(shape, "t", "s");

	appendStringInfo(sql, "WITH classified AS MATERIALIZED (\n"
					 "\tSELECT %s, s._run_id, s._loaded_at, ", ColumnList(shape->columns, "s"));
	AppendClasses(sql, shape);
	appendStringInfo(sql, "\n\tFROM %s\n\tLEFT JOIN %s AS t\n\t\tON %s",
					 NewestRows(shape, facts, facts->probes), shape->target, KeyMatch(shape, "t", "s"));
	if (range != NULL)
		appendStringInfo(sql, "\n\t\tAND %s", range);
	appendStringInfo(sql, "\n\tWHERE %s", ColumnIsNull(linitial(shape->keys), "t"));
	if (differ != NULL)
		appendStringInfo(sql, "\n\t\tOR %s", differ);
	if (shape->deleted != NULL)
		appendStringInfoString(sql, "\n\t\tOR t._deleted IS DISTINCT FROM s._deleted");
	appendStringInfoString(sql, "\n)");
}

/* What the writes carry beside the source's columns. */
static const char *
SystemColumns(const MergeShape *shape)
{
	return shape->deleted != NULL ? "_run_id, _loaded_at, _deleted" : "_run_id, _loaded_at";
}

static const char *
IsChanged(const MergeShape *shape, const char *prefix)
{
	if (shape->sequence == NIL)
		return psprintf("NOT %s_is_new", prefix);
	return psprintf("NOT %s_is_new AND NOT %s_is_stale", prefix, prefix);
}

static void
AppendInserted(StringInfo sql, const MergeShape *shape)
{
	char	   *columns = ColumnList(shape->columns, NULL);

	appendStringInfo(sql, ", inserted AS (\n"
					 "\tINSERT INTO %s (%s, %s)\n"
					 "\tSELECT %s, %s FROM classified WHERE _is_new\n"
					 "\tRETURNING 1\n)", shape->target, columns, SystemColumns(shape), columns,
					 SystemColumns(shape));
}

/*
 * Of one table whose index is probed, the planner would rather read the range once, and each time all
 * of the batch.
 */
static char *
UpdateRange(const MergeShape *shape, const BatchFacts *facts)
{
	return facts->probes && facts->parts <= 1 ? NULL : BatchRange(shape, facts, "t");
}

static void
AppendUpdated(StringInfo sql, const MergeShape *shape, const BatchFacts *facts)
{
	char	   *range = UpdateRange(shape, facts);
	ListCell   *lc;

	appendStringInfo(sql, ", updated AS (\n\tUPDATE %s AS t SET ", shape->target);
	foreach(lc, shape->updates)
	{
		const char *name = ((MergeColumn *) lfirst(lc))->name;

		appendStringInfo(sql, "%s = c.%s, ", name, name);
	}
	appendStringInfo(sql, "_run_id = c._run_id, _loaded_at = c._loaded_at%s\n"
					 "\tFROM classified AS c\n\tWHERE %s AND %s",
					 shape->deleted != NULL ? ", _deleted = c._deleted" : "", IsChanged(shape, "c."),
					 KeyMatch(shape, "t", "c"));
	if (range != NULL)
		appendStringInfo(sql, "\n\t\tAND %s", range);
	appendStringInfoString(sql, "\n\tRETURNING 1\n)");
}

static void
AppendOrderCounts(StringInfo sql, const MergeShape *shape)
{
	if (shape->sequence != NIL)
		appendStringInfoString(sql, ",\n\t(SELECT count(*) FROM classified WHERE _is_stale) AS stale,\n"
							   "\t(SELECT count(*) FROM classified WHERE _is_tie) AS ties");
	if (shape->deleted != NULL)
		appendStringInfoString(sql, ",\n\t(SELECT count(*) FROM classified"
							   " WHERE _is_new AND _deleted) AS born_deleted,\n"
							   "\t(SELECT count(*) FROM classified WHERE NOT _is_new"
							   " AND NOT _is_stale AND _deleted) AS deleted");
}

static char *
ClassifiedSql(const MergeShape *shape, const BatchFacts *facts)
{
	StringInfoData sql;

	initStringInfo(&sql);
	AppendClassified(&sql, shape, facts);
	AppendInserted(&sql, shape);
	if (shape->updates != NIL)
		AppendUpdated(&sql, shape, facts);
	appendStringInfo(&sql, "\nSELECT (SELECT count(*) FROM inserted) AS inserted,\n"
					 "\t%s AS updated,\n"
					 "\t(SELECT count(*) FROM classified WHERE %s) AS changed",
					 shape->updates != NIL ? "(SELECT count(*) FROM updated)" : "0::bigint",
					 IsChanged(shape, ""));
	AppendOrderCounts(&sql, shape);
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
			 errmsg_plural("%lld row of table \"%s\" was deleted concurrently during the merge",
						   "%lld rows of table \"%s\" were deleted concurrently during the merge",
						   changed - updated, (long long) (changed - updated),
						   RelationLabel(shape->pipeline->target)),
			 errhint("Retry the merge. If it fails again, check the table for a trigger that "
					 "skips updates.")));
}

/* Deletes were inserted or updated as tombstones, and are counted apart. */
static void
ReadOrderCounts(Sql *q, const MergeShape *shape, MergeCounts *landed)
{
	int64		born_deleted;
	int64		deleted;

	if (shape->sequence == NIL)
		return;
	landed->stale += SqlInt8(q, 0, 4, NULL);
	landed->ties += SqlInt8(q, 0, 5, NULL);
	if (shape->deleted == NULL)
		return;
	born_deleted = SqlInt8(q, 0, 6, NULL);
	deleted = SqlInt8(q, 0, 7, NULL);
	landed->inserted -= born_deleted;
	landed->updated -= deleted;
	landed->deleted += born_deleted + deleted;
}

static void
LandClassified(const MergeShape *shape, const BatchFacts *facts, MergeCounts *landed)
{
	Sql			q;

	SqlBegin(&q, ClassifiedSql(shape, facts));
	SqlRun(&q, shape->pipeline->owner);
	landed->inserted += SqlInt8(&q, 0, 1, NULL);
	landed->updated += SqlInt8(&q, 0, 2, NULL);
	CheckNoneVanished(shape, SqlInt8(&q, 0, 3, NULL), SqlInt8(&q, 0, 2, NULL));
	ReadOrderCounts(&q, shape, landed);
	SqlDone(&q);
}

static char *
FirstRowsSql(const MergeShape *shape, const BatchFacts *facts)
{
	return FirstLoadInsert(shape, NewestRows(shape, facts, false));
}

/*
 * Is there no row of the target where the keys of the batch lie? Its index tells it at once when they are
 * all beyond the others, as those of a table that is read in the order of its key are.
 */
static bool
AllAreNew(const MergeShape *shape, const BatchFacts *facts)
{
	const Pipeline *p = shape->pipeline;
	char	   *range;
	char	   *leading;
	Sql			q;

	if (facts->keys < MIN_NEW_ROWS)
		return false;
	range = BatchRange(shape, facts, "t");
	leading = range == NULL ? NULL : TargetLeadingColumn(p->target, p->key);
	if (leading == NULL || strcmp(leading, shape->range_name) != 0)
		return false;
	SqlBegin(&q, psprintf("SELECT FROM %s AS t WHERE %s LIMIT 1", shape->target, range));
	return SqlDo(&q, p->owner) == 0;
}

static char *
UpsertSql(const MergeShape *shape, const BatchFacts *facts)
{
	bool		in_one = MergeCommandFits(shape);
	StringInfoData text;
	ListCell   *lc;

	if (facts->first_load)
		return FirstLoadSql(shape, FirstRowsSql(shape, facts));
	if (!in_one && AllAreNew(shape, facts))
		return FirstRowsSql(shape, facts);
	initStringInfo(&text);
	foreach(lc, BatchChunks(shape, facts))
		AppendItem(&text, ";\n", "%s",
				   in_one ? MergeCommandSql(shape, lfirst(lc)) : ClassifiedSql(shape, lfirst(lc)));
	return text.data;
}

static void
LandChunks(const MergeShape *shape, const BatchFacts *facts, MergeCounts *landed)
{
	bool		in_one = MergeCommandFits(shape);
	ListCell   *lc;

	foreach(lc, BatchChunks(shape, facts))
	{
		const BatchFacts *chunk = lfirst(lc);

		if (in_one)
			MergeCommandRun(shape, MergeCommandSql(shape, chunk), &landed->inserted,
							&landed->updated);
		else
			LandClassified(shape, chunk, landed);
	}
}

/* No row of the target has a key of the batch. */
static void
LandNew(const MergeShape *shape, const BatchFacts *facts, MergeCounts *landed)
{
	Oid			owner = shape->pipeline->owner;
	Sql			q;

	landed->inserted = SqlExec(FirstRowsSql(shape, facts), owner);
	if (shape->deleted == NULL)
		return;
	SqlBegin(&q, psprintf("SELECT count(*) FROM %s AS t WHERE _deleted%s", shape->target,
						  facts->first_load ? "" : psprintf(" AND %s", BatchRange(shape, facts, "t"))));
	landed->deleted = SqlDoInt8(&q, owner);
	landed->inserted -= landed->deleted;
}

static void
UpsertLand(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts)
{
	MergeCounts landed = {0};

	if (facts->first_load || (!MergeCommandFits(shape) && AllAreNew(shape, facts)))
		LandNew(shape, facts, &landed);
	else
		LandChunks(shape, facts, &landed);
	counts->inserted += landed.inserted;
	counts->updated += landed.updated;
	counts->deleted += landed.deleted;
	counts->stale += landed.stale;
	counts->ties += landed.ties;
	counts->unchanged += facts->keys - landed.inserted - landed.updated - landed.deleted -
		landed.stale;
	counts->duplicate += facts->rows - facts->null_keys - facts->keys;
}

/* After the merge: a row that is older than the stored one has not become it. */
static char *
UpsertFates(const MergeShape *shape)
{
	char	   *sequence = SequenceList(shape, 0, "r", " DESC");
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT s._record, CASE WHEN s._n > 1 THEN 'duplicate'");
	if (shape->sequence != NIL)
		appendStringInfo(&sql, " WHEN %s THEN 'stale'", IsStale(shape));
	if (shape->deleted != NULL)
		appendStringInfoString(&sql, " WHEN s._deleted THEN 'deleted'");
	appendStringInfo(&sql, " END AS _fate\nFROM (SELECT r.*, row_number() OVER (PARTITION BY %s ORDER BY "
					 "%s%sr.ctid DESC) AS _n", ColumnList(shape->keys, "r"), sequence,
					 *sequence ? ", " : "");
	if (shape->deleted != NULL)
		appendStringInfo(&sql, ", %s AS _deleted", shape->deleted);
	appendStringInfo(&sql, "\n\tFROM %s AS r) AS s", shape->staging);
	if (shape->sequence != NIL)
		appendStringInfo(&sql, "\nLEFT JOIN %s AS t ON %s", shape->target, KeyMatch(shape, "t", "s"));
	return sql.data;
}

/* The classes that the counts of a merge are made of. */
static char *
UpsertPreview(const MergeShape *shape)
{
	const BatchFacts any = {.rows = 1};
	const char *is_new = ColumnIsNull(linitial(shape->keys), "t");
	const char *deleted = shape->deleted ? "s._deleted" : "false";
	const char *stale = shape->sequence != NIL ? IsStale(shape) : "false";
	char	   *differ = ValuesDiffer(shape, "t", "s");

	return psprintf("SELECT CASE WHEN %s THEN CASE WHEN %s THEN 'deleted' ELSE 'inserted' END\n"
					"\t\tWHEN NOT (%s%s) THEN 'unchanged'\n"
					"\t\tWHEN %s THEN 'stale'\n"
					"\t\tWHEN %s THEN 'deleted' ELSE 'updated' END AS _class,\n"
					"\t1::bigint AS _n, %s, s.*::record AS _s, t.*::record AS _t\n"
					"FROM %s\nLEFT JOIN %s AS t ON %s", is_new, deleted,
					differ ? differ : "false",
					shape->deleted ? " OR t._deleted IS DISTINCT FROM s._deleted" : "", stale,
					deleted, ColumnList(shape->keys, "s"), NewestRows(shape, &any, false), shape->target,
					KeyMatch(shape, "t", "s"));
}

const MergeStrategy UpsertStrategy = {
	.name = "upsert",
	.needs_key = true,
	.inserts_first = true,
	.ensure_target = PlainTargetEnsure,
	.check_target = PlainTargetCheck,
	.settings = MergeSettings,
	.sql = UpsertSql,
	.land = UpsertLand,
	.preview = UpsertPreview,
	.fates = UpsertFates,
	.live = UpsertLive,
	.remove = UpsertRemove,
};

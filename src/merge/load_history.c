/*
 * load_history.c
 *	  Land a batch in a history whose times are those of loads, for sources that do not tell when
 *	  a row has changed.
 */
#include "base/compat.h"
#include "merge/load_history_sql.h"

#include "base/sql.h"
#include "catalog/full_load.h"
#include "merge/join_settings.h"
#include "merge/newest.h"
#include "merge/scd2_absence.h"
#include "merge/scd2_options.h"
#include "merge/scd2_target.h"
#include "merge/scd2_work.h"
#include "merge/strategy.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

/* Without a batch, for statements that are only shown, it is now. */
static TimestampTz
LoadBegan(const Pipeline *p)
{
	TimestampTz began = LoadStarted(p);

	return began != 0 ? began : GetCurrentTimestamp();
}

static List *
LoadHistorySettings(const MergeShape *shape, BatchFacts *facts)
{
	return list_concat(CommonSettings(), JoinSettings(true));
}

static char *
LoadHistoryStatement(const MergeShape *shape, const BatchFacts *facts)
{
	const Scd2 *scd = Scd2Of(shape);

	return LoadHistorySql(scd, LoadHistoryStaged(scd, NewestRows(shape, facts, true)),
						  LoadBegan(shape->pipeline));
}

static void
TellLater(const Pipeline *p, int64 later)
{
	if (later > 0)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg_plural("pipeline \"%s\": %lld version begins later than its load",
							   "pipeline \"%s\": %lld versions begin later than their load",
							   later, p->name, (long long) later),
				 errdetail("The last version of the key did not begin earlier than the load."),
				 errhint("Check whether the clock of the server was set back, or a run has several "
						 "rows of the key.")));
}

/* Run such a statement; what it finds is in the order of its counts. */
static void
Write(const Pipeline *p, const char *statement, MergeCounts *landed)
{
	Sql			q;

	SqlBegin(&q, statement);
	SqlRun(&q, p->owner);
	landed->inserted = SqlInt8(&q, 0, 1, NULL);
	landed->updated = SqlInt8(&q, 0, 2, NULL);
	landed->deleted = SqlInt8(&q, 0, 3, NULL);
	landed->dropped = SqlInt8(&q, 0, 5, NULL);
	TellLater(p, SqlInt8(&q, 0, 4, NULL));
	SqlDone(&q);
}

static void
LoadHistoryLand(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts)
{
	MergeCounts landed = {0};

	Write(shape->pipeline, LoadHistoryStatement(shape, facts), &landed);
	counts->inserted += landed.inserted;
	counts->updated += landed.updated;
	counts->deleted += landed.deleted;
	counts->dropped += landed.dropped;
	counts->unchanged += facts->keys - landed.inserted - landed.updated - landed.deleted -
		landed.dropped;
	counts->duplicate += facts->rows - facts->null_keys - facts->keys;
}

static char *
LoadHistoryPreview(const MergeShape *shape)
{
	const BatchFacts any = {.rows = 1};
	const Scd2 *scd = Scd2Of(shape);

	return LoadHistoryPreviewSql(scd, LoadHistoryStaged(scd, NewestRows(shape, &any, false)));
}

static char *
LoadHistoryFates(const MergeShape *shape)
{
	const char *deleted = "";

	if (shape->deleted != NULL)
		deleted = psprintf(" WHEN %s THEN '%s'", shape->deleted,
						   Scd2Of(shape)->ignores ? "dropped" : "deleted");
	return psprintf("SELECT _record, CASE WHEN _n > 1 THEN 'duplicate'%s END AS _fate\n"
					"FROM (SELECT r.*, row_number() OVER (PARTITION BY %s ORDER BY r.ctid DESC) AS _n\n"
					"\tFROM %s AS r) AS s", deleted, ColumnList(shape->keys, "r"), shape->staging);
}

/* Rows of the target as deletes of their keys. */
static char *
Removed(const Scd2 *scd, const Removal *removal)
{
	const MergeShape *shape = scd->shape;
	const char *newer = "";

	if (removal->unless_newer)
		newer = psprintf("\n\tAND coalesce(t._run_id, 0) <= " INT64_FORMAT, removal->run_id);
	return psprintf("SELECT %s%s, " INT64_FORMAT "::bigint AS _run_id, now() AS _loaded_at,\n"
					"\t\ttrue AS _deleted\n"
					"\tFROM %s AS k JOIN %s AS t ON %s AND t.valid_to = 'infinity'\n\tWHERE %s%s",
					ColumnList(shape->keys, "t"), Scd2More(scd->attributes, "t"), removal->run_id,
					removal->keys, shape->target, KeyMatch(shape, "t", "k"), Scd2Live(shape), newer);
}

static int64
LoadHistoryRemove(const MergeShape *shape, const Removal *removal)
{
	const Scd2 *scd = Scd2Of(shape);
	MergeCounts landed = {0};

	Write(shape->pipeline, LoadHistorySql(scd, Removed(scd, removal), removal->at), &landed);
	return landed.deleted;
}

const MergeStrategy LoadHistoryStrategy = {
	.name = "scd2",
	.history_by = "load",
	.needs_key = true,
	.keeps_history = true,
	.omits_sequence = true,
	.check_options = LoadHistoryCheckOptions,
	.ensure_target = Scd2TargetEnsure,
	.check_target = Scd2TargetCheck,
	.settings = LoadHistorySettings,
	.sql = LoadHistoryStatement,
	.land = LoadHistoryLand,
	.preview = LoadHistoryPreview,
	.fates = LoadHistoryFates,
	.live = Scd2Live,
	.remove = LoadHistoryRemove,
};

/*
 * scd2.c
 *	  Land a batch in a history: rows newer than all of their key are appended, the history of
 *	  other keys is computed again.
 */
#include "base/compat.h"
#include "merge/strategy.h"

#include "access/relation.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "merge/join_settings.h"
#include "merge/late.h"
#include "merge/scd2_absence.h"
#include "merge/scd2_append.h"
#include "merge/scd2_children.h"
#include "merge/scd2_options.h"
#include "merge/scd2_preview.h"
#include "merge/scd2_sql.h"
#include "merge/scd2_target.h"
#include "merge/scd2_work.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/relcache.h"

static List *
Scd2Settings(const MergeShape *shape, BatchFacts *facts)
{
	return CommonSettings();
}

static void
StepsText(StringInfo text, List *steps)
{
	ListCell   *lc;
	int			probes = -1;

	foreach(lc, steps)
	{
		Scd2Step   *step = lfirst(lc);

		if (step->probes != probes)
			MergeSettingsText(text, JoinSettings(step->probes));
		probes = step->probes;
		appendStringInfo(text, "%s;\n", step->sql);
	}
}

static char *
Scd2Sql(const MergeShape *shape, const BatchFacts *facts)
{
	Scd2	   *scd = Scd2Of(shape);
	StringInfoData text;

	initStringInfo(&text);
	Scd2WorkText(scd, &text);
	appendStringInfoString(&text, "-- Rows that are newer than all of their key.\n");
	MergeSettingsText(&text, JoinSettings(true));
	appendStringInfo(&text, "%s;\n-- If rows are left: what each of them is.\n",
					 Scd2AppendSql(scd, facts));
	StepsText(&text, Scd2Classify(scd));
	appendStringInfo(&text, "%s;\n-- If they make history.\n", Scd2Accepted(scd));
	StepsText(&text, Scd2Write(scd));
	appendStringInfo(&text, "%s;\n", Scd2Counts(scd));
	StepsText(&text, Scd2Prune(scd));
	Scd2EmptyText(scd, &text);
	return text.data;
}

static int64
CountAccepted(const Scd2 *scd)
{
	Sql			q;

	SqlBegin(&q, Scd2Accepted(scd));
	return SqlDoInt8(&q, scd->shape->pipeline->owner);
}

/* Of the rows that were left over. */
static void
AddCounts(const Scd2 *scd, int64 rows, MergeCounts *counts)
{
	int			guc_level = MergeSettingsApply(JoinSettings(false));
	MergeCounts landed = {0};
	int64		events;
	Sql			q;

	SqlBegin(&q, Scd2Counts(scd));
	SqlRun(&q, scd->shape->pipeline->owner);
	landed.inserted = SqlInt8(&q, 0, 1, NULL);
	landed.updated = SqlInt8(&q, 0, 2, NULL);
	landed.deleted = SqlInt8(&q, 0, 3, NULL);
	landed.stale = SqlInt8(&q, 0, 4, NULL);
	landed.ties = SqlInt8(&q, 0, 5, NULL);
	events = SqlInt8(&q, 0, 6, NULL);
	SqlDone(&q);
	AtEOXact_GUC(true, guc_level);

	counts->inserted += landed.inserted;
	counts->updated += landed.updated;
	counts->deleted += landed.deleted;
	counts->stale += landed.stale;
	counts->ties += landed.ties;
	counts->unchanged += events - landed.inserted - landed.updated - landed.deleted - landed.stale;
	counts->duplicate += rows - events;
}

/* Rows that are late, or of a key that has several. */
static void
LandLeft(const Scd2 *scd, int64 rows, MergeCounts *counts)
{
	const Pipeline *p = scd->shape->pipeline;

	Scd2BeginHistory(scd);
	Scd2RunSteps(Scd2Classify(scd), p->owner);
	if (CountAccepted(scd) > 0)
		Scd2RunSteps(Scd2Write(scd), p->owner);
	AddCounts(scd, rows, counts);
	if (PipelineDeletesAbsent(p))
		Scd2Settle(scd, counts);
	Scd2EndHistory(scd);
}

static bool
HasStatistics(Oid relid)
{
	Relation	rel = RelationOpen(relid, AccessShareLock);
	bool		has = rel->rd_rel->reltuples >= 0;

	relation_close(rel, AccessShareLock);
	return has;
}

static void
Scd2Land(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts)
{
	Scd2	   *scd = Scd2Of(shape);
	Oid			owner = shape->pipeline->owner;
	bool		plannable = HasStatistics(shape->pipeline->target);
	AppendCounts appended = {0};

	Scd2BeginLeft(scd);
	Scd2Append(scd, facts, &appended);
	counts->inserted += appended.inserted;
	counts->unchanged += appended.unchanged;
	counts->deleted += appended.deleted;
	counts->dropped += facts->rows - facts->null_keys - appended.inserted - appended.unchanged -
		appended.deleted - appended.left;
	if (appended.left > 0)
		LandLeft(scd, appended.left, counts);
	Scd2EndLeft(scd);
	Scd2RunSteps(Scd2Prune(scd), owner);
	if (!plannable)
	{
		SqlExec(psprintf("ANALYZE %s", shape->target), owner);
		SqlExec(psprintf("ANALYZE %s", scd->observed), owner);
	}
}

const MergeStrategy Scd2Strategy = {
	.name = "scd2",
	.history_by = "event",
	.needs_key = true,
	.keeps_history = true,
	.omits_sequence = true,
	.check_options = Scd2CheckOptions,
	.options_changed = Scd2OptionsChanged,
	.ensure_target = Scd2TargetEnsure,
	.check_target = Scd2TargetCheck,
	.unfit = UntimelyRows,
	.settings = Scd2Settings,
	.sql = Scd2Sql,
	.land = Scd2Land,
	.preview = Scd2Preview,
	.fates = Scd2ChildFates,
	.live = Scd2Live,
	.remove = Scd2Remove,
};

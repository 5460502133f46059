/*
 * merge.c
 *	  Land a staged batch, and show the statements that would land it.
 */
#include "base/compat.h"
#include "merge/merge.h"

#include "access/xlog.h"
#include "base/sql.h"
#include "catalog/command.h"
#include "catalog/full_load.h"
#include "load/staging.h"
#include "merge/absence.h"
#include "merge/batch.h"
#include "merge/checked_shape.h"
#include "merge/conflict.h"
#include "merge/first_load.h"
#include "merge/join_settings.h"
#include "merge/long_key.h"
#include "merge/purge.h"
#include "merge/sequence.h"
#include "merge/sequence_ties.h"
#include "merge/shape.h"
#include "merge/staged_scopes.h"
#include "merge/strategy.h"
#include "utils/builtins.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(elt_merge_sql);

/* Of the rows whose key the target can hold; the others go to quarantine. */
static BatchFacts *
FactsOfFitKeys(const MergeShape *shape, int64 run_id, MergeCounts *counts)
{
	BatchFacts *facts = BatchFactsOf(shape);
	int64		too_long = 0;

	if (facts->long_keys)
		too_long = QuarantineStaged(LongKeyRows(shape), shape->pipeline, run_id);
	counts->quarantined += too_long;
	return too_long > 0 ? BatchFactsOf(shape) : facts;
}

/* Rows of which others of the batch take the place; how many they are. */
static int64
ForgetSuperseded(const MergeStrategy *strategy, const MergeShape *shape)
{
	const Pipeline *p = shape->pipeline;
	BadRows    *superseded;

	if (strategy->superseded == NULL)
		return 0;
	superseded = strategy->superseded(shape);
	if (superseded->count == 0)
		return 0;
	BadRowsTell(superseded, p, "duplicate");
	BadRowsForget(superseded, p);
	StagedScopesTellRepeated(p, superseded->count);
	return superseded->count;
}

static void
LandByMerge(const MergeStrategy *strategy, const MergeShape *shape, BatchFacts *facts,
			MergeCounts *counts)
{
	int			guc_level = MergeSettingsApply(strategy->settings(shape, facts));

	strategy->land(shape, facts, counts);
	AtEOXact_GUC(true, guc_level);
}

void
MergeBatch(const MergeShape *shape, int64 run_id, MergeCounts *counts)
{
	const Pipeline *p = shape->pipeline;
	const MergeStrategy *strategy = MergeStrategyOf(p);
	BatchFacts *facts;
	int64		superseded;

	counts->quarantined += QuarantineStaged(UnorderedRows(shape), p, run_id);
	if (strategy->unfit != NULL)
		counts->quarantined += QuarantineStaged(strategy->unfit(shape), p, run_id);
	if (strategy->check != NULL)
		strategy->check(shape);
	facts = FactsOfFitKeys(shape, run_id, counts);
	counts->read = counts->quarantined + facts->rows;
	if (facts->null_keys > 0)
		counts->quarantined += QuarantineStaged(NullKeyRows(shape), p, run_id);
	superseded = ForgetSuperseded(strategy, shape);
	counts->duplicate += superseded;
	if (superseded > 0)
		facts = BatchFactsOf(shape);
	if (facts->keys == 0 && !strategy->takes_empty)
		return;

	RepeatedRowsStore(facts->repeated, shape);
	if (!FirstLoadLand(shape, facts, counts))
		LandByMerge(strategy, shape, facts, counts);
	if (facts->rows - facts->null_keys > facts->keys)
		counts->ties += SequenceTies(shape, facts->repeated);
	if (facts->rows - facts->null_keys > facts->keys && !p->is_partial)
		counts->conflicting += CountConflicts(shape, facts->repeated, strategy->first_counts);
	RepeatedRowsEnd(facts->repeated, shape);
}

/* The statements that MergeBatch would run now, for people to read and EXPLAIN. */
static char *
MergeSql(const Pipeline *p)
{
	const MergeStrategy *strategy = MergeStrategyOf(p);
	MergeShape *shape;
	BatchFacts	none = {0};
	BatchFacts *facts = &none;
	char	   *absence;
	char	   *purge;
	StringInfoData text;

	shape = MergeShapeOf(p, SourceDefinitionOf(p));
	/* a standby has no unlogged tables */
	if (OidIsValid(StagingRelation(p)) && !RecoveryInProgress())
	{
		StagingCheckCurrent(p);
		facts = BatchFactsOf(shape);
		facts->first_load = strategy->inserts_first && FirstLoadFits(shape, facts);
	}

	initStringInfo(&text);
	absence = AbsenceSql(shape);
	if (absence != NULL)
		appendStringInfo(&text, "-- What the load lacks, before checks; if anything, its keys.\n%s"
						 "-- The merge; then they are deleted, or their deletion is pending.\n", absence);
	if (facts->keys == 0 && !strategy->takes_empty)
		appendStringInfoString(&text, "-- Nothing is staged: a batch adds its key range.\n");
	else
	{
		RepeatedRowsText(facts->repeated, shape, &text);
		MergeSettingsText(&text, facts->first_load ? CommonSettings()
						  : strategy->settings(shape, facts));
	}
	appendStringInfo(&text, "%s;", strategy->sql(shape, facts));
	purge = PurgeStagedSql(shape);
	if (purge != NULL)
		appendStringInfo(&text, "\n-- No tombstones are kept.\n%s;", purge);
	RepeatedRowsEndText(facts->repeated, &text);
	return text.data;
}

Datum
elt_merge_sql(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	Pipeline   *p = CommandBeginLocked(fcinfo, PipelineCheckMayOperate);
	text	   *result;

	FullLoadTake(p);
	MemoryContextSwitchTo(caller);
	result = cstring_to_text(MergeSql(p));
	SPI_finish();
	PG_RETURN_TEXT_P(result);
}

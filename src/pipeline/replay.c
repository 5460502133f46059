/*
 * replay.c
 *	  Replay rejects: the way of a batch once more, from their kept texts instead of a source.
 *
 * They pass today's definition, checks and merge in one transaction. A reject that fails again
 * stays in quarantine, with what is wrong with it this time. Nothing else of the pipeline's state
 * moves: neither slices nor cursors.
 */
#include "base/compat.h"
#include "pipeline/replay.h"

#include "base/errors.h"
#include "base/identity.h"
#include "base/sql.h"
#include "catalog/run.h"
#include "catalog/staged.h"
#include "check/check.h"
#include "check/compile.h"
#include "check/declared_check.h"
#include "load/source_view.h"
#include "load/staging.h"
#include "merge/absence.h"
#include "merge/batch.h"
#include "merge/checked_shape.h"
#include "merge/fate.h"
#include "merge/fit_rows.h"
#include "merge/late_truncation.h"
#include "merge/merge_turn.h"
#include "merge/orphans.h"
#include "merge/strategy.h"
#include "merge/superseded.h"
#include "merge/waiting.h"
#include "partition/partition.h"
#include "pipeline/execution.h"
#include "pipeline/prepare.h"
#include "pipeline/replay_rows.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

static Pipeline *
AsReplay(const Pipeline *p, Replayed *replayed)
{
	Pipeline   *replay = PipelineOfParts(p);

	replay->replayed = replayed;
	replay->max_reject_percent = 100;
	return replay;
}

static Execution *
BeginReplay(Pipeline *p)
{
	Execution  *e = palloc0(sizeof(Execution));

	e->pipeline = p;
	e->cxt = e->batch_cxt = CurrentMemoryContext;
	e->batch = 1;
	SourceViewEnsure(p);
	PlanReadSource(e);
	ChecksVerify(p);
	e->range = PlanRangeOf(p, e->source, e->source->window_attnum);
	e->range.window_only = p->key == NIL;
	return e;
}

static void
ForgetStaged(const Pipeline *p)
{
	StagedForget(p);
	if (OidIsValid(StagingRelation(p)))
		StagingTruncate(p);
}

/* What is staged of a family lands together: without this table's part the rest must not. */
static void
ForgetStagedFamily(const Pipeline *p)
{
	const Pipeline *root = p->parent_id == 0 ? p : PipelineById(p->root_id);
	ListCell   *lc;

	ForgetStaged(root);
	foreach(lc, PipelineDescendants(root))
		ForgetStaged(lfirst(lc));
}

static StagedBatch *
Stage(Execution *e, int64 run_id)
{
	Pipeline   *p = e->pipeline;
	TimestampTz started = GetCurrentTimestamp();
	StagedBatch *batch;

	StagingEnsure(p);
	StagingHold(p);
	ForgetStagedFamily(p);
	StagedBegin(p, run_id, e->batch, NULL);
	e->checks = ChecksCompile(p);
	e->writer = StageWriterCreate(p, run_id, &e->range, e->checks, e->rows->desc);
	ReplayRowsStage(e);
	if (e->checks != NULL)
		NativeChecksEndSlice(e->checks, true);
	ChecksStage(p, e->checks);
	StagedComplete(p);
	batch = StagingBatchCounted(p);
	RunAddStep(run_id, e->batch, "decode", started, p->replayed->count, batch->rows);
	return batch;
}

static void
PreparePartitions(const Pipeline *p)
{
	ListCell   *lc;

	foreach(lc, PrepareFindMissing(p))
		PartitionCreate(p->target, lfirst(lc));
}

static MergeShape *
LockedShape(const Execution *e)
{
	MergeBegin(e->pipeline);
	return MergeShapeOf(e->pipeline, e->source);
}

static void
ReportFailedCheck(const Pipeline *p, const CheckVerdict *verdict)
{
	ereport(ERROR,
			(errcode(verdict->sqlstate),
			 errmsg("pipeline \"%s\": %s", p->name, verdict->message),
			 errdetail("No reject was replayed."),
			 errhint("Replay fewer with a condition, or change the check.")));
}

/* What the rows do to those of children: a delete among them takes these along. */
static void
LandFamily(const MergeShape *shape, int64 run_id, const MergeCounts *counts)
{
	if (!shape->pipeline->is_parent || shape->deleted == NULL)
		return;
	FatesJudge(shape, counts);
	(void) OrphansRemove(shape->pipeline, run_id);
}

static int64
TakeParentless(const MergeShape *shape, int64 run_id)
{
	const Pipeline *p = shape->pipeline;
	Pipeline   *parent;
	int64		waiting;

	if (p->parent_key == NIL)
		return 0;
	parent = PipelineById(p->parent_id);
	waiting = QuarantineStaged(RowsOfWaitingParents(p, parent), p, run_id);
	return waiting +
		QuarantineStaged(FatesParentless(shape, MergeShapeOf(parent, SourceDefinitionOf(parent))),
						 p, run_id);
}

static void
TellFamily(const Pipeline *p, void (*tell) (const Pipeline *parent))
{
	ListCell   *lc;

	tell(p);
	foreach(lc, PipelineDescendants(p))
		tell(lfirst(lc));
}

/* Checks, quarantine, merge; the rows stay staged, so that their rejects can be settled. */
static void
Land(Execution *e, StagedBatch *batch, int64 run_id)
{
	const Pipeline *p = e->pipeline;
	MergeShape *shape = LockedShape(e);
	int64		stale = SupersededTake(shape);
	TimestampTz started = GetCurrentTimestamp();
	MergeCounts counts = {0};
	CheckVerdict checks;
	int64		rejected;

	batch->rows += LateTruncationStage(p, e->source) - stale;
	checks = ChecksApply(p, batch, false);
	if (checks.failed)
		ReportFailedCheck(p, &checks);
	rejected = ReplayedQuarantine(p, run_id);
	RunAddStep(run_id, e->batch, "check", started, batch->rows,
			   batch->rows - checks.quarantined - checks.dropped);
	started = GetCurrentTimestamp();
	counts.quarantined = TakeParentless(shape, run_id);
	MergeFitRows(shape, run_id, &counts);
	AbsenceForgetReturned(shape);
	LandFamily(shape, run_id, &counts);
	StagingCheckRows(p, batch, counts.read + checks.quarantined + checks.dropped);
	counts.read = batch->rows + rejected + stale;
	counts.quarantined += checks.quarantined + rejected;
	counts.dropped += checks.dropped;
	counts.stale += stale;
	RunAddBatch(run_id, &counts);
	RunAddStep(run_id, e->batch, "merge", started, batch->rows,
			   counts.inserted + counts.updated + counts.deleted);
	RunAddTies(run_id, e->batch, "merge", counts.ties);
}

int64
Replay(const Pipeline *p, const RejectSet *set, ReplayCounts *counts)
{
	Replayed   *replayed = ReplayedFind(p, set);
	Pipeline   *replay = AsReplay(p, replayed);
	Execution  *e;
	StagedBatch *batch;
	Run		   *run;

	memset(counts, 0, sizeof(ReplayCounts));
	if (replayed->count == 0)
		return 0;
	run = RunStart(p->id, "replay", false, 0, 0);
	e = BeginReplay(replay);
	e->run = run;
	batch = Stage(e, run->id);
	PreparePartitions(replay);
	TellFamily(replay, FatesBegin);
	Land(e, batch, run->id);
	TellFamily(replay, FatesEnd);
	*counts = ReplayedSettle(replay, run->id);
	StagingTruncate(replay);
	StagedForget(replay);
	RunFinish(run->id, "succeeded", NULL);
	return run->id;
}

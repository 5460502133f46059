/*
 * land.c
 *	  Last step: the staged batch becomes part of the target, or is refused as a whole.
 *
 * Checks, quarantine, merge, slices, cursor and counts commit together. A batch that is refused
 * is an outcome, not an error: verdicts and rejects are kept, nothing is merged
 * and the cursor stays. The batch stays staged, for elt.merge after the check was mended.
 */
#include "base/compat.h"
#include "pipeline/land.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "base/progress.h"
#include "catalog/answer.h"
#include "catalog/quota.h"
#include "check/check.h"
#include "load/staging.h"
#include "merge/absence.h"
#include "merge/merge.h"
#include "pipeline/cursor.h"
#include "pipeline/execution.h"
#include "pipeline/lock_wait.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Rows that were kept back may pass another time: then the answers are read again. */
static char *
LandedAnswerKey(const Pipeline *p, const StagedBatch *batch, const MergeCounts *counts)
{
	if (counts->quarantined + counts->dropped + counts->held > 0)
		return NULL;
	return AnswerKey(p, batch->definition);
}

Landing
LandStaged(const Pipeline *p, const StagedBatch *batch)
{
	Landing		landing = {{0}};
	TimestampTz started = GetCurrentTimestamp();
	Absence    *absence = AbsenceFind(p, batch);
	CheckVerdict checks;
	int64		parse_rejects;

	StagedForgetRejects(p, batch);
	checks = ChecksApply(p, batch);
	parse_rejects = StagedQuarantine(p, batch);
	RunAddStep(batch->run_id, batch->batch, "check", started, batch->rows,
			   batch->rows - checks.quarantined - checks.dropped);
	if (checks.failed)
	{
		AbsenceForget(p, absence);
		StagedForgetRepeated(p, batch);
		landing.refused = true;
		landing.sqlstate = checks.sqlstate;
		landing.verdict = checks.message;
		return landing;
	}

	started = GetCurrentTimestamp();
	MergeBatch(p, batch->run_id, &landing.counts);
	AbsenceLand(p, batch, absence, &landing.counts);
	landing.counts.read = batch->rows + parse_rejects;
	landing.counts.quarantined += checks.quarantined + parse_rejects;
	landing.counts.dropped += checks.dropped;
	RunAddBatch(batch->run_id, &landing.counts);
	RunAddStep(batch->run_id, batch->batch, "merge", started,
			   batch->rows - checks.quarantined - checks.dropped,
			   landing.counts.inserted + landing.counts.updated + landing.counts.deleted +
			   landing.counts.removed);
	RunAddTies(batch->run_id, batch->batch, landing.counts.ties);
	StagedForgetRepeated(p, batch);
	StagedCountRejects(p, batch);
	PipelineCursorLand(p, batch->run_id);
	StagedLand(p, batch, LandedAnswerKey(p, batch, &landing.counts));
	landing.overdue = StagedOverdue(p);
	StagedForget(p);
	return landing;
}

typedef struct LandAttempt
{
	Execution  *e;
	Landing		landing;
} LandAttempt;

static void
LandBatchOnce(void *arg)
{
	LandAttempt *attempt = arg;
	const Pipeline *p = attempt->e->pipeline;

	attempt->landing = LandStaged(p, StagingBatch(p));
	QuotaSave(attempt->e->source->server, attempt->e->source->server_name);
}

static void
AddCounts(MergeCounts *sum, const MergeCounts *c)
{
	sum->read += c->read;
	sum->inserted += c->inserted;
	sum->updated += c->updated;
	sum->unchanged += c->unchanged;
	sum->deleted += c->deleted;
	sum->stale += c->stale;
	sum->duplicate += c->duplicate;
	sum->quarantined += c->quarantined;
	sum->dropped += c->dropped;
	sum->held += c->held;
	sum->removed += c->removed;
}

/* That they are failures only their landing has found out. */
static void
NoteOverdue(Execution *e, const OverdueSlice *overdue)
{
	if (overdue == NULL)
		return;
	NoteSliceFailure(e, &overdue->slice,
					 StepError(ERRCODE_ELT_SLICE_FAILED, overdue->error, NULL, NULL));
	e->slices_failed += overdue->count - 1;
}

ErrorData *
LandBatch(Execution *e)
{
	LandAttempt attempt = {e};
	ErrorData  *error = AttemptLocked(e, LandBatchOnce, &attempt);

	if (error != NULL)
		return error;
	CommitPhase();
	AddCounts(&e->counts, &attempt.landing.counts);
	NoteOverdue(e, attempt.landing.overdue);
	if (!attempt.landing.refused)
		return NULL;
	return StepError(attempt.landing.sqlstate,
					 psprintf("pipeline \"%s\": %s", e->pipeline->name,
							  attempt.landing.verdict),
					 "The batch was not merged and the cursor stays.",
					 psprintf("SELECT * FROM elt.rejects WHERE run_id = " INT64_FORMAT
							  " shows the rows.", e->run->id));
}

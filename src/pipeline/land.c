/*
 * land.c
 *	  Last step: merge the staged batch into the target, or refuse it as a whole.
 *
 * Checks, quarantine, merge, slices, cursor and counts commit together. A refused batch is an
 * outcome, not an error: verdicts and rejects are stored, nothing is merged and the cursor does not
 * move. The batch stays staged, for elt.merge after the check has been corrected.
 */
#include "base/compat.h"
#include "pipeline/land.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "base/progress.h"
#include "catalog/answer.h"
#include "catalog/drift.h"
#include "catalog/quota_spent.h"
#include "check/check.h"
#include "load/staging.h"
#include "merge/absence.h"
#include "merge/merge.h"
#include "pipeline/execution.h"
#include "pipeline/lock_wait.h"
#include "pipeline/pipeline_cursor.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static void
Refuse(Landing *landing, int sqlstate, char *verdict, char *hint)
{
	if (landing->refused)
		return;
	landing->refused = true;
	landing->sqlstate = sqlstate;
	landing->verdict = verdict;
	landing->hint = hint;
}

/* Rows that were kept back may pass another time: then the answers are read again. */
static char *
LandedAnswerKey(const Pipeline *p, const StagedBatch *batch, const MergeCounts *counts)
{
	if (counts->quarantined + counts->dropped + counts->pending > 0)
		return NULL;
	return AnswerKey(p, batch->definition);
}

static void
WarnOfDrift(const Pipeline *p, const StagedBatch *batch, List *fields)
{
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("pipeline \"%s\": %s", p->name, DriftText(batch, fields)),
			 errdetail("It was delivered before; the columns that read it are null."),
			 errhint("Compare the sample record in elt.drift with the paths of the foreign table, "
					 "or set column option optional 'true' if the field may be missing.")));
}

/* Fields that the source has stopped to deliver; the batch is held for them where that is wanted. */
static void
LandDrift(const Pipeline *p, const StagedBatch *batch, Landing *landing)
{
	List	   *missing = DriftOf(p, batch);
	List	   *news = DriftRecord(p, batch, missing);

	if (news != NIL)
		WarnOfDrift(p, batch, news);
	if (missing != NIL && strcmp(p->on_missing_field, "hold") == 0)
		Refuse(landing, ERRCODE_ELT_MISSING_FIELD, DriftText(batch, missing),
			   psprintf("Use SELECT * FROM elt.drift to see a sample record. To land the batch "
						"without the field, use SELECT elt.alter_pipeline(%s, options => "
						"'{\"on_missing_field\": \"warn\"}') and call elt.merge.",
						quote_literal_cstr(p->name)));
}

static char *
RefusalHint(const Pipeline *p, const StagedBatch *batch, int sqlstate)
{
	char	   *rows = psprintf("Use SELECT * FROM elt.rejects WHERE run_id = " INT64_FORMAT " to "
								"see the rows.", batch->run_id);

	if (sqlstate != ERRCODE_ELT_TOO_MANY_REJECTED)
		return rows;
	return psprintf("%s To land the batch, raise max_reject_percent with elt.alter_pipeline and "
					"call elt.merge.", rows);
}

Landing
LandStaged(const Pipeline *p, const SourceDefinition *source, const StagedBatch *batch,
		   int64 run_id)
{
	Landing		landing = {{0}};
	TimestampTz started = GetCurrentTimestamp();
	Absence    *absence = AbsenceFind(p, source, batch);
	CheckVerdict checks;
	int64		parse_rejects;

	StagedForgetRejects(p, batch);
	LandDrift(p, batch, &landing);
	checks = ChecksApply(p, batch, landing.refused);
	parse_rejects = StagedQuarantine(p, batch);
	RunAddStep(run_id, batch->batch, "check", started, batch->rows,
			   batch->rows - checks.quarantined - checks.dropped);
	if (checks.failed)
		Refuse(&landing, checks.sqlstate, checks.message,
			   RefusalHint(p, batch, checks.sqlstate));
	if (landing.refused)
	{
		AbsenceForget(p, absence);
		StagedForgetRepeated(p, batch);
		RunAddRefused(run_id, batch->rows + parse_rejects, checks.quarantined + parse_rejects);
		return landing;
	}

	started = GetCurrentTimestamp();
	MergeBatch(p, source, batch->run_id, &landing.counts);
	StagingCheckRows(p, batch, landing.counts.read + checks.quarantined + checks.dropped);
	AbsenceLand(p, batch, absence, &landing.counts);
	landing.counts.read = batch->rows + parse_rejects;
	landing.counts.quarantined += checks.quarantined + parse_rejects;
	landing.counts.dropped += checks.dropped;
	RunAddBatch(run_id, &landing.counts);
	RunAddStep(run_id, batch->batch, "merge", started,
			   batch->rows - checks.quarantined - checks.dropped,
			   landing.counts.inserted + landing.counts.updated + landing.counts.deleted +
			   landing.counts.removed);
	RunAddTies(run_id, batch->batch, landing.counts.ties);
	StagedForgetRepeated(p, batch);
	StagedCountRejects(p, batch);
	PipelineCursorLand(p, source, batch->run_id);
	StagedLand(p, batch, run_id, LandedAnswerKey(p, batch, &landing.counts));
	landing.overdue = StagedOverdue(p, batch);
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
	const SourceDefinition *source = attempt->e->source;
	StagedBatch *batch = StagingBatch(p);

	StagingHold(p);
	StagingCheckSource(p, source->desc);
	attempt->landing = LandStaged(p, source, batch, attempt->e->run->id);
	QuotaSave(source->server, source->server_name);
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
	sum->conflicting += c->conflicting;
	sum->quarantined += c->quarantined;
	sum->dropped += c->dropped;
	sum->pending += c->pending;
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

	if (error == NULL)
		error = AttemptCommit();
	if (error != NULL)
		return error;
	AddCounts(&e->counts, &attempt.landing.counts);
	NoteOverdue(e, attempt.landing.overdue);
	if (!attempt.landing.refused)
		return NULL;
	return StepError(attempt.landing.sqlstate,
					 psprintf("pipeline \"%s\": %s", e->pipeline->name,
							  attempt.landing.verdict),
					 "The batch was not merged and the cursor was not moved.",
					 attempt.landing.hint);
}

/*
 * pull_batch.c
 *	  First step: fetch slices and stage their rows until the batch is full.
 *
 * While it waits for the network the run holds no snapshot, no transaction id and no lock. Each
 * slice is staged in a subtransaction of its own, with its rejects and its facts, or a long list
 * part by part in several transactions; a page that cannot be read fails its slice and discards the
 * rows of that slice only. Slices whose answers are at hand are committed together. Where pages
 * carry positions a batch may end after any of them, and the next one continues there.
 */
#include "base/compat.h"
#include "pipeline/pull_batch.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/progress.h"
#include "catalog/full_load.h"
#include "check/compile.h"
#include "load/staging.h"
#include "merge/strategy.h"
#include "miscadmin.h"
#include "pipeline/batch_bounds.h"
#include "pipeline/child_load.h"
#include "pipeline/family_rows.h"
#include "pipeline/fields.h"
#include "pipeline/file_slices.h"
#include "pipeline/lock_wait.h"
#include "pipeline/slice_parts.h"
#include "pipeline/rotate_token.h"
#include "pipeline/slice_error.h"
#include "pipeline/stage_parts.h"
#include "transport/page.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* Other sessions find the subtransactions of a lot in shared memory, which holds 64. */
#define LOT_SLICES 50
#define LOT_BYTES (1024 * 1024)

void
BatchBeginStaging(void *arg)
{
	Execution  *e = arg;

	StagingCheckSource(e->pipeline, e->rows->desc);
	StagingEnsure(e->pipeline);
	StagingTruncate(e->pipeline);
	StagedBegin(e->pipeline, e->run->id, e->batch, e->definition);
	if (PipelineLoadsAll(e->pipeline))
		FullLoadBegin(e->pipeline, list_length(e->slices));
	e->checks = ChecksCompile(e->pipeline);
	e->writer = StageWriterCreate(e->pipeline, e->run->id, &e->range, e->checks, e->rows->desc);
	ChildrenBegin(e);
}

static void
AwaitSlice(void *arg)
{
	Execution  *e = arg;
	MemoryContext old = MemoryContextSwitchTo(e->cxt);

	e->pulled_all = !PullNext(e->pull, &e->pulled);
	e->stopped = e->pulled_all && ProgressMustStop() && e->slices_done < list_length(e->slices);
	MemoryContextSwitchTo(old);
}

/* Rows of the slice at hand into the staging table, as the pipeline's owner. */
typedef struct SliceRows
{
	Execution  *e;
	bool		continued;		/* an earlier batch has its first pages */
	int64		taken;			/* rows and rejects so far */
	SliceParts	staged;			/* by earlier transactions too */
} SliceRows;

/* Whoever only tries a source has seen enough of a long page. */
static bool
HasEnough(const SliceRows *rows)
{
	return rows->e->most_records > 0 && rows->taken >= rows->e->most_records &&
		rows->e->children == NIL;
}

static void
WritePage(SliceRows *rows)
{
	Execution  *e = rows->e;
	bool		more;

	StageWriterNumber(e->writer, e->records, 0);
	ChildrenOpenPage(e);
	do
	{
		RowBatchReset(e->rows);
		more = SliceReaderFill(&e->reader, e->rows);
		rows->taken += FamilyRowsWrite(e, e->writer, e->rows, &rows->staged.first_reject);
	} while (more && !HasEnough(rows));
	FieldsAddPage(e->fields);
	rows->taken += ChildrenAddPage(e);
}

/* A full batch ends after a page with a position: what has landed by then need not come again. */
static bool
EndsMidway(const SliceRows *rows)
{
	const Execution *e = rows->e;

	return e->source->resumes && SliceReaderMayPause(&e->reader) &&
		!MergeStrategyOf(e->pipeline)->cuts_no_slice &&
		(e->pulled.pauses || BatchIsFull(e, rows->taken));
}

static void
BeginRows(SliceRows *rows)
{
	Execution  *e = rows->e;

	if (!e->in_parts)
		e->loaded_at = Max(GetCurrentTimestamp(), e->loaded_at + 1);
	if (!rows->continued)
		SliceReaderOpen(&e->reader, e->pull, &e->pulled);
}

/* The same of a source that stages its rows itself. */
static void
StageParts(void *arg)
{
	SliceRows  *rows = arg;
	Execution  *e = rows->e;

	BeginRows(rows);
	while (!e->midway && SliceReaderNextPage(&e->reader))
	{
		SliceReaderEndPart(&e->reader, StagePart(e, rows->taken, &rows->staged));
		rows->taken = rows->staged.counts.rows + rows->staged.counts.rejected;
		e->midway = EndsMidway(rows);
		CHECK_FOR_INTERRUPTS();
	}
}

static void
WritePages(void *arg)
{
	SliceRows  *rows = arg;
	Execution  *e = rows->e;

	BeginRows(rows);
	StageWriterOpen(e->writer, e->pulled.slice, e->loaded_at);
	ChildrenOpenSlice(e, rows->continued);
	while (!e->midway && SliceReaderNextPage(&e->reader))
	{
		WritePage(rows);
		e->midway = EndsMidway(rows);
	}
	StageWriterClose(e->writer, &rows->staged.counts);
	ChildrenCloseSlice(e);
	FileVerify(e);
	FileJudgeRejects(e, &rows->staged);
}

static bool
SliceIsComplete(const Execution *e)
{
	return !e->midway &&
		(!e->pulled.slice->has_window || e->pulled.slice->window_end <= e->horizon);
}

static void
DescribeResult(const Execution *e, SliceResult *r)
{
	const PulledSlice *pulled = &e->pulled;

	r->slice = pulled->slice;
	r->complete = SliceIsComplete(e);
	r->attempts = pulled->attempts;
	r->requests = pulled->requests;
	r->bytes = PulledBytes(pulled);
	r->unproven = pulled->unproven;
	r->refused = !pulled->temporary;
	r->http_status = pulled->http_status;
	r->body_hash = PulledHash(pulled);
	r->etag = pulled->etag;
	r->last_modified = pulled->last_modified;
	r->position = e->source->resumes ? pulled->position : NULL;
	r->file = PulledFile(pulled);
	r->file_state = pulled->file_state;
	r->file_rejects = pulled->file_rejects;
	r->file_error_line = pulled->file_error_line;
}

static const char *
StateOf(Verdict verdict)
{
	switch (verdict)
	{
		case VERDICT_SUCCESS:
			return "landed";
		case VERDICT_UNCHANGED:
			return "unchanged";
		case VERDICT_EMPTY:
			return "empty";
		case VERDICT_NOT_YET:
			return "not_yet";
		default:
			return "failed";
	}
}

static void
NoteFailure(Execution *e, ErrorData *error)
{
	NoteSliceFailure(e, e->pulled.slice, error);
}

/* What is refused to the last record is another format, not bad data: it is asked for again. */
static void
FailIfAllRejected(const SliceRows *rows, SliceResult *result)
{
	const StageCounts *counts = &rows->staged.counts;
	ErrorData  *error;

	if (rows->e->source->is_stream || !RejectedAll(counts))
		return;
	error = AllRejected(counts->undecoded, rows->staged.first_reject);
	rows->e->midway = false;
	result->state = "failed";
	result->sqlstate = SqlStateText(error->sqlerrcode);
	result->error = SliceErrorText(error);
	NoteFailure(rows->e, error);
}

/* The slice is whole: its rows count. */
static void
RecordSlice(const SliceRows *rows)
{
	Execution  *e = rows->e;
	const StageCounts *counts = &rows->staged.counts;
	SliceResult result = {0};

	DescribeResult(e, &result);
	result.continued = rows->continued;
	result.state = StateOf(e->pulled.verdict);
	result.rows = counts->rows;
	result.rejected = counts->rejected;
	result.undecoded = counts->undecoded;
	if (e->pulled.verdict == VERDICT_SUCCESS)
		result.loaded_at = e->loaded_at;
	result.sqlstate = e->pulled.sqlstate;
	result.error = e->pulled.error;
	FailIfAllRejected(rows, &result);
	StagedAddSlice(e->pipeline, &result);
	ChildrenRecordSlice(e, &result);

	e->batch_rows += counts->rows + counts->rejected;
	e->batch_rejected += counts->rejected;
	e->batch_bytes += PulledBytes(&e->pulled);
}

void
BatchStageSlice(void *arg)
{
	Execution  *e = arg;
	SliceRows	rows = {e, e->midway, 0, e->parts};

	e->midway = false;
	PushActiveSnapshot(GetTransactionSnapshot());
	if (PartsAreVoid(e))
	{
		PartsForget(e);
		rows.staged = NO_SLICE_PARTS;
		ChildrenResetSlice(e);
	}
	if (e->pulled.verdict == VERDICT_SUCCESS)
		RunAs(e->pipeline->owner, SourceStages(e->source) ? StageParts : WritePages, &rows);
	if (!e->pulled.more)
		RecordSlice(&rows);
	PopActiveSnapshot();
	rows.staged.slice = e->pulled.slice;
	e->parts = rows.staged;
	ChildrenKeepStaged(e);
}

/* The slice at hand could not be staged: its error becomes its state. */
typedef struct SliceFault
{
	Execution  *e;
	ErrorData  *error;
} SliceFault;

static void
StageFault(void *arg)
{
	SliceFault *fault = arg;
	SliceResult result = {0};

	if (fault->e->in_parts)
		PartsForget(fault->e);
	ChildrenResetSlice(fault->e);
	DescribeResult(fault->e, &result);
	result.state = "failed";
	result.refused &= !IsTemporary(fault->error);
	result.sqlstate = SqlStateText(fault->error->sqlerrcode);
	result.error = SliceErrorText(fault->error);
	StagedAddSlice(fault->e->pipeline, &result);
	ChildrenRecordSlice(fault->e, &result);
}

static ErrorData *
FailSlice(Execution *e, ErrorData *error)
{
	SliceFault	fault = {e, error};

	NoteFailure(e, error);
	error = Attempt(StageFault, &fault);
	e->parts = NO_SLICE_PARTS;
	if (e->pulled.more)
		PullLeaveSlice(e->pull);
	return error;
}

static ErrorData *
StagePulled(Execution *e)
{
	ErrorData  *error;

	if (!e->midway)
		JudgeUnproven(e);
	if (PartsAreVoid(e))
		PartsEndCounts(e, false);
	error = Attempt(BatchStageSlice, e);
	if (error == NULL && e->pulled.more)
	{
		e->in_parts = true;
		return NULL;
	}
	if (error != NULL)
		e->midway = false;
	PartsEndCounts(e, error == NULL);
	e->wait_until = Max(e->wait_until, e->pulled.wait_until);
	if (error == NULL && e->pulled.verdict == VERDICT_FAIL)
		NoteFailure(e, PulledError(&e->pulled));
	/* a connection that a wrapper has lost lets its transaction not commit, which is no matter */
	if (error != NULL && SourceStages(e->source))
		(void) AttemptCommit();
	/* what a stream has failed on comes before all that is behind it */
	if (error != NULL && IsSliceFault(error) && !e->source->is_stream)
		error = FailSlice(e, error);
	e->in_parts = false;
	return error;
}

static void
EndSlice(Execution *e)
{
	e->midway = false;
	e->slices_done++;
	if (e->pulled.verdict == VERDICT_UNCHANGED)
		e->slices_unchanged++;
	ProgressSlices(e->slices_done, list_length(e->slices));
	PullRelease(e->pull, &e->pulled);
}

/* What it took to get the slice has been counted. */
static void
KeepRest(Execution *e)
{
	e->pulled.attempts = 0;
	e->pulled.requests = e->pulled.bytes = 0;
}

/* The same of a batch, however few records its slices have. */
static void
FailIfNoneIsLeft(Execution *e, const StagedBatch *batch)
{
	const Pipeline *p = e->pipeline;
	ErrorData  *error;
	MemoryContext old;

	if (e->source->is_stream || batch->undecoded == 0 || batch->rows > 0 ||
		batch->undecoded < batch->landing)
		return;
	error = AllRejected(batch->undecoded, StagedFirstReject(p));
	e->slices_failed += StagedFailUndecoded(p, SqlStateText(error->sqlerrcode),
											SliceErrorText(error));
	ChildrenFailWithParents(e);
	old = MemoryContextSwitchTo(e->cxt);
	if (e->slice_error == NULL)
		e->slice_error = BatchFailure(e, error);
	MemoryContextSwitchTo(old);
	if (e->midway)
		EndSlice(e);
}

void
BatchCompleteStaging(void *arg)
{
	Execution  *e = arg;
	StagedBatch *batch;

	ChecksStage(e->pipeline, e->checks);
	FieldsStage(e->fields, e->pipeline, e->source);
	FieldsStageRows(e->fields, e->pipeline, PullRowFields(e->pull, e->source));
	StagedComplete(e->pipeline);
	ChildrenComplete(e);
	batch = StagedRead(e->pipeline);
	FailIfNoneIsLeft(e, batch);
	RunAddStep(e->run->id, e->batch, "pull", e->step_started, batch->rows + batch->rejected,
			   batch->rows);
}

/* The declared number of slices has failed: what is left stays due, what came lands. */
static void
GiveUp(Execution *e)
{
	const Pipeline *p = e->pipeline;
	const ErrorData *first = e->slice_error;
	int64		left = list_length(e->slices) - e->slices_done;
	MemoryContext old;

	if (p->fail_after == 0 || e->slices_failed < p->fail_after || left == 0)
		return;
	old = MemoryContextSwitchTo(e->cxt);
	e->pulled_all = true;
	e->slice_error = StepError(first->sqlerrcode,
							   psprintf("pipeline \"%s\": %s (fail_after), " INT64_FORMAT
										" left for the next run", p->name,
										psprintf(ngettext("%d slice has failed",
														  "%d slices have failed", p->fail_after),
												 p->fail_after), left),
							   psprintf("The first error was: %s", first->message),
							   first->hint);
	MemoryContextSwitchTo(old);
}

static void
AwaitRest(void *arg)
{
	Execution  *e = arg;

	PullAwait(e->pull, &e->pulled);
}

/* The rest of a slice is there or comes, unless somebody wants no more of it. */
static ErrorData *
GoOnWithSlice(Execution *e)
{
	e->stopped = e->pulled_all = ProgressMustStop();
	return e->stopped ? NULL : Attempt(AwaitRest, e);
}

/* The next slice; a token that the pull wants is fetched in between. */
static ErrorData *
NextSlice(Execution *e)
{
	ErrorData  *error;

	if (e->midway)
	{
		PartsBegin(e);
		return GoOnWithSlice(e);
	}
	if (!e->in_parts)
		PartsBegin(e);
	MemoryContextReset(e->slice_cxt);
	error = Attempt(AwaitSlice, e);
	while (error == NULL && !e->pulled_all && e->pulled.slice == NULL)
	{
		error = RotateToken(e);
		if (error == NULL)
			error = Attempt(AwaitSlice, e);
	}
	return error;
}

static void
Settle(void *arg)
{
	Execution  *e = arg;

	if (e->stopped)
		PullAbandon(e->pull);
	else
		PullSettle(e->pull);
}

/* Commit what has been staged, with the log of its requests. */
static ErrorData *
EndLot(Execution *e)
{
	ErrorData  *error;

	if (e->lot_slices == 0)
		return NULL;
	error = StoreRequests(e);
	if (error != NULL)
		return error;
	CommitPhase();
	e->lot_slices = 0;
	e->lot_bytes = 0;
	return NULL;
}

/* A small answer that need not be waited for joins those before it. */
static bool
LotGoesOn(const Execution *e)
{
	return !e->midway && !e->in_parts && e->lot_slices < LOT_SLICES &&
		e->lot_bytes < LOT_BYTES && PullIsReady(e->pull);
}

static ErrorData *
StageNext(Execution *e)
{
	ErrorData  *error = NextSlice(e);

	if (error == NULL && e->pulled_all && e->in_parts)
		error = PartsGiveUp(e);
	if (error != NULL || e->pulled_all)
		return error;
	error = StagePulled(e);
	if (error != NULL)
		return error;
	e->lot_slices++;
	e->lot_bytes += PulledBytes(&e->pulled);
	if (!LotGoesOn(e))
		error = EndLot(e);
	if (error != NULL)
		return error;
	PartsTell(e);
	if (e->in_parts)
	{
		PullRelease(e->pull, &e->pulled);
		return NULL;
	}
	e->batch_slices++;
	if (e->midway)
		KeepRest(e);
	else
		EndSlice(e);
	GiveUp(e);
	return NULL;
}

ErrorData *
StoppedError(const Execution *e)
{
	return StepError(ERRCODE_QUERY_CANCELED,
					 psprintf("run " INT64_FORMAT " of pipeline \"%s\" was cancelled", e->run->id,
							  e->pipeline->name),
					 psprintf(ngettext("%lld of %d slice was complete.",
									   "%lld of %d slices were complete.", list_length(e->slices)),
							  (long long) e->slices_done, list_length(e->slices)),
					 "The next run requests the others.");
}

ErrorData *
PullBatch(Execution *e)
{
	ErrorData  *error;

	BatchBegin(e);
	e->fields = FieldsBegin(e->pipeline, e->source, e->reader.decoder);
	PullMayRotate(e->pull);
	PullInParts(e->pull);
	if (RunIsAutomatic(e->run) && PipelineIsContinuous(e->pipeline))
		PullFollow(e->pull);
	PullLogRequests(e->pull);
	PullStopWhen(e->pull, ProgressMustStop);
	error = AttemptLocked(e, BatchBeginStaging, e);
	if (error != NULL)
		return error;
	CommitPhase();
	error = SettleSource(e);
	if (error != NULL)
		return error;

	MemoryContextSwitchTo(e->slice_cxt);
	do
		error = StageNext(e);
	while (error == NULL && !e->pulled_all && !e->midway && (e->in_parts || !BatchIsFull(e, 0)));
	if (error == NULL)
		error = EndLot(e);
	/* landing may wait for others: nobody shall wait for our places meanwhile */
	if (error == NULL)
		error = Attempt(Settle, e);
	MemoryContextSwitchTo(e->batch_cxt);
	if (error != NULL)
		return CopyErrorTo(e->batch_cxt, error);
	if (e->stopped && e->batch_slices == 0)
		return StoppedError(e);

	error = Attempt(BatchCompleteStaging, e);
	if (error == NULL)
		CommitPhase();
	return error;
}

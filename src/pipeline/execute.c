/*
 * execute.c
 *	  A run from its first request to its recorded outcome. Start reading here.
 *
 * The step table below is the flow of data. A batch passes through it in at least three
 * transactions. Only the last one, landing, changes the target; everything before it can be
 * repeated, so a crash at any time neither loses nor duplicates rows.
 *
 * The pipeline's session lock is held from start to end: one batch is staged at a time.
 */
#include "base/compat.h"
#include "pipeline/execute.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "base/pause.h"
#include "base/progress.h"
#include "base/wake.h"
#include "catalog/full_load.h"
#include "catalog/home.h"
#include "catalog/queue.h"
#include "catalog/quota_spent.h"
#include "catalog/run_log.h"
#include "catalog/suspension.h"
#include "check/declared_check.h"
#include "load/source_view.h"
#include "load/staging.h"
#include "merge/checked_shape.h"
#include "pipeline/child_load.h"
#include "pipeline/execution.h"
#include "pipeline/file_disposal.h"
#include "pipeline/file_slices.h"
#include "pipeline/new_fields.h"
#include "pipeline/owner_sql.h"
#include "pipeline/run_report.h"
#include "pipeline/runtime_limit.h"
#include "pipeline/slice_error.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* How long a queued run waits when its pipeline is being run by a session. */
#define BUSY_DELAY_MS 5000

/* How long a run that has ended may keep the lock, and how often a worker tries it. */
#define ENDING_MS 200
#define ENDING_STEP_MS 2

/* At its end a run waits no longer for somebody's lock: it has a pipeline and maybe a worker. */
#define LONGEST_WAIT_MS 2000

typedef struct Step
{
	const char *name;
	ErrorData  *(*execute) (Execution *e);
} Step;

static const Step steps[] = {
	{"pull", PullBatch},		/* network to staging, slice by slice; no lock while waiting */
	{"prepare", PrepareBatch},	/* the partitions that the batch needs */
	{"land", LandBatch},		/* checks, quarantine, merge, cursor: together or not at all */
	{"dispose", DisposeBatch},	/* files that are moved or deleted once they have landed */
};

/* Whatever goes wrong in a run names its pipeline and step. */
static void
NameRun(void *arg)
{
	Execution  *e = arg;

	errcontext("pipeline \"%s\", %s", e->pipeline->name, e->step);
}

/* Of the pipeline and its children. A tracked column may have become one of a list. */
static void
AddNewColumns(Pipeline *p)
{
	ListCell   *lc;

	foreach(lc, PipelineFamily(p))
		NewFieldsAdd(lfirst(lc));
}

static void
CheckTargetExists(const Pipeline *p)
{
	if (!OidIsValid(p->target) || get_rel_name(p->target) != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("target of pipeline \"%s\" no longer exists", p->name),
			 errhint("Use SELECT elt.drop_pipeline(%s) and create the pipeline again, which creates the "
					 "table, too.", quote_literal_cstr(p->name))));
}

/* A source may have changed since its pipeline was declared. */
static void
PlanAttempt(void *arg)
{
	Execution  *e = arg;

	e->skipped = RunIsAutomatic(e->run) && !RunWhenHolds(e->pipeline);
	if (e->skipped)
		return;
	SourceViewEnsure(e->pipeline);
	CheckTargetExists(e->pipeline);
	AddNewColumns(e->pipeline);
	PlanReadSource(e);
	(void) MergeShapeOf(e->pipeline, e->source);
	ChecksVerify(e->pipeline);
	ChildrenVerify(e);
	PlanRun(e);
}

static ErrorData *
ExecuteBatch(Execution *e)
{
	MemoryContextReset(e->batch_cxt);
	MemoryContextSwitchTo(e->batch_cxt);
	e->batch++;
	for (int i = 0; i < lengthof(steps); i++)
	{
		ErrorData  *error;

		e->step = steps[i].name;
		e->step_started = GetCurrentTimestamp();
		ProgressPhase(e->step);
		error = steps[i].execute(e);
		if (error != NULL)
			return CopyErrorTo(e->cxt, error);
	}
	return NULL;
}

static void
LookForLiveRun(void *arg)
{
	Execution  *e = arg;

	e->yielded = QueueLiveRunIsDue(e->pipeline->id);
}

/* Between its batches a backfill makes way for a live run. */
static ErrorData *
MakeWay(Execution *e)
{
	ErrorData  *error;

	if (e->pulled_all || strcmp(e->run->kind, "backfill") != 0)
		return NULL;
	error = Attempt(LookForLiveRun, e);
	if (error != NULL)
		return CopyErrorTo(e->cxt, error);
	CommitPhase();
	return NULL;
}

static void
SayLanded(void *arg)
{
	Execution  *e = arg;

	if (e->slice_error == NULL)
		PullLanded(e->pull);
}

/* The source may forget what has landed. */
static ErrorData *
TellLanded(Execution *e)
{
	ErrorData  *error = Attempt(SayLanded, e);

	return error == NULL ? NULL : CopyErrorTo(e->cxt, error);
}

static ErrorData *
ExecuteBatches(Execution *e)
{
	ErrorData  *error = Attempt(PlanAttempt, e);

	if (error != NULL)
		return CopyErrorTo(e->cxt, error);
	CommitPhase();
	if (e->skipped)
		return NULL;
	error = FilesAwait(e);
	if (error != NULL)
		return CopyErrorTo(e->cxt, error);
	while (error == NULL && !e->pulled_all && !e->yielded)
	{
		error = ExecuteBatch(e);
		if (error == NULL)
			error = TellLanded(e);
		if (error == NULL)
			error = MakeWay(e);
	}
	MemoryContextSwitchTo(e->cxt);
	return error == NULL && e->stopped ? StoppedError(e) : error;
}

static bool
IsCancel(const ErrorData *error)
{
	return error != NULL && error->sqlerrcode == ERRCODE_QUERY_CANCELED;
}

/* What elt.runs will say of the run. */
static const char *
OutcomeOf(const Execution *e, const ErrorData *error)
{
	if (IsCancel(error))
		return "cancelled";
	if (e->skipped)
		return "skipped";
	if (error == NULL && e->slice_error == NULL)
		return e->left_out ? "partial" : "succeeded";
	return RunHasLanded(e->run->id) ? "partial" : "failed";
}

typedef struct Ending
{
	Execution  *e;
	ErrorData  *error;			/* that ended the run, or NULL */
	const char *state;
} Ending;

static void
LogRequests(void *arg)
{
	StoreLastRequests(arg);
}

static void
RetryLater(void *arg)
{
	Ending	   *ending = arg;
	Execution  *e = ending->e;

	RunRetryLater(e->run, e->pipeline, ending->error ? ending->error : e->slice_error,
				  ending->error ? 0 : e->wait_until);
}

/* What belongs to an ending must not keep it from being recorded. */
static void
AlsoDo(void (*fn) (void *arg), void *arg, const Execution *e, const char *what)
{
	ErrorData  *error = AttemptWithin(LONGEST_WAIT_MS, fn, arg);

	if (error != NULL)
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("could not store %s run " INT64_FORMAT " of pipeline \"%s\": %s",
						what, e->run->id, e->pipeline->name, error->message)));
}

/*
 * Failures in a row are counted of what the queue has started. Returns whether the pipeline is
 * suspended; then the end of the suspension brings the next run.
 */
static bool
Suspends(const Ending *ending)
{
	const Execution *e = ending->e;

	if (strcmp(ending->state, "succeeded") == 0)
		(void) FailureForget(e->pipeline);
	return strcmp(ending->state, "failed") == 0 && strcmp(e->run->origin, "call") != 0 &&
		FailureCount(e->pipeline);
}

/* Records that are no rows, and no rejects either. */
static void
TellPassed(const Execution *e)
{
	char	   *passed = e->reader.decoder == NULL ? NULL : DecoderPassed(e->reader.decoder);

	if (passed != NULL)
		RunNote(e->run->id, psprintf("Events without a row: %s.", passed), NULL);
}

static void
RecordEnding(void *arg)
{
	Ending	   *ending = arg;
	Execution  *e = ending->e;

	AlsoDo(LogRequests, e, e, "the last requests of");
	TellUnproven(e);
	TellPassed(e);
	if (ending->error == NULL && e->yielded)
	{
		ending->state = "queued";
		QueueYield(e->run->id);
		ProgressEnd();
		return;
	}
	if (e->pull != NULL)
		QuotaSave(e->source->server, e->source->server_name);
	ending->state = OutcomeOf(e, ending->error);
	if (e->skipped)
		RunNote(e->run->id, "Condition run_when was not true.", NULL);
	RunFinish(e->run->id, ending->state, ending->error ? ending->error : e->slice_error);
	if (PipelineLoadsAll(e->pipeline) && RunHasLanded(e->run->id))
		FullLoadDone(e->pipeline, e->run->id);
	if (!Suspends(ending) && (ending->error != NULL || e->slice_error != NULL))
		AlsoDo(RetryLater, ending, e, "the next attempt of");
	ProgressEnd();
}

static void
GiveBackStaging(void *arg)
{
	Execution  *e = arg;

	StagingGiveBack(e->pipeline);
	ChildrenGiveBack(e);
}

/*
 * Where the disk was full, what the run has staged makes the room to record it; else the next
 * batch empties the table. A cancel that comes now has come too late, so it is tried again.
 */
static void
RecordOutcome(Ending *ending)
{
	ErrorData  *error;

	if (ending->error != NULL)
		(void) AttemptWithin(LONGEST_WAIT_MS, GiveBackStaging, ending->e);
	error = AttemptWithin(LONGEST_WAIT_MS, RecordEnding, ending);
	if (IsCancel(error))
		error = AttemptWithin(LONGEST_WAIT_MS, RecordEnding, ending);
	if (error != NULL)
		ThrowErrorData(error);
	CommitPhase();
}

/* One is named; that there are more is told. */
static void
CountFailures(Execution *e)
{
	const ErrorData *first = e->slice_error;
	int			fail_after = e->pipeline->fail_after;
	char	   *count;

	if (first == NULL || e->slices_failed < 2 ||
		(fail_after > 0 && e->slices_failed >= fail_after))
		return;
	count = psprintf(INT64_FORMAT " slices failed in total.",
					 e->slices_failed);
	e->slice_error = StepError(first->sqlerrcode, first->message,
							   first->detail == NULL ? count :
							   psprintf("%s\n%s", first->detail, count), first->hint);
}

/*
 * Work and outcome of a run that has been started, under the pipeline's lock. It was published before
 * its start was committed: whoever sees it running can ask it to stop.
 */
static Ending
Execute(Pipeline *p, Run *run, ErrorData *(*work) (Execution *e))
{
	Execution  *e = palloc0(sizeof(Execution));
	Ending		ending = {e};
	ErrorContextCallback context = {error_context_stack, NameRun, e};

	error_context_stack = &context;
	e->step = "plan";
	e->cxt = CurrentMemoryContext;
	e->batch_cxt = AllocSetContextCreate(e->cxt, "elt batch", ALLOCSET_DEFAULT_SIZES);
	e->slice_cxt = AllocSetContextCreate(e->cxt, "elt slice", ALLOCSET_DEFAULT_SIZES);
	e->pipeline = p;
	e->run = run;
	e->batch = run->batches;
	RunLog(run->id);
	RuntimeLimitBegin(p);
	ending.error = work(e);
	if (RuntimeLimitEnd() && IsCancel(ending.error))
		ending.error = RuntimeLimitError(p);
	error_context_stack = context.previous;
	CountFailures(e);
	RecordOutcome(&ending);
	RunLog(run->id);
	if (e->pull != NULL)
		PullClose(e->pull);
	return ending;
}

/* The session that called hears how its run ended. */
static void
ReportToCaller(const Ending *ending)
{
	if (ending->error != NULL)
		ThrowErrorData(ending->error);
	if (strcmp(ending->state, "failed") == 0)
		ThrowErrorData(ending->e->slice_error);
	RunReportSuccess(ending->e);
	if (ending->e->slice_error != NULL)
		RunReportPartial(ending->e);
}

/* Another session may have changed it, or dropped it, before we had its lock. */
static Pipeline *
UnderLock(const Pipeline *p)
{
	/* A snapshot of before the lock, in a transaction that keeps one, would not show it. */
	CommitPhase();
	return PipelineReread(p);
}

static const char *
KindIfNotPaused(Pipeline *p, bool has_window)
{
	PipelineCheckNotPaused(p);
	if (!has_window && FullLoadIsDue(p))
		p->load = "full";
	return RunKindOf(p, has_window);
}

/*
 * A run of this session, started and ended under the pipeline's lock. kind NULL: that of a run
 * of the whole, which a pause forbids.
 */
static Ending
ExecuteInSession(Pipeline *p, const char *kind, bool has_window, TimestampTz from,
				 TimestampTz to, ErrorData *(*work) (Execution *e))
{
	Ending		ending;

	(void) HomeSettle();
	if (!PipelineTryLock(p))
		PipelineReportBusy(p);
	PG_TRY();
	{
		Pipeline   *now = UnderLock(p);
		Run		   *run;

		PipelineCheckMayOperate(now);
		run = RunStart(now->id, kind != NULL ? kind : KindIfNotPaused(now, has_window),
					   has_window, from, to);
		ProgressBegin(run->id, now->name, run->kind);
		CommitPhase();
		ending = Execute(now, run, work);
	}
	PG_FINALLY();
	{
		ProgressEnd();
		PipelineUnlock(p);
	}
	PG_END_TRY();
	return ending;
}

void
ExecuteNow(Pipeline *p, bool has_window, TimestampTz from, TimestampTz to)
{
	Ending		ending;

	ending = ExecuteInSession(p, NULL, has_window, from, to, ExecuteBatches);
	ReportToCaller(&ending);
}

static void
LogEnding(const Ending *ending)
{
	const ErrorData *error = ending->error ? ending->error : ending->e->slice_error;

	if (error == NULL || RunLogIsJson())
		return;
	ereport(LOG,
			(errcode(error->sqlerrcode),
			 errmsg("run " INT64_FORMAT " of pipeline \"%s\" ended as %s: %s",
					ending->e->run->id, ending->e->pipeline->name, ending->state,
					error->message),
			 error->detail ? errdetail_internal("%s", error->detail) : 0));
}

/* The scheduler has to look when it is overdue, and looked last when it had not begun. */
static void
TellOfRuntime(const Pipeline *p)
{
	if (p->max_runtime != NULL)
		WakeSchedulerAtCommit();
}

/* A run of what is new becomes a full load when that is due; its retry is one too. */
static void
TakeLoad(Pipeline *p, Run *run)
{
	if (strcmp(run->kind, "incremental") == 0 && FullLoadIsDue(p))
		RunSetKind(run, "full");
	if (strcmp(run->kind, "full") == 0)
		p->load = "full";
}

/* A run is seen to have ended a moment before its session lets go of the lock. */
static bool
TryLockBriefly(const Pipeline *p)
{
	for (int waited = 0; !PipelineTryLock(p); waited += ENDING_STEP_MS)
	{
		if (waited >= ENDING_MS)
			return false;
		PauseFor(ENDING_STEP_MS);
	}
	return true;
}

void
ExecuteRun(int64 run_id)
{
	Pipeline   *p = PipelineById(RunPipeline(run_id));
	Ending		ending = {0};

	if (!TryLockBriefly(p))
	{
		QueuePostpone(run_id, BUSY_DELAY_MS);
		CommitPhase();
		return;
	}
	PG_TRY();
	{
		Pipeline   *now = UnderLock(p);
		Run		   *run = RunClaim(run_id);

		if (run != NULL)
		{
			TakeLoad(now, run);
			TellOfRuntime(now);
			ProgressBegin(run->id, now->name, run->kind);
		}
		CommitPhase();
		if (run != NULL)
			ending = Execute(now, run, ExecuteBatches);
	}
	PG_FINALLY();
	{
		ProgressEnd();
		PipelineUnlock(p);
	}
	PG_END_TRY();
	if (ending.e != NULL)
		LogEnding(&ending);
	if (IsCancel(ending.error))
		ThrowErrorData(ending.error);
}

/* A pull for its own sake: the first step alone, its batch waits for elt.merge. */
static ErrorData *
PullOnly(Execution *e)
{
	ErrorData  *error = Attempt(PlanAttempt, e);

	if (error != NULL)
		return error;
	CommitPhase();
	error = FilesAwait(e);
	if (error != NULL)
		return error;
	e->batch = 1;
	e->step = "pull";
	e->step_started = GetCurrentTimestamp();
	ProgressPhase(e->step);
	error = PullBatch(e);
	return error == NULL && e->stopped ? StoppedError(e) : error;
}

void
ExecutePull(Pipeline *p)
{
	Ending		ending = ExecuteInSession(p, "pull", false, 0, 0, PullOnly);

	if (ending.error != NULL)
		ThrowErrorData(ending.error);
	if (ending.e->slice_error != NULL)
		RunReportPartial(ending.e);
	RunReportStaged(ending.e);
}

/*
 * wait.c
 *	  elt.wait: wait until a run has ended.
 */
#include "base/compat.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "base/shmem.h"
#include "base/time_span.h"
#include "catalog/queue.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "worker/pool.h"

#define LOOK_AGAIN_MS 10000		/* a run that ends without our being told */

/*
 * Only when its worker is gone: until then it holds the pipeline's lock, and what the caller
 * does next may need that.
 */
static bool
IsOver(const RunState *run, int64 run_id)
{
	return strcmp(run->state, "queued") != 0 && strcmp(run->state, "running") != 0 &&
		!PoolHasRun(run_id);
}

static int
SqlStateOf(const RunState *run)
{
	const char *s = run->sqlstate;

	if (s == NULL || strlen(s) != 5)
		return ERRCODE_ELT_RUN_FAILED;
	return MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4]);
}

/* The run's own error, as elt.run would have raised it. */
static void
ReportFailure(const RunState *run, int64 run_id)
{
	if (run->error == NULL || strcmp(run->state, "failed") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_RUN_FAILED),
				 errmsg("run %lld of pipeline \"%s\" was %s", (long long) run_id,
						run->pipeline, run->state),
				 errhint("See elt.runs for details.")));
	ereport(ERROR,
			(errcode(SqlStateOf(run)),
			 errmsg_internal("%s", run->error),
			 run->detail ? errdetail_internal("%s", run->detail) : 0,
			 run->hint ? errhint("%s", run->hint) : 0,
			 errcontext("run %lld of pipeline \"%s\"", (long long) run_id, run->pipeline)));
}

/* Some slices landed and others did not: a warning, as elt.run has it. */
static void
ReportPartial(const RunState *run)
{
	ereport(WARNING,
			(errcode(ERRCODE_ELT_SLICE_FAILED),
			 errmsg_internal("%s", run->error ? run->error : "some slices failed"),
			 run->detail ? errdetail_internal("%s", run->detail) : 0,
			 run->hint ? errhint("%s", run->hint) : 0));
}

static void
ReportOutcome(const RunState *run, int64 run_id)
{
	if (strcmp(run->state, "partial") == 0)
		ReportPartial(run);
	else if (strcmp(run->state, "succeeded") != 0 && strcmp(run->state, "skipped") != 0)
		ReportFailure(run, run_id);
}

static void
ReportTimeout(const RunState *run, int64 run_id)
{
	ereport(ERROR,
			(errcode(ERRCODE_ELT_WAIT_TIMEOUT),
			 errmsg("run %lld of pipeline \"%s\" is still %s", (long long) run_id, run->pipeline,
					run->state),
			 errhint("The run continues. Use elt.progress and elt.queue to follow it, or "
					 "elt.cancel(%lld) to cancel it.",
					 (long long) run_id)));
}

/* Milliseconds to sleep; 0 when the deadline has passed. */
static long
SleepTime(bool has_deadline, TimestampTz deadline)
{
	long		left;

	if (!has_deadline)
		return LOOK_AGAIN_MS;
	left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);
	return Min(LOOK_AGAIN_MS, left);
}

/* A run that was abandoned goes on as the one that replaces it. */
static int64
Follow(const RunState *run, int64 run_id)
{
	if (strcmp(run->state, "abandoned") == 0 && run->retried_as != 0)
		return run->retried_as;
	return run_id;
}

/*
 * Announcing the sleep comes before looking, so that an end in between still wakes us. The
 * commit gives up the snapshot and makes an elt.enqueue in our own arguments visible.
 */
static void
WaitForRun(int64 run_id, bool has_deadline, TimestampTz deadline)
{
	MemoryContext look = AllocSetContextCreate(CurrentMemoryContext, "elt wait",
											   ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(look);
	ConditionVariable *changed = &Shared()->changed;
	RunState   *run;

	for (;;)
	{
		long		ms;
		int64		next;

		MemoryContextReset(look);
		CommitPhase();
		MemoryContextSwitchTo(look);
		ConditionVariablePrepareToSleep(changed);
		run = RunStateById(run_id);
		next = Follow(run, run_id);
		if (next == run_id && IsOver(run, run_id))
			break;
		ms = SleepTime(has_deadline, deadline);
		if (ms == 0)
			ReportTimeout(run, run_id);
		CommitPhase();
		if (next == run_id)
			(void) ConditionVariableTimedSleep(changed, ms, PG_WAIT_EXTENSION);
		run_id = next;
	}
	ConditionVariableCancelSleep();
	ReportOutcome(run, run_id);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(look);
}

static TimestampTz
AddToNow(Datum interval)
{
	return TimePlus(GetCurrentTimestamp(), DatumGetIntervalP(interval));
}

PG_FUNCTION_INFO_V1(elt_wait);
Datum
elt_wait(PG_FUNCTION_ARGS)
{
	bool		has_deadline = !PG_ARGISNULL(1);

	RequireArg(fcinfo, 0, "run_id");
	RequirePreload("elt.wait");
	CheckCanCommit(fcinfo, "elt.wait");
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	WaitForRun(PG_GETARG_INT64(0), has_deadline,
			   has_deadline ? AddToNow(PG_GETARG_DATUM(1)) : 0);
	SPI_finish();
	PG_RETURN_VOID();
}

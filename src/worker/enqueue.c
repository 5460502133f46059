/*
 * enqueue.c
 *	  SQL functions of the queue: elt.enqueue, elt.backfill, elt.cancel.
 */
#include "base/compat.h"
#include "catalog/queue.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/progress.h"
#include "base/shmem.h"
#include "base/wake.h"
#include "catalog/command.h"
#include "catalog/home.h"
#include "catalog/run.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pipeline/plan.h"
#include "pipeline/retained.h"
#include "postmaster/bgworker.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

/* What the arguments of elt.enqueue and elt.backfill ask for. */
typedef struct Request
{
	bool		has_window;
	TimestampTz from;
	TimestampTz to;
} Request;

/* pg_cron's session, whichever way it runs jobs. */
static bool
CalledByCron(void)
{
	const char *name = GetConfigOption("application_name", true, false);

	if (MyBgworkerEntry != NULL)
		name = MyBgworkerEntry->bgw_name;
	return name != NULL && strncmp(name, "pg_cron", 7) == 0;
}

static void
CheckWindow(const Request *r, bool from_null, bool to_null)
{
	if (from_null != to_null)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("window_from and window_to must be specified together")));
	if (!from_null && r->from >= r->to)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("window_from must be earlier than window_to"),
				 errdetail("The window would begin at %s and end at %s.",
						   pstrdup(timestamptz_to_str(r->from)),
						   pstrdup(timestamptz_to_str(r->to)))));
}

static Request
ReadRequest(FunctionCallInfo fcinfo)
{
	Request		r = {0};

	CheckFinite(fcinfo, 1, "window_from");
	CheckFinite(fcinfo, 2, "window_to");
	if (!PG_ARGISNULL(1))
		r.from = PG_GETARG_TIMESTAMPTZ(1);
	if (!PG_ARGISNULL(2))
		r.to = PG_GETARG_TIMESTAMPTZ(2);
	CheckWindow(&r, PG_ARGISNULL(1), PG_ARGISNULL(2));
	r.has_window = !PG_ARGISNULL(1);
	return r;
}

/* The id of the queued run; 0 when the pipeline is paused. */
static int64
Enqueue(FunctionCallInfo fcinfo, const Request *r, bool backfill)
{
	Pipeline   *p = CommandBegin(fcinfo, PipelineCheckMayRun);
	const char *kind = RunKindOf(p, r->has_window);
	int64		id;

	if (HomeSettle())
		p = PipelineReread(p);
	if (r->has_window)
	{
		SourceDefinition *source = SourceDefinitionOf(p);

		PlanCheckSpan(p, source);
		TellOfExpiredSpan(p, source, r->from);
	}
	if (p->paused)
	{
		char	   *hint = ResumeHint(p->name);

		ereport(NOTICE,
				(errmsg("pipeline \"%s\" is paused: nothing was queued", p->name),
				 errhint("%s", hint)));
		SPI_finish();
		return 0;
	}
	id = QueueAdd(p, backfill ? "backfill" : kind, CalledByCron() ? "schedule" : "queue",
				  r->has_window, r->from, r->to);
	WakeSchedulerAtCommit();
	SPI_finish();
	return id;
}

PG_FUNCTION_INFO_V1(elt_enqueue);
Datum
elt_enqueue(PG_FUNCTION_ARGS)
{
	Request		r = ReadRequest(fcinfo);
	int64		id;

	RequirePreload("elt.enqueue");
	id = Enqueue(fcinfo, &r, false);
	if (id == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(id);
}

PG_FUNCTION_INFO_V1(elt_backfill);
Datum
elt_backfill(PG_FUNCTION_ARGS)
{
	Request		r;
	int64		id;

	RequireArg(fcinfo, 1, "window_from");
	RequireArg(fcinfo, 2, "window_to");
	r = ReadRequest(fcinfo);
	RequirePreload("elt.backfill");
	id = Enqueue(fcinfo, &r, true);
	if (id == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(id);
}

/*
 * Ask the process that executes the run, if it still does, to end with what it has; whoever asks
 * again cancels its statement.
 */
static bool
CancelRunning(const RunState *run, int64 run_id)
{
	if (!RunIsExecuting(run->pipeline_id, run->pid, run->backend_start))
	{
		WakeAfterRun();
		return QueueCancelOrphan(run_id);
	}
	if (IsPreloaded() && ProgressPid(run_id) != run->pid)
		return false;
	if (ProgressAskStop(run_id, run->pid))
		return true;
	return kill(run->pid, SIGINT) == 0;
}

PG_FUNCTION_INFO_V1(elt_cancel);
Datum
elt_cancel(PG_FUNCTION_ARGS)
{
	int64		run_id;
	RunState   *run;
	Pipeline   *p;
	bool		cancelled;

	RequireArg(fcinfo, 0, "run_id");
	RequireArg(fcinfo, 1, "queue_rest");
	run_id = PG_GETARG_INT64(0);
	SPI_connect();
	run = RunStateById(run_id);
	p = PipelineById(run->pipeline_id);
	PipelineCheckMayOperate(p);
	PipelineKeep(p);
	cancelled = QueueCancel(run_id);
	if (cancelled)
		WakeAfterRun();
	else
	{
		/* It may have been claimed, or have ended, since it was read. */
		run = RunStateById(run_id);
		cancelled = strcmp(run->state, "running") == 0 && CancelRunning(run, run_id);
		if (cancelled && PG_GETARG_BOOL(1))
			QueueRest(run_id);
	}
	SPI_finish();
	PG_RETURN_BOOL(cancelled);
}

PG_FUNCTION_INFO_V1(elt_wake);
Datum
elt_wake(PG_FUNCTION_ARGS)
{
	if (IsPreloaded())
		AskForLookAtCommit(MyDatabaseId);
	else
		ereport(WARNING,
				(errmsg("pg_elt is not loaded via shared_preload_libraries"),
				 errdetail("CALL elt.run works without it, but elt.enqueue, elt.wait and "
						   "schedules require it."),
				 errhint("Add pg_elt to shared_preload_libraries and restart the server.")));
	PG_RETURN_VOID();
}

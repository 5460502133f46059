/*
 * pending_deletes.c
 *	  SQL functions that carry out or discard the pending deletes of a full load.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "catalog/full_load.h"
#include "catalog/run.h"
#include "executor/spi.h"
#include "load/staging.h"
#include "merge/absence.h"
#include "pipeline/land.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_approve_deletes);
PG_FUNCTION_INFO_V1(elt_discard_deletes);

static PendingLoad *
PendingOf(int64 run_id)
{
	PendingLoad *pending = PendingLoadOfRun(run_id);

	if (pending == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("run %lld has no pending deletes", (long long) run_id),
				 errdetail("A later complete load replaces the pending deletes of earlier loads."),
				 errhint("Use SELECT DISTINCT run_id, pipeline FROM elt.pending_deletes to list "
						 "the runs with pending deletes.")));
	return pending;
}

/* Under the pipeline's lock, so that no load lands at the same time. */
static int64
WithPending(FunctionCallInfo fcinfo, int64 (*act) (const Pipeline *p, const PendingLoad *pending))
{
	PendingLoad *pending;
	Pipeline   *p;
	int64		n;

	RequireArg(fcinfo, 0, "run_id");
	SPI_connect();
	pending = PendingOf(PG_GETARG_INT64(0));
	p = PipelineLock(PipelineById(pending->pipeline_id)->name, PipelineCheckMayOperate);
	n = act(p, PendingOf(pending->run_id));
	SPI_finish();
	return n;
}

static int64
Approve(const Pipeline *p, const PendingLoad *pending)
{
	int64		removed;

	StagingEnsure(p);
	removed = AbsenceApprove(p, SourceDefinitionOf(p), pending);

	RunAddRemoved(pending->run_id, removed);
	return removed;
}

static int64
Discard(const Pipeline *p, const PendingLoad *pending)
{
	return PendingLoadForget(p);
}

Datum
elt_approve_deletes(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(WithPending(fcinfo, Approve));
}

Datum
elt_discard_deletes(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(WithPending(fcinfo, Discard));
}

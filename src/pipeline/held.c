/*
 * held.c
 *	  SQL functions that carry out or discard deletes held by a guard.
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

static HeldLoad *
HeldBy(int64 run_id)
{
	HeldLoad   *held = HeldLoadOfRun(run_id);

	if (held == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("run %lld has no pending deletes", (long long) run_id),
				 errdetail("A later complete load replaces the pending deletes of earlier loads."),
				 errhint("Use SELECT DISTINCT run_id, pipeline FROM elt.pending_deletes to list "
						 "the runs with pending deletes.")));
	return held;
}

/* Under the pipeline's lock, so that no load lands at the same time. */
static int64
WithHeld(FunctionCallInfo fcinfo, int64 (*act) (const Pipeline *p, const HeldLoad *held))
{
	HeldLoad   *held;
	Pipeline   *p;
	int64		n;

	RequireArg(fcinfo, 0, "run_id");
	SPI_connect();
	held = HeldBy(PG_GETARG_INT64(0));
	p = PipelineLock(PipelineById(held->pipeline_id)->name, PipelineCheckMayOperate);
	n = act(p, HeldBy(held->run_id));
	SPI_finish();
	return n;
}

static int64
Approve(const Pipeline *p, const HeldLoad *held)
{
	int64		removed;

	StagingEnsure(p);
	removed = AbsenceApprove(p, SourceDefinitionOf(p), held);

	RunAddRemoved(held->run_id, removed);
	return removed;
}

static int64
Discard(const Pipeline *p, const HeldLoad *held)
{
	return HeldLoadForget(p);
}

Datum
elt_approve_deletes(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(WithHeld(fcinfo, Approve));
}

Datum
elt_discard_deletes(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(WithHeld(fcinfo, Discard));
}

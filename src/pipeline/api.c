/*
 * api.c
 *	  SQL functions that execute runs: check the arguments, call one function.
 */
#include "base/compat.h"

#include "access/htup_details.h"
#include "base/sql.h"
#include "catalog/command.h"
#include "catalog/full_load.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "load/staging.h"
#include "miscadmin.h"
#include "partition/partition.h"
#include "pipeline/execute.h"
#include "pipeline/execution.h"
#include "pipeline/land.h"
#include "pipeline/prepare.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_run);
PG_FUNCTION_INFO_V1(elt_pull);
PG_FUNCTION_INFO_V1(elt_merge);

static void
CheckSpan(FunctionCallInfo fcinfo, int from, int to)
{
	if (PG_ARGISNULL(from) != PG_ARGISNULL(to))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("window_from and window_to must be specified together"),
				 errhint("Omit both to pull new data.")));
	if (PG_ARGISNULL(from))
		return;
	if (TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(from)) ||
		TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(to)) ||
		PG_GETARG_TIMESTAMPTZ(from) >= PG_GETARG_TIMESTAMPTZ(to))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("window_from must be earlier than window_to")));
}

/*
 * elt.run(pipeline, window_from, window_to)
 *		Pull, check and land what is new, or the windows that cover a span of time.
 */
Datum
elt_run(PG_FUNCTION_ARGS)
{
	bool		has_window = !PG_ARGISNULL(1);
	Pipeline   *p;

	CheckSpan(fcinfo, 1, 2);
	p = CommandBeginCommitting(fcinfo, "elt.run", PipelineCheckMayRun);
	ExecuteNow(p, has_window, has_window ? PG_GETARG_TIMESTAMPTZ(1) : 0,
			   has_window ? PG_GETARG_TIMESTAMPTZ(2) : 0);
	SPI_finish();
	PG_RETURN_VOID();
}

/*
 * elt.pull(pipeline)
 *		Stage one batch of what is new and leave it for elt.validate and elt.merge.
 */
Datum
elt_pull(PG_FUNCTION_ARGS)
{
	ExecutePull(CommandBeginCommitting(fcinfo, "elt.pull", PipelineCheckMayRun));
	SPI_finish();
	PG_RETURN_VOID();
}

static void
CreatePartitions(const Pipeline *p)
{
	ListCell   *lc;

	foreach(lc, PrepareFindMissing(p))
		PartitionCreate(p->target, lfirst(lc));
}

static Landing
LandInTransaction(Pipeline *p, StagedBatch *batch, int64 run_id)
{
	ListCell   *lc;

	foreach(lc, PipelineFamily(p))
		CreatePartitions(lfirst(lc));
	return LandStaged(p, SourceDefinitionOf(p), batch, run_id, true);
}

static void
FinishMerge(const Pipeline *p, const StagedBatch *batch, int64 run_id, const Landing *landing)
{
	if (landing->refused)
	{
		RunFinish(run_id, "failed", StepError(landing->sqlstate,
											  psprintf("pipeline \"%s\": %s", p->name,
													   landing->verdict),
											  NULL, landing->hint));
		return;
	}
	RunFinish(run_id, "succeeded", NULL);
	RunNote(run_id, psprintf("Landed the batch that run " INT64_FORMAT " had staged.",
							 batch->run_id), NULL);
	RunNote(batch->run_id, psprintf("Run " INT64_FORMAT " landed the staged batch.",
									run_id), NULL);
}

/* The batch of elt.pull completes its run; one of a run that failed lands in a run of its own. */
static int64
MergeInRun(Pipeline *p, StagedBatch *batch, Landing *landing)
{
	int64		run_id = batch->run_id;
	bool		own = !RunHasSucceeded(run_id);

	if (own)
		run_id = RunStart(p->id, "merge", false, 0, 0)->id;
	*landing = LandInTransaction(p, batch, run_id);
	if (PipelineLoadsAll(p) && !landing->refused)
		FullLoadDone(p, batch->run_id);
	if (own)
		FinishMerge(p, batch, run_id, landing);
	return run_id;
}

#define MERGE_COLUMNS 21

/* The row of elt.merge: the counts of elt.runs. */
static HeapTupleHeader
CountsOfRun(TupleDesc desc, int64 run_id)
{
	Datum		values[MERGE_COLUMNS];
	bool		nulls[MERGE_COLUMNS];
	Sql			q;

	SqlBegin(&q, "select id, batches, slices_landed, slices_unchanged, slices_not_yet,"
			 " slices_failed, requests, bytes, rows_read, rows_inserted, rows_updated,"
			 " rows_unchanged, rows_deleted, rows_stale, rows_duplicate, rows_conflicting,"
			 " rows_quarantined, rows_dropped, rows_refused, pending_deletes, rows_removed"
			 " from elt_catalog.run where id = $1");
	SqlAddInt8(&q, run_id);
	(void) SqlRun(&q, AsCatalog());
	for (int i = 0; i < MERGE_COLUMNS; i++)
		values[i] = SqlDatum(&q, 0, i + 1, &nulls[i]);
	return SPI_returntuple(heap_form_tuple(desc, values, nulls), desc);
}

/*
 * elt.merge(pipeline)
 *		Land the staged batch in the caller's transaction. A check that fails is a WARNING:
 *		its verdict stays, no row is merged.
 */
Datum
elt_merge(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	StagedBatch *batch;
	Landing		landing;
	TupleDesc	desc;
	HeapTupleHeader counts;

	PreventCommandDuringRecovery("elt.merge()");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	p = CommandBeginLocked(fcinfo, PipelineCheckMayRun);
	FullLoadTake(p);
	StagingHold(p);
	batch = StagingBatchCounted(p);
	counts = CountsOfRun(desc, MergeInRun(p, batch, &landing));
	if (landing.refused)
		ereport(WARNING,
				(errcode(landing.sqlstate),
				 errmsg("pipeline \"%s\": %s", p->name, landing.verdict),
				 errdetail("The batch was not merged and the cursor was not moved."),
				 errhint("%s", landing.hint)));
	SPI_finish();
	PG_RETURN_HEAPTUPLEHEADER(counts);
}

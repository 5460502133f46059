/*
 * validate.c
 *	  SQL function elt.validate: evaluate the checks of the staged batch without moving rows.
 */
#include "base/compat.h"
#include "check/check.h"

#include "base/sql.h"
#include "catalog/command.h"
#include "check/declared_check.h"
#include "check/scan.h"
#include "funcapi.h"
#include "load/staging.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_validate);

static void
ReturnVerdict(FunctionCallInfo fcinfo, const Check *check, int64 rows)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	bool		nulls[5] = {false};
	Datum		values[5] = {
		CStringGetTextDatum(check->name),
		CStringGetTextDatum(CheckActionName(check->action)),
		Int64GetDatum(rows),
		Int64GetDatum(check->failed),
		CStringGetTextDatum(CheckVerdictName(check))
	};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

typedef struct Validation
{
	const Pipeline *pipeline;
	StagedBatch *batch;
	List	   *checks;
} Validation;

static void
FindVerdicts(void *arg)
{
	Validation *v = arg;

	v->batch = StagingBatchCounted(v->pipeline);
	(void) ChecksScan(v->pipeline, v->checks);
}

Datum
elt_validate(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	Validation	v;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	p = CommandBeginLocked(fcinfo, PipelineCheckMayOperate);
	v.pipeline = p;
	v.checks = ChecksOf(p);
	/* the pipeline's owner may write to staged rows meanwhile */
	SqlUnderOneSnapshot(FindVerdicts, &v);
	foreach(lc, v.checks)
		ReturnVerdict(fcinfo, lfirst(lc), v.batch->rows);
	SPI_finish();
	return (Datum) 0;
}

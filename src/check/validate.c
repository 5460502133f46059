/*
 * validate.c
 *	  SQL function elt.validate: evaluate the checks of the staged batch without moving rows.
 */
#include "base/compat.h"
#include "check/check.h"

#include "base/sql.h"
#include "base/type_text.h"
#include "catalog/command.h"
#include "catalog/pg_type.h"
#include "check/batch_check.h"
#include "check/declared_check.h"
#include "check/scan.h"
#include "funcapi.h"
#include "load/staging.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_validate);

#define COLUMNS 6

static void
ReturnVerdict(FunctionCallInfo fcinfo, const Check *check, int64 rows)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	bool		nulls[COLUMNS] = {false, false, false, false, false, true};
	Datum		values[COLUMNS] = {
		CStringGetTextDatum(check->name),
		CStringGetTextDatum(CheckActionName(check->action)),
		Int64GetDatum(rows),
		Int64GetDatum(check->failed),
		CStringGetTextDatum(check->verdict)
	};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static Datum
NumberDatum(const char *text)
{
	return text == NULL ? (Datum) 0 : ValueOfText(NUMERICOID, -1, text);
}

static void
ReturnBatchVerdict(FunctionCallInfo fcinfo, const BatchCheck *check, int64 rows)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	bool		nulls[COLUMNS] = {false, false, false, true, false, check->value == NULL};
	Datum		values[COLUMNS] = {
		CStringGetTextDatum(check->name),
		CStringGetTextDatum(BatchCheckAction(check)),
		Int64GetDatum(rows),
		(Datum) 0,
		CStringGetTextDatum(check->verdict),
		NumberDatum(check->value)
	};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

typedef struct Validation
{
	const Pipeline *pipeline;
	StagedBatch *batch;
	List	   *checks;
	List	   *batch_checks;
} Validation;

static void
FindVerdicts(void *arg)
{
	Validation *v = arg;

	v->batch = StagingBatchCounted(v->pipeline);
	(void) ChecksScan(v->pipeline, v->checks);
	ChecksJudge(v->pipeline, v->checks, v->batch->rows);
	BatchChecksMeasure(v->pipeline, v->batch, v->batch_checks);
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
	v.batch_checks = BatchChecksOf(p);
	/* the pipeline's owner may write to staged rows meanwhile */
	SqlUnderOneSnapshot(FindVerdicts, &v);
	foreach(lc, v.checks)
		ReturnVerdict(fcinfo, lfirst(lc), v.batch->rows);
	foreach(lc, v.batch_checks)
		ReturnBatchVerdict(fcinfo, lfirst(lc), v.batch->rows);
	SPI_finish();
	return (Datum) 0;
}

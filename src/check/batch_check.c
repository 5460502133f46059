/*
 * batch_check.c
 *	  Evaluate the checks of a staged batch as a whole.
 *
 * All measures are evaluated in one pass over the rows. When that raises an error, each is
 * evaluated by itself, so that a data error belongs to the check that raised it.
 */
#include "base/compat.h"
#include "check/batch_check.h"

#include <math.h>

#include "base/attempt.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "check/history.h"
#include "check/value_condition.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"

/* A measure that has hardly varied may differ by 1 % without being unusual. */
#define LEAST_SCALE 0.01

/* Of a normal distribution: standard deviations in a median absolute deviation. */
#define MAD_SCALE 1.4826

/* What an empty bucket counts as, so that its logarithm exists. */
#define LEAST_SHARE 0.0001

List *
BatchChecksOf(const Pipeline *p)
{
	List	   *checks = NIL;
	Sql			q;

	SqlBeginKept(&q, "select name, expression, warn_if, fail_if from elt_catalog.check_rule "
				 "where pipeline_id = $1 and scope <> 'row' and enabled order by name");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		BatchCheck *check = palloc0(sizeof(BatchCheck));

		check->name = SqlText(&q, i, 1);
		check->expression = SqlText(&q, i, 2);
		check->warn_if = SqlText(&q, i, 3);
		check->fail_if = SqlText(&q, i, 4);
		checks = lappend(checks, check);
	}
	SqlDone(&q);
	return checks;
}

const char *
BatchCheckAction(const BatchCheck *check)
{
	return check->fail_if != NULL ? "fail" : "warn";
}

/* Which it is stands in the detail, which elt.runs keeps. */
static void
NameCheck(void *arg)
{
	errdetail("Check \"%s\" can no longer be evaluated.", ((const BatchCheck *) arg)->name);
}

void
BatchChecksVerify(const Pipeline *p)
{
	ListCell   *lc;

	foreach(lc, BatchChecksOf(p))
	{
		BatchCheck *check = lfirst(lc);
		ErrorContextCallback context = {
			.callback = NameCheck,
			.arg = check,
			.previous = error_context_stack
		};

		error_context_stack = &context;
		MeasureVerify(p, check->name, check->expression);
		error_context_stack = context.previous;
	}
}

bool
BatchChecksJudgeRuns(const Pipeline *p)
{
	Sql			q;
	bool		found;

	SqlBeginKept(&q, "select from elt_catalog.check_rule k "
				 "join elt_catalog.pipeline p on p.id = k.pipeline_id "
				 "where (p.id = $1 or p.root_id = $1) and k.scope = 'run' and k.enabled limit 1");
	SqlAddInt4(&q, p->id);
	found = SqlRun(&q, AsCatalog()) > 0;
	SqlDone(&q);
	return found;
}

void
BatchChecksNeedEnd(const Pipeline *p)
{
	if (!PipelineIsContinuous(p))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("pipeline \"%s\" with a continuous schedule cannot have checks with scope "
					"\"run\"", p->name),
			 errhint("Specify scope \"batch\" for the checks, or another schedule.")));
}

/* ---- values ---- */

typedef struct Evaluation
{
	const Pipeline *pipeline;
	List	   *checks;			/* BatchCheck *, of the statement at hand */
	List	   *values;			/* char * or NULL, found by it */
} Evaluation;

static void
RunMeasures(void *arg)
{
	Evaluation *e = arg;
	StringInfoData columns;
	ListCell   *lc;
	Sql			q;

	initStringInfo(&columns);
	foreach(lc, e->checks)
		AppendItem(&columns, ", ", "%s", MeasureColumn(((const BatchCheck *) lfirst(lc))->measure));
	SqlBegin(&q, psprintf("%sSELECT %s FROM batch HAVING true",
						  BatchRelation(e->pipeline, PipelineStaging(e->pipeline)), columns.data));
	SqlRun(&q, e->pipeline->owner);
	for (int i = 0; i < list_length(e->checks); i++)
		e->values = lappend(e->values, SqlText(&q, 0, i + 1));
	SqlDone(&q);
}

static bool
IsDataError(const ErrorData *error)
{
	return ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_DATA_EXCEPTION ||
		error->sqlerrcode == ERRCODE_CARDINALITY_VIOLATION;
}

static void
MeasureAlone(const Pipeline *p, BatchCheck *check)
{
	Evaluation	e = {p, list_make1(check)};
	ErrorData  *error = Attempt(RunMeasures, &e);

	if (error == NULL)
	{
		check->value = linitial(e.values);
		return;
	}
	if (!IsDataError(error))
		ThrowErrorData(error);
	check->message = psprintf("raised an error: %s", error->message);
}

static void
MeasureAll(const Pipeline *p, List *checks)
{
	Evaluation	e = {p, checks};
	ErrorData  *error = Attempt(RunMeasures, &e);
	ListCell   *lc;

	if (error != NULL && !IsDataError(error))
		ThrowErrorData(error);
	for (int i = 0; i < list_length(checks); i++)
		if (error == NULL)
			((BatchCheck *) list_nth(checks, i))->value = list_nth(e.values, i);
	if (error != NULL)
		foreach(lc, checks)
			MeasureAlone(p, lfirst(lc));
}

/* ---- comparison with earlier batches ---- */

static void
Withhold(BatchCheck *check, char *why)
{
	check->value = NULL;
	check->message = why;
}

static double
DeviationFrom(const Usual *usual, double measured)
{
	double		scale = Max(usual->mad * MAD_SCALE, fabs(usual->median) * LEAST_SCALE);

	if (measured == usual->median)
		return 0;
	return (measured - usual->median) / scale;
}

static void
Deviate(const Pipeline *p, const StagedBatch *batch, BatchCheck *check)
{
	char	   *measured = check->value;
	Usual		usual;

	if (measured == NULL)
		return;
	usual = HistoryUsual(p, check->name, batch, check->measure->batches);
	check->evidence = psprintf("{\"measured\": \"%s\", \"points\": " INT64_FORMAT
							   ", \"median\": \"%.15g\", \"mad\": \"%.15g\"}",
							   measured, usual.points, usual.median, usual.mad);
	if (usual.points < MEASURE_FEW_POINTS)
		Withhold(check, psprintf("only " INT64_FORMAT " of %d earlier batches", usual.points,
								 MEASURE_FEW_POINTS));
	else
		check->value = psprintf("%.2f", DeviationFrom(&usual, strtod(measured, NULL)));
}

/* Rows of the batch by bucket; the sum of them is the result. */
static int64
CountByBucket(const Pipeline *p, const Measure *measure, const UsualShares *usual, int64 *counts)
{
	int64		rows = 0;
	Sql			q;

	SqlBegin(&q, psprintf("%sSELECT width_bucket(x, $1::float8[]), count(*) "
						  "FROM (SELECT (%s\n)::float8 AS x FROM batch) AS r "
						  "WHERE x IS NOT NULL GROUP BY 1",
						  BatchRelation(p, PipelineStaging(p)), measure->expression));
	SqlAddText(&q, usual->bounds);
	SqlRun(&q, p->owner);
	for (uint64 i = 0; i < q.processed; i++)
	{
		int64		count = SqlInt8(&q, i, 2, NULL);

		counts[SqlInt4(&q, i, 1, NULL)] = count;
		rows += count;
	}
	SqlDone(&q);
	return rows;
}

/* Population stability index: 0 is the same distribution, from about 0.25 on another one. */
static double
StabilityIndex(const UsualShares *usual, const int64 *counts, int64 rows)
{
	double		sum = 0;

	for (int i = 0; i < usual->n; i++)
	{
		double		expected = Max(usual->shares[i], LEAST_SHARE);
		double		actual = Max((double) counts[i] / rows, LEAST_SHARE);

		sum += (actual - expected) * log(actual / expected);
	}
	return sum;
}

static void
Shift(const Pipeline *p, const StagedBatch *batch, BatchCheck *check)
{
	UsualShares usual;
	int64	   *counts;
	int64		rows;

	if (check->value == NULL)
		return;
	usual = HistoryShares(p, check->name, batch, check->measure->batches);
	check->evidence = check->value;
	if (usual.rows < MEASURE_FEW_ROWS)
	{
		Withhold(check, psprintf("only " INT64_FORMAT " of %d rows in earlier batches",
								 usual.rows, MEASURE_FEW_ROWS));
		return;
	}
	counts = palloc0(sizeof(int64) * usual.n);
	rows = CountByBucket(p, check->measure, &usual, counts);
	if (rows < MEASURE_FEW_ROWS)
		Withhold(check, psprintf("only " INT64_FORMAT " of %d rows", rows, MEASURE_FEW_ROWS));
	else
		check->value = psprintf("%.4f", StabilityIndex(&usual, counts, rows));
}

static void
Compare(const Pipeline *p, const StagedBatch *batch, BatchCheck *check)
{
	switch (check->measure->form)
	{
		case MEASURE_VALUE:
			break;
		case MEASURE_DEVIATION:
			Deviate(p, batch, check);
			break;
		case MEASURE_PSI:
			Shift(p, batch, check);
			break;
	}
}

/* ---- verdicts ---- */

typedef struct Judgement
{
	const Pipeline *pipeline;
	const char *value;
	ValueConditions conditions;
} Judgement;

static void
TestValue(void *arg)
{
	Judgement  *j = arg;

	ValueConditionsTest(j->pipeline, &j->conditions, j->value, 0);
}

/* What raises an error is not known to be right. */
static void
AssumeWorst(ValueConditions *conditions)
{
	conditions->failed = conditions->fail_if != NULL;
	conditions->warned = !conditions->failed;
}

static void
JudgeValue(Judgement *j, BatchCheck *check)
{
	ErrorData  *error = Attempt(TestValue, j);

	if (error != NULL)
	{
		if (!IsDataError(error))
			ThrowErrorData(error);
		check->message = psprintf("raised an error: %s", error->message);
		AssumeWorst(&j->conditions);
	}
	else if (j->conditions.failed || j->conditions.warned)
		check->message = psprintf("value %s meets condition \"%s\"", check->value,
								  j->conditions.failed ? check->fail_if : check->warn_if);
}

static void
Judge(const Pipeline *p, BatchCheck *check, bool raised)
{
	Judgement	j = {p, check->value, {check->warn_if, check->fail_if}};

	if (raised)
		AssumeWorst(&j.conditions);
	else if (check->value != NULL)
		JudgeValue(&j, check);
	else
	{
		check->verdict = "unknown";
		return;
	}
	check->verdict = j.conditions.failed ? "failed" : j.conditions.warned ? "warned" : "passed";
}

void
BatchChecksMeasure(const Pipeline *p, const StagedBatch *batch, List *checks)
{
	ListCell   *lc;

	if (checks == NIL)
		return;
	foreach(lc, checks)
	{
		BatchCheck *check = lfirst(lc);

		check->measure = MeasureParse(check->expression);
	}
	MeasureAll(p, checks);
	foreach(lc, checks)
	{
		BatchCheck *check = lfirst(lc);
		bool		raised = check->message != NULL;

		Compare(p, batch, check);
		Judge(p, check, raised);
	}
}

static char *
MessageOf(const BatchCheck *check)
{
	return psprintf("check \"%s\" %s", check->name,
					psprintf(strcmp(check->verdict, "failed") == 0 ? "failed: %s" : "warns: %s",
							 check->message));
}

char *
BatchChecksFailure(List *checks)
{
	ListCell   *lc;

	foreach(lc, checks)
		if (strcmp(((const BatchCheck *) lfirst(lc))->verdict, "failed") == 0)
			return MessageOf(lfirst(lc));
	return NULL;
}

static void
Record(const Pipeline *p, const StagedBatch *batch, const BatchCheck *check)
{
	Sql			q;

	SqlBeginKept(&q, "insert into elt_catalog.check_result (run_id, batch, check_name, action, "
				 "rows_checked, verdict, pipeline_id, value, evidence, message, dimension) "
				 "values ($1, $2, $3, $4, $5, $6, $7, $8::numeric, $9, $10, "
				 "elt_catalog.check_dimension($11)) "
				 "on conflict (run_id, batch, pipeline_id, check_name) do update set "
				 "action = excluded.action, rows_checked = excluded.rows_checked, "
				 "rows_failed = null, verdict = excluded.verdict, checked_at = excluded.checked_at, "
				 "value = excluded.value, evidence = excluded.evidence, message = excluded.message, "
				 "sample_keys = null, dimension = excluded.dimension");
	SqlAddInt8(&q, batch->run_id);
	SqlAddInt4(&q, batch->batch);
	SqlAddText(&q, check->name);
	SqlAddText(&q, BatchCheckAction(check));
	SqlAddInt8(&q, batch->rows);
	SqlAddText(&q, check->verdict);
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, check->value);
	SqlAddJsonb(&q, check->evidence);
	SqlAddText(&q, check->message);
	SqlAddText(&q, check->expression);
	SqlDo(&q, AsCatalog());
}

char *
BatchChecksApply(const Pipeline *p, const StagedBatch *batch)
{
	List	   *checks = BatchChecksOf(p);
	ListCell   *lc;

	BatchChecksMeasure(p, batch, checks);
	foreach(lc, checks)
	{
		const BatchCheck *check = lfirst(lc);

		Record(p, batch, check);
		if (strcmp(check->verdict, "warned") == 0)
			ereport(WARNING,
					(errcode(ERRCODE_WARNING),
					 errmsg("pipeline \"%s\": %s", p->name, MessageOf(check))));
	}
	return BatchChecksFailure(checks);
}

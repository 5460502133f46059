/*
 * try_check.c
 *	  SQL function elt.try_check: what an expression would catch in the rows that are there.
 */
#include "base/compat.h"
#include "base/arguments.h"
#include "base/attempt.h"
#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/command.h"
#include "check/declare.h"
#include "check/declared_check.h"
#include "check/set_check.h"
#include "check/unique.h"
#include "funcapi.h"
#include "load/staging.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(elt_try_check);

#define COLUMNS 5

typedef struct Trial
{
	const Pipeline *pipeline;
	const char *expression;
	char	   *table;			/* or a query in parentheses */
	int			samples;
	int64		rows;
	int64		failed;
	char	   *keys;			/* JSON; NULL: none */
} Trial;

/* Rows that were deleted are no longer there. */
static char *
TargetRows(const Pipeline *p)
{
	char	   *target = QuotedRelation(p->target);

	if (get_attnum(p->target, "_deleted") <= 0)
		return target;
	return psprintf("(SELECT * FROM %s WHERE _deleted IS NOT TRUE)", target);
}

static char *
KeyOf(const Pipeline *p, const char *alias)
{
	return p->key == NIL ? pstrdup("NULL::jsonb") : ColumnsAsJson(p->key, alias);
}

/* What is asked of the rows that violate an expression. */
typedef enum Asked
{
	ASK_NUMBER,
	ASK_KEY,					/* k */
	ASK_RUN						/* run, and k */
} Asked;

static char *
SelectList(const Trial *trial, const char *alias, Asked asked)
{
	if (asked == ASK_NUMBER)
		return "1 AS k";
	return psprintf("%s%s%s AS k", asked == ASK_RUN ? alias : "",
					asked == ASK_RUN ? "._run_id AS run, " : "", KeyOf(trial->pipeline, alias));
}

/* Rows with the columns of one whose key comes before theirs, within a run when it is asked for. */
static char *
RepeatedRows(const Trial *trial, const UniqueCheck *unique, Asked asked)
{
	return psprintf("SELECT %s FROM (SELECT s.*, row_number() OVER (PARTITION BY %s%s ORDER BY %s) "
					"AS _nth FROM %s AS s WHERE %s) AS u WHERE u._nth > 1%s",
					SelectList(trial, "u", asked), asked == ASK_RUN ? "s._run_id, " : "",
					QuotedColumns(unique->columns, "s"),
					asked == ASK_NUMBER ? "1" : KeyOf(trial->pipeline, "s"), trial->table,
					UniqueCheckNotNull(unique), unique->null_fails ?
					psprintf(" UNION ALL SELECT %s FROM %s AS s WHERE %s",
							 SelectList(trial, "s", asked), trial->table,
							 UniqueCheckNull(unique)) : "");
}

/* A query for the rows that violate the expression. */
static char *
Violators(const Trial *trial, Asked asked)
{
	const Pipeline *p = trial->pipeline;
	const SetCheck *set = SetCheckParse(trial->expression);
	const UniqueCheck *unique = UniqueCheckParse(trial->expression);
	const char *row = quote_identifier(p->name);

	if (set != NULL)
		return SetCheckSql(set, p, SelectList(trial, "s", asked), trial->table);
	if (unique != NULL)
		return RepeatedRows(trial, unique, asked);
	return psprintf("SELECT %s FROM %s AS %s WHERE (%s\n) IS FALSE",
					SelectList(trial, row, asked), trial->table, row, trial->expression);
}

static void
CountRows(void *arg)
{
	Trial	   *trial = arg;
	Oid			owner = trial->pipeline->owner;
	Sql			q;

	SqlBegin(&q, psprintf("SELECT count(*) FROM %s AS r", trial->table));
	trial->rows = SqlDoInt8(&q, owner);
	SqlBegin(&q, psprintf("SELECT count(*) FROM (%s) AS r", Violators(trial, ASK_NUMBER)));
	trial->failed = SqlDoInt8(&q, owner);
	SqlBegin(&q, psprintf("SELECT jsonb_agg(k)::text FROM (%s ORDER BY k LIMIT %d) AS r",
						  Violators(trial, ASK_KEY), trial->samples));
	trial->keys = SqlDoText(&q, owner);
}

static void
ReturnTrial(FunctionCallInfo fcinfo, const Trial *trial, const char *of, const ErrorData *error)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	bool		nulls[COLUMNS] = {false, false, error != NULL, trial->keys == NULL, error == NULL};
	Datum		values[COLUMNS] = {
		CStringGetTextDatum(of),
		Int64GetDatum(trial->rows),
		Int64GetDatum(trial->failed)
	};

	if (trial->keys != NULL)
		values[3] = DirectFunctionCall1(jsonb_in, CStringGetDatum(trial->keys));
	if (error != NULL)
		values[4] = CStringGetTextDatum(error->message);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* An error that a row raises is what it would be caught for, but then the others are not counted. */
static ErrorData *
AttemptToCount(void (*count) (void *arg), void *arg)
{
	ErrorData  *error = Attempt(count, arg);

	if (error != NULL && ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION)
		ThrowErrorData(error);
	return error;
}

static void
Try(FunctionCallInfo fcinfo, Trial *trial, const char *of, char *table)
{
	ErrorData  *error;

	trial->table = table;
	trial->keys = NULL;
	error = AttemptToCount(CountRows, trial);
	ReturnTrial(fcinfo, trial, of, error);
}

/* ---- the last runs ---- */

#define LAST_RUNS \
	"SELECT r._run_id, r.n, coalesce(f.n, 0), f.keys::text\n" \
	"FROM (SELECT _run_id, count(*) AS n FROM %s AS t GROUP BY 1 ORDER BY 1 DESC LIMIT %d) AS r\n" \
	"LEFT JOIN (SELECT run, count(*) AS n, jsonb_agg(k ORDER BY nth) FILTER (WHERE nth <= %d) AS keys\n" \
	"\tFROM (SELECT run, k, row_number() OVER (PARTITION BY run ORDER BY k) AS nth\n" \
	"\t\tFROM (%s) AS v) AS n GROUP BY run) AS f ON f.run = r._run_id\n" \
	"ORDER BY 1 DESC"

typedef struct RunTrials
{
	Trial	   *trial;
	int			runs;
	FunctionCallInfo fcinfo;
} RunTrials;

static void
CountRuns(void *arg)
{
	RunTrials  *t = arg;
	Trial	   *trial = t->trial;
	Sql			q;

	SqlBegin(&q, psprintf(LAST_RUNS, trial->table, t->runs, trial->samples,
						  Violators(trial, ASK_RUN)));
	SqlRun(&q, trial->pipeline->owner);
	for (uint64 i = 0; i < q.processed; i++)
	{
		trial->rows = SqlInt8(&q, i, 2, NULL);
		trial->failed = SqlInt8(&q, i, 3, NULL);
		trial->keys = SqlText(&q, i, 4);
		ReturnTrial(t->fcinfo, trial, psprintf("run %lld", (long long) SqlInt8(&q, i, 1, NULL)),
					NULL);
	}
	SqlDone(&q);
}

/* Rows of the target by the run that wrote them last. An error has been told of the target. */
static void
TryRuns(FunctionCallInfo fcinfo, Trial *trial, int runs)
{
	RunTrials	trials = {trial, runs, fcinfo};

	trial->table = TargetRows(trial->pipeline);
	if (runs > 0)
		(void) AttemptToCount(CountRuns, &trials);
}

Datum
elt_try_check(PG_FUNCTION_ARGS)
{
	Trial		trial = {NULL};

	RequireArg(fcinfo, 1, "expression");
	RequireArg(fcinfo, 2, "samples");
	RequireArg(fcinfo, 3, "runs");
	InitMaterializedSRF(fcinfo, 0);
	trial.pipeline = CommandBegin(fcinfo, MayAddCheck);
	trial.expression = TextArgOrNull(fcinfo, 1);
	trial.samples = Max(PG_GETARG_INT32(2), 0);
	ConditionVerify(trial.pipeline, "tried", trial.expression);
	Try(fcinfo, &trial, "target", TargetRows(trial.pipeline));
	TryRuns(fcinfo, &trial, PG_GETARG_INT32(3));
	if (OidIsValid(StagingRelation(trial.pipeline)))
		Try(fcinfo, &trial, "batch", PipelineStaging(trial.pipeline));
	SPI_finish();
	return (Datum) 0;
}

/*
 * try_check.c
 *	  SQL function elt.try_check: what an expression would catch in the rows that are there.
 */
#include "base/compat.h"
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

/* Rows with the columns of one whose key comes before theirs. */
static char *
RepeatedRows(const Trial *trial, const UniqueCheck *unique, bool with_key)
{
	return psprintf("SELECT %s AS k FROM (SELECT s.*, row_number() OVER (PARTITION BY %s ORDER BY %s) "
					"AS _nth FROM %s AS s WHERE %s) AS u WHERE u._nth > 1%s",
					with_key ? KeyOf(trial->pipeline, "u") : "1",
					QuotedColumns(unique->columns, "s"),
					with_key ? KeyOf(trial->pipeline, "s") : "1", trial->table,
					UniqueCheckNotNull(unique), unique->null_fails ?
					psprintf(" UNION ALL SELECT %s FROM %s AS s WHERE %s",
							 with_key ? KeyOf(trial->pipeline, "s") : "1", trial->table,
							 UniqueCheckNull(unique)) : "");
}

/* A query for the rows that violate the expression, with their keys as k. */
static char *
Violators(const Trial *trial, bool with_key)
{
	const Pipeline *p = trial->pipeline;
	const SetCheck *set = SetCheckParse(trial->expression);
	const UniqueCheck *unique = UniqueCheckParse(trial->expression);
	const char *row = quote_identifier(p->name);

	if (set != NULL)
		return SetCheckSql(set, p, psprintf("%s AS k", with_key ? KeyOf(p, "s") : "1"), trial->table);
	if (unique != NULL)
		return RepeatedRows(trial, unique, with_key);
	return psprintf("SELECT %s AS k FROM %s AS %s WHERE (%s\n) IS FALSE",
					with_key ? KeyOf(p, row) : "1", trial->table, row, trial->expression);
}

static void
CountRows(void *arg)
{
	Trial	   *trial = arg;
	Oid			owner = trial->pipeline->owner;
	Sql			q;

	SqlBegin(&q, psprintf("SELECT count(*) FROM %s AS r", trial->table));
	trial->rows = SqlDoInt8(&q, owner);
	SqlBegin(&q, psprintf("SELECT count(*) FROM (%s) AS r", Violators(trial, false)));
	trial->failed = SqlDoInt8(&q, owner);
	SqlBegin(&q, psprintf("SELECT jsonb_agg(k)::text FROM (%s ORDER BY k LIMIT %d) AS r",
						  Violators(trial, true), trial->samples));
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
static void
Try(FunctionCallInfo fcinfo, Trial *trial, const char *of, char *table)
{
	ErrorData  *error;

	trial->table = table;
	trial->keys = NULL;
	error = Attempt(CountRows, trial);
	if (error != NULL && ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION)
		ThrowErrorData(error);
	ReturnTrial(fcinfo, trial, of, error);
}

Datum
elt_try_check(PG_FUNCTION_ARGS)
{
	Trial		trial = {NULL};

	RequireArg(fcinfo, 1, "expression");
	RequireArg(fcinfo, 2, "samples");
	InitMaterializedSRF(fcinfo, 0);
	trial.pipeline = CommandBegin(fcinfo, MayAddCheck);
	trial.expression = OptionalText(fcinfo, 1);
	trial.samples = Max(PG_GETARG_INT32(2), 0);
	ConditionVerify(trial.pipeline, "tried", trial.expression);
	Try(fcinfo, &trial, "target", TargetRows(trial.pipeline));
	if (OidIsValid(StagingRelation(trial.pipeline)))
		Try(fcinfo, &trial, "batch", PipelineStaging(trial.pipeline));
	SPI_finish();
	return (Datum) 0;
}

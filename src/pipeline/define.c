/*
 * define.c
 *	  Declare, change and forget pipelines.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/wake.h"
#include "catalog/cursor.h"
#include "catalog/pg_type.h"
#include "catalog/schedule.h"
#include "check/rule.h"
#include "executor/spi.h"
#include "load/staging.h"
#include "merge/scd2_target.h"
#include "merge/sequence.h"
#include "merge/target.h"
#include "miscadmin.h"
#include "partition/partition.h"
#include "partition/policy.h"
#include "pipeline/plan.h"
#include "source/definition.h"
#include "source/slices.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_create_pipeline);
PG_FUNCTION_INFO_V1(elt_alter_pipeline);
PG_FUNCTION_INFO_V1(elt_drop_pipeline);
PG_FUNCTION_INFO_V1(elt_reset_pipeline);
PG_FUNCTION_INFO_V1(elt_pause);
PG_FUNCTION_INFO_V1(elt_resume);

/* Arguments of elt.create_pipeline, in order. */
enum
{
	ARG_NAME, ARG_SOURCE, ARG_TARGET, ARG_KEY, ARG_STRATEGY, ARG_PARAMS, ARG_START_AT,
	ARG_LOOKBACK, ARG_PUBLICATION_DELAY, ARG_NOT_YET_LIMIT, ARG_PARTITION_BY,
	ARG_PARTITION_INTERVAL, ARG_PARTITION_TIME_ZONE, ARG_PREMAKE, ARG_RETAIN,
	ARG_RETAIN_ACTION, ARG_MAX_FUTURE, ARG_MAX_NEW_PARTITIONS, ARG_BATCH_ROWS,
	ARG_BATCH_BYTES, ARG_MAX_ATTEMPTS, ARG_SCHEDULE, ARG_SEQUENCE_BY,
	ARG_DELETE_WHEN, ARG_TRACK_COLUMNS, ARG_DELETES, ARG_FIRST_VALID_FROM
};

static char *
TextArg(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static Interval *
IntervalArg(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : PG_GETARG_INTERVAL_P(n);
}

static List *
TextArrayArg(FunctionCallInfo fcinfo, int n)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	List	   *result = NIL;

	if (PG_ARGISNULL(n))
		return NIL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("an array of column names must not contain nulls")));
		result = lappend(result, TextDatumGetCString(elements[i]));
	}
	return result;
}

static void
CheckName(const char *name)
{
	size_t		len = strlen(name);

	if (len > 0 && len <= 48 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len &&
		!(name[0] >= '0' && name[0] <= '9'))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_NAME),
			 errmsg("\"%s\" cannot be the name of a pipeline", name),
			 errhint("A name has lower-case letters, digits and underscores, begins with no "
					 "digit, and has at most 48 characters.")));
}

static void
CheckNameIsFree(const char *name)
{
	Sql			q;
	bool		taken;

	SqlBegin(&q, "select from elt_catalog.pipeline where name = $1");
	SqlAddText(&q, name);
	taken = SqlRun(&q, AsCatalog()) > 0;
	SqlDone(&q);
	if (taken)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("pipeline \"%s\" already exists", name),
				 errhint("elt.alter_pipeline changes it, elt.drop_pipeline forgets it.")));
}

static void
CheckSource(Oid source)
{
	if (!SourceIsOurs(source))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a foreign table of elt_http or elt_file",
						get_rel_name(source)),
				 errhint("CREATE FOREIGN TABLE ... SERVER ... with a server whose wrapper is "
						 "one of the two.")));
	SourceCheckReadable(source, GetUserId());
}

static void
CheckKey(List *key, const char *strategy, Oid source)
{
	ListCell   *lc;

	if (key == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"%s\" needs a key", strategy),
				 errhint("Name the columns that tell two rows apart: key => '{a,b}'.")));
	foreach(lc, key)
		if (get_attnum(source, lfirst(lc)) <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("key column \"%s\" does not exist in source \"%s\"",
							(char *) lfirst(lc), get_rel_name(source))));
}

static void
CheckStrategy(const char *strategy)
{
	if (strategy == NULL || (strcmp(strategy, "upsert") != 0 && strcmp(strategy, "scd2") != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"%s\" is not known", strategy ? strategy : "null"),
				 errhint("The strategies are \"upsert\" and \"scd2\".")));
}

static void
CheckNotNegative(const Interval *interval, const char *name)
{
	Interval	zero = {0};

	if (interval == NULL)
		return;
	if (DatumGetInt32(DirectFunctionCall2(interval_cmp, IntervalPGetDatum(interval),
										  IntervalPGetDatum(&zero))) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative", name)));
}

/* What the source needs to be asked: values for its params, a start for its windows. */
static void
CheckAsking(const SourceDefinition *source, const char *params, bool has_start_at)
{
	(void) SourceParams(source, params);
	if (source->window != NULL && !has_start_at)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("start_at is missing"),
				 errdetail("Source \"%s\" is asked window by window, so the first window must "
						   "be known.", source->relation),
				 errhint("Say from when on, for example start_at => '2024-01-01'.")));
}

static void
CheckPartitioning(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(ARG_PARTITION_BY) != PG_ARGISNULL(ARG_PARTITION_INTERVAL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition_by and partition_interval must be given together"),
				 errhint("For example partition_by => 'ts', partition_interval => '1 month'.")));
	if (PG_ARGISNULL(ARG_PARTITION_BY) && !PG_ARGISNULL(ARG_RETAIN))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retain needs partition_by"),
				 errdetail("Retention removes whole partitions.")));
}

static void
CheckDeleteWhen(FunctionCallInfo fcinfo, const char *name)
{
	Pipeline	p = {.name = unconstify(char *, name), .owner = GetUserId()};

	if (PG_ARGISNULL(ARG_DELETE_WHEN))
		return;
	if (TextArrayArg(fcinfo, ARG_SEQUENCE_BY) == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("delete_when needs sequence_by"),
				 errdetail("Without an order an update that comes late could not be told from a "
						   "row that came back."),
				 errhint("Name the columns that say which of two rows is newer.")));
	p.source = PG_GETARG_OID(ARG_SOURCE);
	RuleCheckExpression(&p, "delete_when", TextArg(fcinfo, ARG_DELETE_WHEN));
}

static void
AddArg(Sql *q, FunctionCallInfo fcinfo, int n, Oid type)
{
	SqlAdd(q, type, PG_ARGISNULL(n) ? (Datum) 0 : PG_GETARG_DATUM(n), PG_ARGISNULL(n));
}

static void
InsertPipeline(FunctionCallInfo fcinfo, Oid target)
{
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.pipeline (name, owner, source, target, key, strategy,"
			 " params, start_at, lookback, publication_delay, not_yet_limit, partition_by,"
			 " max_future, max_new_partitions, batch_rows, batch_bytes, max_attempts,"
			 " schedule, sequence_by, delete_when, track_columns,"
			 " deletes, first_valid_from) values ($1, $2, $3, $4, $5, $6, coalesce($7, '{}'), $8,"
			 " coalesce($9, '0'), coalesce($10, '0'), $11, $12, coalesce($13, '1 day'),"
			 " coalesce($14, 50), coalesce($15, 200000), coalesce($16, 268435456),"
			 " coalesce($17, 5), nullif($18, ''), coalesce($19, '{}'), $20,"
			 " coalesce($21, '{}'), coalesce($22, 'close'), coalesce($23, 'event'))");
	AddArg(&q, fcinfo, ARG_NAME, TEXTOID);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	AddArg(&q, fcinfo, ARG_SOURCE, REGCLASSOID);
	SqlAddOid(&q, REGCLASSOID, target);
	AddArg(&q, fcinfo, ARG_KEY, TEXTARRAYOID);
	AddArg(&q, fcinfo, ARG_STRATEGY, TEXTOID);
	AddArg(&q, fcinfo, ARG_PARAMS, JSONBOID);
	AddArg(&q, fcinfo, ARG_START_AT, TIMESTAMPTZOID);
	AddArg(&q, fcinfo, ARG_LOOKBACK, INTERVALOID);
	AddArg(&q, fcinfo, ARG_PUBLICATION_DELAY, INTERVALOID);
	AddArg(&q, fcinfo, ARG_NOT_YET_LIMIT, INTERVALOID);
	AddArg(&q, fcinfo, ARG_PARTITION_BY, TEXTOID);
	AddArg(&q, fcinfo, ARG_MAX_FUTURE, INTERVALOID);
	AddArg(&q, fcinfo, ARG_MAX_NEW_PARTITIONS, INT4OID);
	AddArg(&q, fcinfo, ARG_BATCH_ROWS, INT8OID);
	AddArg(&q, fcinfo, ARG_BATCH_BYTES, INT8OID);
	AddArg(&q, fcinfo, ARG_MAX_ATTEMPTS, INT4OID);
	AddArg(&q, fcinfo, ARG_SCHEDULE, TEXTOID);
	AddArg(&q, fcinfo, ARG_SEQUENCE_BY, TEXTARRAYOID);
	AddArg(&q, fcinfo, ARG_DELETE_WHEN, TEXTOID);
	AddArg(&q, fcinfo, ARG_TRACK_COLUMNS, TEXTARRAYOID);
	AddArg(&q, fcinfo, ARG_DELETES, TEXTOID);
	AddArg(&q, fcinfo, ARG_FIRST_VALID_FROM, TEXTOID);
	SqlRun(&q, AsCatalog());
	SqlDone(&q);
}

static void
SetPolicy(FunctionCallInfo fcinfo, Oid target)
{
	if (PG_ARGISNULL(ARG_PARTITION_BY))
		return;
	PolicySet(target, TextArg(fcinfo, ARG_PARTITION_BY),
			  PG_GETARG_INTERVAL_P(ARG_PARTITION_INTERVAL),
			  TextArg(fcinfo, ARG_PARTITION_TIME_ZONE),
			  PG_ARGISNULL(ARG_PREMAKE) ? -1 : PG_GETARG_INT32(ARG_PREMAKE),
			  IntervalArg(fcinfo, ARG_RETAIN), TextArg(fcinfo, ARG_RETAIN_ACTION));
}

static char *
ParamsArg(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		return pstrdup("{}");
	return DatumGetCString(DirectFunctionCall1(jsonb_out, PG_GETARG_DATUM(n)));
}

static void
CheckDefinition(FunctionCallInfo fcinfo, const char *name)
{
	Oid			source = PG_GETARG_OID(ARG_SOURCE);

	CheckName(name);
	CheckNameIsFree(name);
	CheckStrategy(TextArg(fcinfo, ARG_STRATEGY));
	CheckSource(source);
	CheckKey(TextArrayArg(fcinfo, ARG_KEY), TextArg(fcinfo, ARG_STRATEGY), source);
	CheckNotNegative(IntervalArg(fcinfo, ARG_LOOKBACK), "lookback");
	CheckNotNegative(IntervalArg(fcinfo, ARG_MAX_FUTURE), "max_future");
	CheckNotNegative(IntervalArg(fcinfo, ARG_NOT_YET_LIMIT), "not_yet_limit");
	CheckAsking(SourceDefinitionRead(source), ParamsArg(fcinfo, ARG_PARAMS),
				!PG_ARGISNULL(ARG_START_AT));
	CheckPartitioning(fcinfo);
	SequenceCheck(source, TextArrayArg(fcinfo, ARG_KEY), TextArrayArg(fcinfo, ARG_SEQUENCE_BY));
	CheckDeleteWhen(fcinfo, name);
}

/* What the strategy makes of the source; the pipeline is not in the catalogue yet. */
static Oid
EnsureTarget(FunctionCallInfo fcinfo)
{
	Pipeline	p = {
		.name = TextArg(fcinfo, ARG_NAME),
		.owner = GetUserId(),
		.source = PG_GETARG_OID(ARG_SOURCE),
		.key = TextArrayArg(fcinfo, ARG_KEY),
		.strategy = TextArg(fcinfo, ARG_STRATEGY),
		.partition_by = TextArg(fcinfo, ARG_PARTITION_BY),
		.sequence_by = TextArrayArg(fcinfo, ARG_SEQUENCE_BY),
		.delete_when = TextArg(fcinfo, ARG_DELETE_WHEN),
		.track_columns = TextArrayArg(fcinfo, ARG_TRACK_COLUMNS),
		.deletes = PG_ARGISNULL(ARG_DELETES) ? "close" : TextArg(fcinfo, ARG_DELETES),
		.first_valid_from = PG_ARGISNULL(ARG_FIRST_VALID_FROM) ? "event" :
		TextArg(fcinfo, ARG_FIRST_VALID_FROM),
	};

	Scd2CheckOptions(&p);
	if (strcmp(p.strategy, "scd2") == 0)
		return Scd2TargetEnsure(TextArg(fcinfo, ARG_TARGET), &p);
	return TargetEnsure(TextArg(fcinfo, ARG_TARGET), p.source, p.key, p.partition_by,
						p.delete_when != NULL, p.owner);
}

Datum
elt_create_pipeline(PG_FUNCTION_ARGS)
{
	char	   *name;
	char	   *schedule;
	Oid			target;
	Pipeline   *p;

	RequireArg(fcinfo, ARG_NAME, "name");
	RequireArg(fcinfo, ARG_SOURCE, "source");
	RequireArg(fcinfo, ARG_TARGET, "target");
	name = TextArg(fcinfo, ARG_NAME);
	schedule = TextArg(fcinfo, ARG_SCHEDULE);
	SPI_connect();
	CheckDefinition(fcinfo, name);
	target = EnsureTarget(fcinfo);
	InsertPipeline(fcinfo, target);
	SetPolicy(fcinfo, target);
	p = PipelineByName(name);
	StagingEnsure(p);
	if (schedule != NULL && *schedule != '\0')
		ScheduleSet(p, schedule);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_NAME));
}

/* Arguments of elt.alter_pipeline, in order. */
enum
{
	ALTER_NAME, ALTER_PARAMS, ALTER_START_AT, ALTER_LOOKBACK, ALTER_PUBLICATION_DELAY,
	ALTER_NOT_YET_LIMIT, ALTER_PREMAKE, ALTER_RETAIN, ALTER_RETAIN_ACTION,
	ALTER_MAX_FUTURE, ALTER_MAX_NEW_PARTITIONS, ALTER_BATCH_ROWS, ALTER_BATCH_BYTES,
	ALTER_MAX_ATTEMPTS, ALTER_SCHEDULE
};

static void
UpdatePipeline(FunctionCallInfo fcinfo, const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.pipeline set params = coalesce($2, params),"
			 " start_at = coalesce($3, start_at), lookback = coalesce($4, lookback),"
			 " publication_delay = coalesce($5, publication_delay),"
			 " not_yet_limit = coalesce($6, not_yet_limit),"
			 " max_future = coalesce($7, max_future),"
			 " max_new_partitions = coalesce($8, max_new_partitions),"
			 " batch_rows = coalesce($9, batch_rows), batch_bytes = coalesce($10, batch_bytes),"
			 " max_attempts = coalesce($11, max_attempts),"
			 " schedule = nullif(coalesce($12, schedule), ''), changed_at = clock_timestamp()"
			 " where id = $1");
	SqlAddInt4(&q, p->id);
	AddArg(&q, fcinfo, ALTER_PARAMS, JSONBOID);
	AddArg(&q, fcinfo, ALTER_START_AT, TIMESTAMPTZOID);
	AddArg(&q, fcinfo, ALTER_LOOKBACK, INTERVALOID);
	AddArg(&q, fcinfo, ALTER_PUBLICATION_DELAY, INTERVALOID);
	AddArg(&q, fcinfo, ALTER_NOT_YET_LIMIT, INTERVALOID);
	AddArg(&q, fcinfo, ALTER_MAX_FUTURE, INTERVALOID);
	AddArg(&q, fcinfo, ALTER_MAX_NEW_PARTITIONS, INT4OID);
	AddArg(&q, fcinfo, ALTER_BATCH_ROWS, INT8OID);
	AddArg(&q, fcinfo, ALTER_BATCH_BYTES, INT8OID);
	AddArg(&q, fcinfo, ALTER_MAX_ATTEMPTS, INT4OID);
	AddArg(&q, fcinfo, ALTER_SCHEDULE, TEXTOID);
	SqlRun(&q, AsCatalog());
	SqlDone(&q);
}

/* What is no longer asked for must not hold back the pipeline's cursor. */
static void
AlterParams(FunctionCallInfo fcinfo, const Pipeline *p)
{
	if (PG_ARGISNULL(ALTER_PARAMS))
		return;
	CursorKeepOnly(p, SourceParams(SourceDefinitionRead(p->source),
								   ParamsArg(fcinfo, ALTER_PARAMS)));
}

static void
AlterPolicy(FunctionCallInfo fcinfo, const Pipeline *p)
{
	if (PG_ARGISNULL(ALTER_PREMAKE) && PG_ARGISNULL(ALTER_RETAIN) &&
		PG_ARGISNULL(ALTER_RETAIN_ACTION))
		return;
	if (p->partition_by == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the target of pipeline \"%s\" is not partitioned by it", p->name),
				 errhint("premake and retain need partition_by of elt.create_pipeline.")));
	PolicySet(p->target, NULL, NULL, NULL,
			  PG_ARGISNULL(ALTER_PREMAKE) ? -1 : PG_GETARG_INT32(ALTER_PREMAKE),
			  IntervalArg(fcinfo, ALTER_RETAIN), TextArg(fcinfo, ALTER_RETAIN_ACTION));
}

static void
AlterSchedule(FunctionCallInfo fcinfo, const Pipeline *p)
{
	char	   *schedule = TextArg(fcinfo, ALTER_SCHEDULE);

	if (schedule == NULL)
		return;
	if (*schedule == '\0')
		ScheduleRemove(p->name);
	else
		ScheduleSet(p, schedule);
}

Datum
elt_alter_pipeline(PG_FUNCTION_ARGS)
{
	Pipeline   *p;

	RequireArg(fcinfo, ALTER_NAME, "name");
	SPI_connect();
	p = PipelineByName(TextArg(fcinfo, ALTER_NAME));
	PipelineCheckMayDefine(p);
	CheckNotNegative(IntervalArg(fcinfo, ALTER_LOOKBACK), "lookback");
	CheckNotNegative(IntervalArg(fcinfo, ALTER_MAX_FUTURE), "max_future");
	CheckNotNegative(IntervalArg(fcinfo, ALTER_NOT_YET_LIMIT), "not_yet_limit");
	AlterParams(fcinfo, p);
	UpdatePipeline(fcinfo, p);
	AlterPolicy(fcinfo, p);
	AlterSchedule(fcinfo, p);
	if (!PG_ARGISNULL(ALTER_START_AT))
		CursorForget(p);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(ALTER_NAME));
}

static Pipeline *
PipelineArg(FunctionCallInfo fcinfo)
{
	RequireArg(fcinfo, 0, "name");
	return PipelineByName(TextArg(fcinfo, 0));
}

/* A running pipeline is left alone: its run would go on without a definition. */
static void
CheckIdle(const Pipeline *p)
{
	if (!PipelineTryLock(p))
		ereport(ERROR,
				(errcode(ERRCODE_ELT_PIPELINE_BUSY),
				 errmsg("pipeline \"%s\" is running", p->name),
				 errhint("Wait until it has finished, or end it with elt.cancel(run_id): "
						 "SELECT * FROM elt.progress.")));
	PipelineUnlock(p);
}

Datum
elt_drop_pipeline(PG_FUNCTION_ARGS)
{
	Pipeline   *p;

	RequireArg(fcinfo, 0, "name");
	SPI_connect();
	p = PipelineArg(fcinfo);
	PipelineCheckMayDefine(p);
	CheckIdle(p);
	if (p->schedule != NULL)
		ScheduleRemove(p->name);
	StagingDrop(p);
	PipelineExec(p, "delete from elt_catalog.pipeline where id = $1");
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* A cursor stands where a window begins, or it would never meet the end of one again. */
static TimestampTz
ResetPoint(const Pipeline *p, TimestampTz to)
{
	SourceDefinition *source = SourceDefinitionRead(p->source);
	TimestampTz origin;

	if (source->window == NULL || TIMESTAMP_IS_NOEND(to))
		return to;
	origin = SourceWindowFloor(source, p->start_at);
	return to <= origin ? origin : SourceWindowFloor(source, to);
}

Datum
elt_reset_pipeline(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	int64		reopened;

	RequireArg(fcinfo, 0, "name");
	SPI_connect();
	p = PipelineArg(fcinfo);
	PipelineCheckMayDefine(p);
	CheckIdle(p);
	reopened = CursorReset(p, PG_ARGISNULL(1), PG_ARGISNULL(1) ? 0 :
						   ResetPoint(p, PG_GETARG_TIMESTAMPTZ(1)));
	SPI_finish();
	PG_RETURN_INT64(reopened);
}

/* Set paused; returns whether that changed anything. */
static bool
SetPaused(FunctionCallInfo fcinfo, bool paused)
{
	Pipeline   *p;
	Sql			q;
	bool		changed;

	SPI_connect();
	p = PipelineArg(fcinfo);
	PipelineCheckMayOperate(p);
	SqlBegin(&q,
			 "update elt_catalog.pipeline set paused = $2 where id = $1 and paused <> $2");
	SqlAddInt4(&q, p->id);
	SqlAddBool(&q, paused);
	changed = SqlRun(&q, AsCatalog()) > 0;
	SqlDone(&q);
	WakeSchedulerAtCommit();
	SPI_finish();
	return changed;
}

Datum
elt_pause(PG_FUNCTION_ARGS)
{
	RequireArg(fcinfo, 0, "name");
	PG_RETURN_BOOL(SetPaused(fcinfo, true));
}

Datum
elt_resume(PG_FUNCTION_ARGS)
{
	RequireArg(fcinfo, 0, "name");
	PG_RETURN_BOOL(SetPaused(fcinfo, false));
}

/*
 * alter.c
 *	  Change pipelines, move them back, pause and forget them.
 */
#include "base/compat.h"

#include "base/sql.h"
#include "base/wake.h"
#include "catalog/command.h"
#include "catalog/home.h"
#include "catalog/pg_type.h"
#include "catalog/schedule.h"
#include "catalog/standing.h"
#include "load/source_view.h"
#include "load/staging.h"
#include "load/work.h"
#include "miscadmin.h"
#include "merge/absence.h"
#include "merge/strategy_check.h"
#include "partition/policy_set.h"
#include "pipeline/arguments.h"
#include "pipeline/ask_once.h"
#include "pipeline/pipeline_cursor.h"
#include "pipeline/hand_over.h"
#include "pipeline/params_query.h"
#include "pipeline/retained.h"
#include "pipeline/unset.h"
#include "source/definition.h"
#include "source/slices.h"

PG_FUNCTION_INFO_V1(elt_alter_pipeline);
PG_FUNCTION_INFO_V1(elt_drop_pipeline);
PG_FUNCTION_INFO_V1(elt_reset_pipeline);
PG_FUNCTION_INFO_V1(elt_pause);
PG_FUNCTION_INFO_V1(elt_resume);

/* Arguments of elt.alter_pipeline, in order. */
enum
{
	ALTER_NAME, ALTER_PARAMS, ALTER_START_AT, ALTER_LOOKBACK, ALTER_PUBLICATION_DELAY,
	ALTER_NOT_YET_LIMIT, ALTER_PREMAKE, ALTER_RETAIN, ALTER_RETAIN_ACTION,
	ALTER_MAX_FUTURE, ALTER_MAX_NEW_PARTITIONS, ALTER_BATCH_ROWS, ALTER_BATCH_BYTES,
	ALTER_MAX_ATTEMPTS, ALTER_SCHEDULE, ALTER_PARAMS_QUERY, ALTER_FAIL_AFTER,
	ALTER_MAX_DELETE_PERCENT, ALTER_MIN_ROWS_PERCENT, ALTER_TOMBSTONE_RETENTION,
	ALTER_LATE_HORIZON, ALTER_BATCH_SECONDS, ALTER_MAX_REJECT_PERCENT, ALTER_OWNER,
	ALTER_SOURCE, ALTER_RENAMED_COLUMNS, ALTER_OPTIONS,
	ALTER_ON_MISSING_FIELD
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
			 " schedule = nullif(coalesce($12, schedule), ''),"
			 " params_query = nullif(coalesce($13, params_query), ''),"
			 " fail_after = nullif(coalesce($14, fail_after), 0),"
			 " max_delete_percent = coalesce($15, max_delete_percent),"
			 " min_rows_percent = coalesce($16, min_rows_percent),"
			 " tombstone_retention = coalesce($17, tombstone_retention),"
			 " late_horizon = coalesce($18, late_horizon),"
			 " batch_seconds = coalesce($19, batch_seconds),"
			 " max_reject_percent = coalesce($20, max_reject_percent),"
			 " on_missing_field = coalesce($21, on_missing_field), changed_at = clock_timestamp()"
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
	AddArg(&q, fcinfo, ALTER_PARAMS_QUERY, TEXTOID);
	AddArg(&q, fcinfo, ALTER_FAIL_AFTER, INT4OID);
	AddArg(&q, fcinfo, ALTER_MAX_DELETE_PERCENT, FLOAT8OID);
	AddArg(&q, fcinfo, ALTER_MIN_ROWS_PERCENT, FLOAT8OID);
	AddArg(&q, fcinfo, ALTER_TOMBSTONE_RETENTION, INTERVALOID);
	AddArg(&q, fcinfo, ALTER_LATE_HORIZON, INTERVALOID);
	AddArg(&q, fcinfo, ALTER_BATCH_SECONDS, INT4OID);
	AddArg(&q, fcinfo, ALTER_MAX_REJECT_PERCENT, FLOAT8OID);
	AddArg(&q, fcinfo, ALTER_ON_MISSING_FIELD, TEXTOID);
	SqlDo(&q, AsCatalog());
}

/* What is gone from a load of all that the pipeline asked for is not gone from what it asks now. */
static void
ForgetFullLoad(const Pipeline *p)
{
	if (PipelineLoadsAll(p))
		StagedForget(p);
}

/*
 * What is no longer asked for must not hold back the pipeline's cursor. A query says what that
 * is when the next run asks it.
 */
static void
AlterParams(FunctionCallInfo fcinfo, const Pipeline *p, const SourceDefinition *source)
{
	Pipeline	altered = *p;

	if (PG_ARGISNULL(ALTER_PARAMS) && PG_ARGISNULL(ALTER_PARAMS_QUERY))
		return;
	if (!PG_ARGISNULL(ALTER_PARAMS_QUERY))
		PipelineCheckMayActAsOwner(p, "set params_query of");
	if (!PG_ARGISNULL(ALTER_PARAMS))
		altered.params = JsonArg(fcinfo, ALTER_PARAMS);
	altered.params_query = TextArg(fcinfo, ALTER_PARAMS_QUERY, p->params_query);
	if (altered.params_query != NULL && *altered.params_query == '\0')
		altered.params_query = NULL;
	AbsenceCheckOptions(&altered, source);
	ForgetFullLoad(p);
	if (altered.params_query != NULL)
		ParamsQueryCheck(&altered, source);
	else
	{
		CursorKeepOnly(p, SourceParams(source, altered.params));
		if (!SourceListsCombinations(source))
			SlicesKeepOnly(p, SourceParams(source, altered.params));
	}
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
				 errmsg("target of pipeline \"%s\" is not partitioned by pg_elt", p->name),
				 errhint("premake and retain need partition_by of elt.create_pipeline.")));
	PolicySet(p->target, NULL, NULL, NULL,
			  Int4Arg(fcinfo, ALTER_PREMAKE, -1), IntervalArg(fcinfo, ALTER_RETAIN, NULL),
			  TextArg(fcinfo, ALTER_RETAIN_ACTION, NULL));
}

static void
AlterSchedule(FunctionCallInfo fcinfo, const Pipeline *p)
{
	char	   *schedule = TextArg(fcinfo, ALTER_SCHEDULE, NULL);

	if (schedule == NULL)
		return;
	if (*schedule == '\0')
		ScheduleRemove(p->name);
	else
		ScheduleSet(p, schedule);
}

static void
CheckLookback(FunctionCallInfo fcinfo, const Pipeline *p, const SourceDefinition *source)
{
	Interval   *lookback = IntervalArg(fcinfo, ALTER_LOOKBACK, NULL);

	if (lookback == NULL)
		return;
	CheckNotNegative(lookback, "lookback");
	LookbackCheck(p, lookback);
	PipelineLookbackCheck(p, source, lookback);
}

/* An option that options sets back to null must not have a value as well. */
static void
CheckGivenOnce(FunctionCallInfo fcinfo)
{
	static const struct
	{
		int			argument;
		const char *name;
	}			limits[] = {
		{ALTER_FAIL_AFTER, "fail_after"}, {ALTER_LATE_HORIZON, "late_horizon"},
		{ALTER_NOT_YET_LIMIT, "not_yet_limit"}, {ALTER_RETAIN, "retain"},
		{ALTER_TOMBSTONE_RETENTION, "tombstone_retention"},
	};

	for (int i = 0; i < lengthof(limits); i++)
	{
		if (PG_ARGISNULL(limits[i].argument) ||
			!UnsetsOption(fcinfo, ALTER_OPTIONS, limits[i].name))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is given a value and null", limits[i].name),
				 errhint("Leave out the argument or the option.")));
	}
}

static void
CheckAltered(FunctionCallInfo fcinfo, const Pipeline *p, const SourceDefinition *source)
{
	CheckGivenOnce(fcinfo);
	CheckFinite(fcinfo, ALTER_START_AT, "start_at");
	CheckLookback(fcinfo, p, source);
	(void) IntervalArg(fcinfo, ALTER_PUBLICATION_DELAY, NULL);
	CheckNotNegative(IntervalArg(fcinfo, ALTER_MAX_FUTURE, NULL), "max_future");
	CheckNotNegative(IntervalArg(fcinfo, ALTER_NOT_YET_LIMIT, NULL), "not_yet_limit");
	CheckNotNegative(IntervalArg(fcinfo, ALTER_TOMBSTONE_RETENTION, NULL),
					 "tombstone_retention");
	TombstoneRetentionCheck(p, IntervalArg(fcinfo, ALTER_TOMBSTONE_RETENTION, NULL));
	CheckNotNegative(IntervalArg(fcinfo, ALTER_LATE_HORIZON, NULL), "late_horizon");
	PolicyCheckPremake(Int4Arg(fcinfo, ALTER_PREMAKE, 0));
	if (Int4Arg(fcinfo, ALTER_FAIL_AFTER, 0) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fail_after must not be negative"),
				 errhint("fail_after => 0 asks for every slice however many fail.")));
	CheckPositive(Int4Arg(fcinfo, ALTER_MAX_NEW_PARTITIONS, 1), "max_new_partitions");
	CheckPositive(Int8Arg(fcinfo, ALTER_BATCH_ROWS, 1), "batch_rows");
	CheckPositive(Int8Arg(fcinfo, ALTER_BATCH_BYTES, 1), "batch_bytes");
	CheckPositive(Int4Arg(fcinfo, ALTER_BATCH_SECONDS, 1), "batch_seconds");
	CheckPositive(Int4Arg(fcinfo, ALTER_MAX_ATTEMPTS, 1), "max_attempts");
	CheckPercent(DoubleArg(fcinfo, ALTER_MAX_REJECT_PERCENT, 0), "max_reject_percent");
	CheckOnMissingField(TextArg(fcinfo, ALTER_ON_MISSING_FIELD, "warn"));
	CheckPercent(DoubleArg(fcinfo, ALTER_MAX_DELETE_PERCENT, 0), "max_delete_percent");
	CheckPercent(DoubleArg(fcinfo, ALTER_MIN_ROWS_PERCENT, 0), "min_rows_percent");
}

/*
 * Before all else: the rest is checked against what it stands on from now on. Returns its source
 * if that had to be read.
 */
static SourceDefinition *
AlterWhatItStandsOn(FunctionCallInfo fcinfo, Pipeline *p)
{
	bool		has_columns = !PG_ARGISNULL(ALTER_RENAMED_COLUMNS);

	if (!PG_ARGISNULL(ALTER_OWNER))
		HandOverOwner(p, PG_GETARG_OID(ALTER_OWNER));
	if (PG_ARGISNULL(ALTER_SOURCE) && !has_columns)
		return NULL;
	return HandOverSource(p, PG_ARGISNULL(ALTER_SOURCE) ? p->source : PG_GETARG_OID(ALTER_SOURCE),
						  has_columns ? PG_GETARG_JSONB_P(ALTER_RENAMED_COLUMNS) : NULL);
}

/* A source that is gone does not keep the other options from being altered. */
static bool
NeedsSource(FunctionCallInfo fcinfo)
{
	return !PG_ARGISNULL(ALTER_PARAMS) || !PG_ARGISNULL(ALTER_PARAMS_QUERY) ||
		!PG_ARGISNULL(ALTER_START_AT) || !PG_ARGISNULL(ALTER_RETAIN) ||
		!PG_ARGISNULL(ALTER_LOOKBACK);
}

Datum
elt_alter_pipeline(PG_FUNCTION_ARGS)
{
	Pipeline   *p = CommandBeginLocked(fcinfo, PipelineCheckMayDefine);
	SourceDefinition *source = AlterWhatItStandsOn(fcinfo, p);

	if (source == NULL && NeedsSource(fcinfo))
		source = SourceDefinitionOf(p);
	CheckAltered(fcinfo, p, source);
	AlterParams(fcinfo, p, source);
	UpdatePipeline(fcinfo, p);
	if (!PG_ARGISNULL(ALTER_LATE_HORIZON))
		StrategyOptionsChanged(PipelineByName(p->name));
	AlterPolicy(fcinfo, p);
	UnsetOptions(fcinfo, ALTER_OPTIONS, p);
	if (!PG_ARGISNULL(ALTER_START_AT) || !PG_ARGISNULL(ALTER_RETAIN))
		TellOfLaterStart(PipelineByName(p->name), source);
	AlterSchedule(fcinfo, p);
	if (!PG_ARGISNULL(ALTER_START_AT))
		CursorForget(p);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(ALTER_NAME));
}

Datum
elt_drop_pipeline(PG_FUNCTION_ARGS)
{
	Pipeline   *p = CommandBeginLocked(fcinfo, PipelineCheckMayDefine);

	if (p->schedule != NULL)
		ScheduleRemove(p->name);
	StagedForget(p);
	StagingDrop(p);
	SourceViewDrop(p);
	WorkTablesDrop(p);
	PipelineExec(p, "delete from elt_catalog.request_log where pipeline_id = $1");
	PipelineExec(p, "delete from elt_catalog.pipeline where id = $1");
	StagingRelease(p->owner);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* A cursor stands where a window begins, or it would never meet the end of one again. */
static TimestampTz
ResetPoint(const Pipeline *p, const SourceDefinition *source, TimestampTz to)
{
	TimestampTz origin;

	if (source->window == NULL || TIMESTAMP_IS_NOEND(to))
		return to;
	origin = SourceWindowFloor(source, p->start_at);
	return to <= origin ? origin : SourceWindowFloor(source, to);
}

static int64
ResetTo(const Pipeline *p, const SourceDefinition *source, TimestampTz to)
{
	PipelineCursorReset(p, source, to);
	to = ResetPoint(p, source, to);
	AskOnceCheckReset(p, source, to);
	return CursorReset(p, false, to);
}

/* Null is a time that a query did not find, not the wish to begin again. */
static void
CheckResetPoint(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the time to go back to must not be null"),
				 errhint("Leave it out to go back to the start.")));
}

Datum
elt_reset_pipeline(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	int64		reopened;

	CheckResetPoint(fcinfo);
	p = CommandBeginLocked(fcinfo, PipelineCheckMayDefine);
	if (!TIMESTAMP_IS_NOBEGIN(PG_GETARG_TIMESTAMPTZ(1)))
		reopened = ResetTo(p, SourceDefinitionOf(p), PG_GETARG_TIMESTAMPTZ(1));
	else
	{
		AskOnceCheckReset(p, NULL, DT_NOBEGIN);
		reopened = CursorReset(p, true, 0);
	}
	SPI_finish();
	PG_RETURN_INT64(reopened);
}

/* Set paused; returns whether that changed anything. */
static bool
SetPaused(FunctionCallInfo fcinfo, bool paused)
{
	Pipeline   *p = CommandBegin(fcinfo, PipelineCheckMayOperate);
	Sql			q;
	bool		changed;

	(void) HomeSettle();
	SqlBegin(&q,
			 "update elt_catalog.pipeline set paused = $2 where id = $1 and paused <> $2");
	SqlAddInt4(&q, p->id);
	SqlAddBool(&q, paused);
	changed = SqlDo(&q, AsCatalog()) > 0;
	if (!paused)
		HomeConfirm();
	WakeSchedulerAtCommit();
	SPI_finish();
	return changed;
}

Datum
elt_pause(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(SetPaused(fcinfo, true));
}

Datum
elt_resume(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(SetPaused(fcinfo, false));
}

/*
 * alter.c
 *	  Alter, reset, pause and resume pipelines.
 */
#include "base/compat.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/sql.h"
#include "base/wake.h"
#include "catalog/command.h"
#include "catalog/file_ledger.h"
#include "catalog/home.h"
#include "catalog/order.h"
#include "catalog/run_pool.h"
#include "catalog/schedule.h"
#include "catalog/standing.h"
#include "catalog/suspension.h"
#include "catalog/truncated.h"
#include "change/change_keep.h"
#include "change/history_as_of.h"
#include "check/batch_check.h"
#include "load/source_view.h"
#include "load/staging.h"
#include "merge/absence.h"
#include "merge/strategy_check.h"
#include "partition/policy_set.h"
#include "pipeline/ask_once.h"
#include "pipeline/define.h"
#include "pipeline/given_options.h"
#include "pipeline/hand_over.h"
#include "pipeline/owner_sql.h"
#include "pipeline/params_query.h"
#include "pipeline/pipeline_cursor.h"
#include "pipeline/retained.h"
#include "source/definition.h"
#include "source/slices.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_alter_pipeline);
PG_FUNCTION_INFO_V1(elt_reset_pipeline);
PG_FUNCTION_INFO_V1(elt_pause);
PG_FUNCTION_INFO_V1(elt_resume);

/* Arguments of elt.alter_pipeline that are no options, from the end. */
#define ALTER_OPTIONS (PG_NARGS() - 4)
#define ALTER_OWNER (PG_NARGS() - 3)
#define ALTER_SOURCE (PG_NARGS() - 2)
#define ALTER_RENAMED_COLUMNS (PG_NARGS() - 1)

/* What is gone from a load of all that the pipeline asked for is not gone from what it asks now. */
static void
ForgetFullLoad(const Pipeline *p)
{
	if (PipelineLoadsAll(p) || p->full_every != NULL)
		StagedForget(p);
}

/*
 * What is no longer asked for must not hold back the pipeline's cursor. A query says what that
 * is when the next run asks it.
 */
static void
AlterParams(const Pipeline *p, const Pipeline *altered, Bitmapset *given,
			const SourceDefinition *source)
{
	if (!PipelineOptionIn(given, "params") && !PipelineOptionIn(given, "params_query"))
		return;
	if (PipelineOptionIn(given, "params_query"))
		PipelineCheckMayActAsOwner(p, "set params_query of");
	AbsenceCheckOptions(altered, source);
	ForgetFullLoad(p);
	if (altered->params_query != NULL)
		ParamsQueryCheck(altered, source);
	else
	{
		CursorKeepOnly(p, SourceParams(source, altered->params));
		if (!SourceListsCombinations(source))
			SlicesKeepOnly(p, SourceParams(source, altered->params));
	}
}

static bool
ChangesPolicy(Bitmapset *given)
{
	static const char *const options[] = {
		"partition_premake", "retain", "retain_action", "archive_server", "archive_path",
		"archive_format"
	};
	bool		changes = false;

	for (int i = 0; i < lengthof(options); i++)
		changes |= PipelineOptionIn(given, options[i]);
	return changes;
}

static void
AlterPolicy(const Pipeline *altered, Bitmapset *given)
{
	if (altered->partition_by == NULL || !ChangesPolicy(given))
		return;
	DefineStorePolicy(altered);
	if (altered->retain == NULL)
		PolicyKeepForEver(altered->target);
}

static void
AlterSchedule(const Pipeline *altered, Bitmapset *given)
{
	static const char *const options[] = {"schedule", "schedule_time_zone", "max_delay", "after"};
	bool		changes = false;

	for (int i = 0; i < lengthof(options); i++)
		changes |= PipelineOptionIn(given, options[i]);
	if (!changes)
		return;
	ScheduleCheck(altered);
	if (BatchChecksJudgeRuns(altered))
		BatchChecksNeedEnd(altered);
	ScheduleApply(altered);
}

static void
CheckOwnerSql(const Pipeline *p, const Pipeline *altered, Bitmapset *given)
{
	if (!PipelineOptionIn(given, "run_when") && !PipelineOptionIn(given, "before_landing") &&
		!PipelineOptionIn(given, "on_landed"))
		return;
	PipelineCheckMayActAsOwner(p, "set SQL of");
	OwnerSqlCheck(altered);
}

static void
CheckAltered(Pipeline *altered, Bitmapset *given, const SourceDefinition *source)
{
	if (PipelineOptionIn(given, "start_at"))
	{
		DefineCheckStart(altered, source);
		PipelineCursorCheck(altered, source);
	}
	if (PipelineOptionIn(given, "lookback"))
	{
		LookbackCheck(altered, altered->lookback);
		PipelineLookbackCheck(altered, source, altered->lookback);
	}
	if (PipelineOptionIn(given, "full_every"))
		DefineCheckFullEvery(altered, source);
	TombstoneRetentionCheck(altered);
}

/* A child is owned by who owns its parent. */
static void
AlterOwner(Pipeline *p, Oid owner)
{
	ListCell   *lc;

	PipelineCheckMayDefineRoot(p);
	foreach(lc, PipelineFamily(p))
	{
		HandOverOwner(lfirst(lc), owner);
		ChangeLogHandOver(lfirst(lc));
	}
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
		AlterOwner(p, PG_GETARG_OID(ALTER_OWNER));
	if (PG_ARGISNULL(ALTER_SOURCE) && !has_columns)
		return NULL;
	return HandOverSource(p, PG_ARGISNULL(ALTER_SOURCE) ? p->source : PG_GETARG_OID(ALTER_SOURCE),
						  has_columns ? PG_GETARG_JSONB_P(ALTER_RENAMED_COLUMNS) : NULL);
}

/* A source that is gone does not keep the other options from being altered. */
static bool
NeedsSource(Bitmapset *given)
{
	return PipelineOptionIn(given, "params") || PipelineOptionIn(given, "params_query") ||
		PipelineOptionIn(given, "start_at") || PipelineOptionIn(given, "retain") ||
		PipelineOptionIn(given, "lookback") || PipelineOptionIn(given, "full_every");
}

static void
AlterOptions(const Pipeline *p, Pipeline *altered, Bitmapset *given,
			 const SourceDefinition *source)
{
	CheckAltered(altered, given, source);
	PoolCheck(altered);
	if (PipelineOptionIn(given, "after"))
		OrderCheck(altered);
	CheckOwnerSql(p, altered, given);
	AlterParams(p, altered, given, source);
	PipelineStoreOptions(altered, given);
	if (PipelineOptionIn(given, "late_horizon"))
		StrategyOptionsChanged(altered);
	AlterPolicy(altered, given);
	if (PipelineOptionIn(given, "change_log"))
		ChangeLogKeep(altered);
	if (strcmp(altered->strategy, "scd2") == 0 && get_rel_name(altered->target) != NULL)
		HistoryAsOfEnsure(altered->target, altered->owner);
	if (PipelineOptionIn(given, "start_at") || PipelineOptionIn(given, "retain"))
		TellOfLaterStart(altered, source);
	AlterSchedule(altered, given);
	if (PipelineOptionIn(given, "start_at"))
		CursorForget(p);
}

Datum
elt_alter_pipeline(PG_FUNCTION_ARGS)
{
	Pipeline   *p = CommandBeginLocked(fcinfo, PipelineCheckMayDefine);
	SourceDefinition *source = AlterWhatItStandsOn(fcinfo, p);
	Pipeline	altered = *p;
	Bitmapset  *given = GivenOptions(fcinfo, ALTER_OPTIONS, &altered);

	if (source == NULL && NeedsSource(given))
		source = SourceDefinitionOf(p);
	AlterOptions(p, &altered, given, source);
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
				 errmsg("reset_to must not be null"),
				 errhint("Omit it to reset the pipeline to its start.")));
}

Datum
elt_reset_pipeline(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	int64		reopened;

	CheckResetPoint(fcinfo);
	p = CommandBeginLocked(fcinfo, PipelineCheckMayDefineRoot);
	if (!TIMESTAMP_IS_NOBEGIN(PG_GETARG_TIMESTAMPTZ(1)))
		reopened = ResetTo(p, SourceDefinitionOf(p), PG_GETARG_TIMESTAMPTZ(1));
	else
	{
		AskOnceCheckReset(p, NULL, DT_NOBEGIN);
		reopened = CursorReset(p, true, 0);
		FileLedgerClear(p);
		TruncatedKeepOnly(p, NULL);
	}
	SPI_finish();
	PG_RETURN_INT64(reopened);
}

/* Set paused; returns whether that changed anything. */
static bool
SetPaused(FunctionCallInfo fcinfo, bool paused)
{
	Pipeline   *p = CommandBegin(fcinfo, PipelineCheckMayRun);
	Sql			q;
	bool		changed;

	(void) HomeSettle();
	SqlBegin(&q,
			 "update elt_catalog.pipeline set paused = $2"
			 " where (id = $1 or root_id = $1) and paused <> $2");
	SqlAddInt4(&q, p->id);
	SqlAddBool(&q, paused);
	changed = SqlDo(&q, AsCatalog()) > 0;
	if (!paused)
	{
		HomeConfirm();
		changed |= FailureForget(p);
	}
	if (!paused && changed)
		ScheduleApply(p);
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

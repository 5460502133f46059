/*
 * define.c
 *	  Declare pipelines: read the arguments, check them, make target and staging table.
 */
#include "base/compat.h"

#include "access/relation.h"
#include "base/errors.h"
#include "base/lock.h"
#include "base/sql.h"
#include "catalog/pipeline.h"
#include "catalog/schedule.h"
#include "check/declared_check.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "load/source_view.h"
#include "load/staging.h"
#include "merge/absence.h"
#include "merge/sequence.h"
#include "merge/strategy.h"
#include "merge/strategy_check.h"
#include "miscadmin.h"
#include "partition/policy_set.h"
#include "pipeline/arguments.h"
#include "pipeline/define.h"
#include "pipeline/params_query.h"
#include "pipeline/pipeline_cursor.h"
#include "pipeline/retained.h"
#include "pipeline/source_rights.h"
#include "source/definition.h"
#include "source/kinds.h"
#include "source/slices.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(elt_create_pipeline);

/* Arguments of elt.create_pipeline, in order. */
enum
{
	ARG_NAME, ARG_SOURCE, ARG_TARGET, ARG_KEY, ARG_STRATEGY, ARG_PARAMS, ARG_START_AT,
	ARG_LOOKBACK, ARG_PUBLICATION_DELAY, ARG_NOT_YET_LIMIT, ARG_PARTITION_BY,
	ARG_PARTITION_INTERVAL, ARG_PARTITION_TIME_ZONE, ARG_PREMAKE, ARG_RETAIN,
	ARG_RETAIN_ACTION, ARG_MAX_FUTURE, ARG_MAX_NEW_PARTITIONS, ARG_BATCH_ROWS,
	ARG_BATCH_BYTES, ARG_MAX_ATTEMPTS, ARG_SCHEDULE, ARG_SEQUENCE_BY,
	ARG_DELETE_WHEN, ARG_TRACK_COLUMNS, ARG_DELETES, ARG_FIRST_VALID_FROM,
	ARG_LOAD, ARG_ABSENT, ARG_MAX_DELETE_PERCENT, ARG_MIN_ROWS_PERCENT,
	ARG_TOMBSTONE_RETENTION, ARG_UPDATE_COLUMNS, ARG_INSERT_ONLY_COLUMNS,
	ARG_LATE_HORIZON, ARG_LATE_POLICY, ARG_PARAMS_QUERY, ARG_FAIL_AFTER,
	ARG_CURSOR_COLUMN, ARG_BATCH_SECONDS, ARG_MAX_REJECT_PERCENT, ARG_ON_MISSING_FIELD
};

/* The definition that the arguments give; its target is not known yet. */
static Pipeline *
PipelineOfArgs(FunctionCallInfo fcinfo)
{
	Pipeline   *p = palloc0(sizeof(Pipeline));
	Interval	none = {0};
	Interval	day = {.day = 1};

	p->name = TextArg(fcinfo, ARG_NAME, NULL);
	p->owner = GetUserId();
	p->source = PG_GETARG_OID(ARG_SOURCE);
	p->key = NamesArg(fcinfo, ARG_KEY);
	p->strategy = TextArg(fcinfo, ARG_STRATEGY, "upsert");
	p->load = TextArg(fcinfo, ARG_LOAD, "incremental");
	p->params = JsonArg(fcinfo, ARG_PARAMS);
	p->params_query = TextArg(fcinfo, ARG_PARAMS_QUERY, NULL);
	CheckFinite(fcinfo, ARG_START_AT, "start_at");
	p->has_start_at = !PG_ARGISNULL(ARG_START_AT);
	p->start_at = p->has_start_at ? PG_GETARG_TIMESTAMPTZ(ARG_START_AT) : 0;
	p->lookback = IntervalArg(fcinfo, ARG_LOOKBACK, &none);
	p->publication_delay = IntervalArg(fcinfo, ARG_PUBLICATION_DELAY, &none);
	p->not_yet_limit = IntervalArg(fcinfo, ARG_NOT_YET_LIMIT, NULL);
	p->cursor_column = TextArg(fcinfo, ARG_CURSOR_COLUMN, NULL);
	p->fail_after = Int4Arg(fcinfo, ARG_FAIL_AFTER, 0);
	p->partition_by = TextArg(fcinfo, ARG_PARTITION_BY, NULL);
	p->max_future = IntervalArg(fcinfo, ARG_MAX_FUTURE, &day);
	p->max_new_partitions = Int4Arg(fcinfo, ARG_MAX_NEW_PARTITIONS, 50);
	p->batch_rows = Int8Arg(fcinfo, ARG_BATCH_ROWS, 200000);
	p->batch_bytes = Int8Arg(fcinfo, ARG_BATCH_BYTES, 268435456);
	p->max_attempts = Int4Arg(fcinfo, ARG_MAX_ATTEMPTS, 5);
	p->schedule = TextArg(fcinfo, ARG_SCHEDULE, NULL);
	if (p->schedule != NULL && *p->schedule == '\0')
		p->schedule = NULL;
	p->sequence_by = NamesArg(fcinfo, ARG_SEQUENCE_BY);
	p->delete_when = TextArg(fcinfo, ARG_DELETE_WHEN, NULL);
	p->tombstone_retention = IntervalArg(fcinfo, ARG_TOMBSTONE_RETENTION, NULL);
	p->update_columns = NamesArg(fcinfo, ARG_UPDATE_COLUMNS);
	p->insert_only_columns = NamesArg(fcinfo, ARG_INSERT_ONLY_COLUMNS);
	p->track_columns = NamesArg(fcinfo, ARG_TRACK_COLUMNS);
	p->deletes = TextArg(fcinfo, ARG_DELETES, "close");
	p->first_valid_from = TextArg(fcinfo, ARG_FIRST_VALID_FROM, "event");
	p->late_horizon = IntervalArg(fcinfo, ARG_LATE_HORIZON, NULL);
	p->late_policy = TextArg(fcinfo, ARG_LATE_POLICY, "rebuild");
	p->absent = TextArg(fcinfo, ARG_ABSENT, "ignore");
	p->max_delete_percent = DoubleArg(fcinfo, ARG_MAX_DELETE_PERCENT, 10);
	p->min_rows_percent = DoubleArg(fcinfo, ARG_MIN_ROWS_PERCENT, 50);
	p->batch_seconds = Int4Arg(fcinfo, ARG_BATCH_SECONDS, 60);
	p->max_reject_percent = DoubleArg(fcinfo, ARG_MAX_REJECT_PERCENT, 50);
	p->on_missing_field = TextArg(fcinfo, ARG_ON_MISSING_FIELD, "warn");
	return p;
}

static void
CheckNameIsPlain(const char *name)
{
	size_t		len = strlen(name);

	if (len > 0 && len <= 48 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len &&
		!(name[0] >= '0' && name[0] <= '9'))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_NAME),
			 errmsg("invalid pipeline name: \"%s\"", name),
			 errhint("A name consists of at most 48 lower-case letters, digits and "
					 "underscores, and does not begin with a digit.")));
}

static void
CheckNameIsFree(const char *name)
{
	Sql			q;

	SqlBegin(&q, "select from elt_catalog.pipeline where name = $1");
	SqlAddText(&q, name);
	if (SqlDo(&q, AsCatalog()) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("pipeline \"%s\" already exists", name),
				 errhint("Use elt.alter_pipeline to change it or elt.drop_pipeline to remove it.")));
}

static uint32
HashOf(const char *name)
{
	return hash_bytes((const unsigned char *) name, strlen(name));
}

/* Two sessions that take one name at once would meet in a unique index. */
static void
LockName(const char *name)
{
	if (TransactionLockTry(LOCK_NAME, HashOf(name)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ELT_PIPELINE_BUSY),
			 errmsg("another session is giving a pipeline the name \"%s\"", name),
			 errhint("Wait until its transaction has ended.")));
}

void
DefineCheckName(const char *name)
{
	CheckNameIsPlain(name);
	LockName(name);
	CheckNameIsFree(name);
}

static void
CheckSource(Oid source, Oid owner)
{
	relation_close(RelationOpen(source, AccessShareLock), NoLock);
	if (!SourceIsOurs(source))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a foreign table of %s", get_rel_name(source),
						KindWrappers()),
				 errhint("CREATE FOREIGN TABLE ... SERVER ... with a server whose wrapper is "
						 "one of them.")));
	SourceCheckReadable(source, owner);
}

static void
CheckKeyColumn(const char *column, Oid source)
{
	AttrNumber	attnum = get_attnum(source, column);
	Oid			type;

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("key column \"%s\" does not exist in source \"%s\"", column,
						get_rel_name(source))));
	type = get_atttype(source, attnum);
	if (!OidIsValid(lookup_type_cache(type, TYPECACHE_LT_OPR)->lt_opr))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("key column \"%s\" has type %s, of which no unique index can be made",
						column, format_type_be(type)),
				 errhint("Name columns that are numbers, times or text.")));
}

static void
CheckKey(List *key, Oid source)
{
	ListCell   *lc;

	foreach(lc, key)
	{
		CheckKeyColumn(lfirst(lc), source);
		for (int i = 0; i < foreach_current_index(lc); i++)
			if (strcmp(list_nth(key, i), lfirst(lc)) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("key column \"%s\" is named twice", (char *) lfirst(lc)),
						 errhint("Name it once.")));
	}
}

/* What the source needs to be asked: values for its params, a start for its windows. */
static void
CheckAsking(Pipeline *p, const SourceDefinition *source)
{
	if (p->params_query != NULL)
		ParamsQueryCheck(p, source);
	else
		(void) SourceParams(source, p->params);
	if (source->window != NULL && !p->has_start_at)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("start_at is missing"),
				 errdetail("Source \"%s\" is asked window by window, so the first window must "
						   "be known.", source->relation),
				 errhint("Say from when on, for example start_at => '2024-01-01'.")));
	PipelineCursorCheck(p, source);
	PipelineLookbackCheck(p, source, p->lookback);
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
CheckDeleteWhen(const Pipeline *p)
{
	if (p->delete_when == NULL)
		return;
	if (p->sequence_by == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("delete_when needs sequence_by"),
				 errdetail("Without an order an update that comes late could not be told from a "
						   "row that came back."),
				 errhint("Name the columns that say which of two rows is newer.")));
	ConditionVerify(p, "delete_when", p->delete_when);
}

static void
CheckLoad(const Pipeline *p)
{
	if (strcmp(p->load, "incremental") != 0 && strcmp(p->load, "full") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"load\": \"%s\"", p->load),
				 errhint("Valid values are \"incremental\" and \"full\".")));
	if (PipelineLoadsAll(p) && p->cursor_column != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("load => 'full' keeps no cursor, so it takes no cursor_column"),
				 errhint("Leave out one of the two.")));
}

static void
CheckFailAfter(FunctionCallInfo fcinfo, const Pipeline *p)
{
	if (!PG_ARGISNULL(ARG_FAIL_AFTER) && p->fail_after <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fail_after must be positive"),
				 errhint("Omit it to request every slice regardless of failures.")));
}

static void
SetPolicy(FunctionCallInfo fcinfo, Oid target)
{
	if (PG_ARGISNULL(ARG_PARTITION_BY))
		return;
	PolicySet(target, TextArg(fcinfo, ARG_PARTITION_BY, NULL),
			  PG_GETARG_INTERVAL_P(ARG_PARTITION_INTERVAL),
			  TextArg(fcinfo, ARG_PARTITION_TIME_ZONE, NULL), Int4Arg(fcinfo, ARG_PREMAKE, -1),
			  IntervalArg(fcinfo, ARG_RETAIN, NULL),
			  TextArg(fcinfo, ARG_RETAIN_ACTION, NULL));
}

SourceDefinition *
DefineCheckSource(Pipeline *p)
{
	SourceDefinition *source;

	CheckSource(p->source, p->owner);
	source = SourceDefinitionOf(p);
	StrategyCheck(p, source);
	CheckKey(p->key, p->source);
	/* paths have to fit the records, and formats their columns, before anything is asked */
	(void) SourceDecoder(source);
	CheckAsking(p, source);
	SequenceCheck(p->source, p->key, p->sequence_by);
	CheckDeleteWhen(p);
	UpdateColumnsCheck(p);
	StrategyCheckOptions(p);
	AbsenceCheckOptions(p, source);
	return source;
}

static void
CheckLimits(FunctionCallInfo fcinfo, const Pipeline *p)
{
	CheckNotNegative(p->lookback, "lookback");
	CheckNotNegative(p->max_future, "max_future");
	CheckNotNegative(p->not_yet_limit, "not_yet_limit");
	CheckNotNegative(p->tombstone_retention, "tombstone_retention");
	CheckNotNegative(p->late_horizon, "late_horizon");
	CheckPositive(p->max_new_partitions, "max_new_partitions");
	CheckPositive(p->batch_rows, "batch_rows");
	CheckPositive(p->batch_bytes, "batch_bytes");
	CheckPositive(p->batch_seconds, "batch_seconds");
	CheckPositive(p->max_attempts, "max_attempts");
	CheckPercent(p->max_reject_percent, "max_reject_percent");
	CheckOnMissingField(p->on_missing_field);
	CheckPercent(p->max_delete_percent, "max_delete_percent");
	CheckPercent(p->min_rows_percent, "min_rows_percent");
	PolicyCheckPremake(Int4Arg(fcinfo, ARG_PREMAKE, 0));
	CheckFailAfter(fcinfo, p);
}

static SourceDefinition *
CheckDefinition(FunctionCallInfo fcinfo, Pipeline *p)
{
	DefineCheckName(p->name);
	StrategyCheckName(p->strategy);
	CheckLimits(fcinfo, p);
	CheckLoad(p);
	CheckPartitioning(fcinfo);
	return DefineCheckSource(p);
}

/* What the strategy makes of the source; the pipeline is not in the catalogue yet. */
static Oid
EnsureTarget(const char *target, const Pipeline *p, const SourceDefinition *source)
{
	/* who creates the same one is waited for */
	TransactionLockTake(LOCK_NAME, HashOf(psprintf("target %s", target)));
	return MergeStrategyOf(p)->ensure_target(target, p, source);
}

Datum
elt_create_pipeline(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	SourceDefinition *source;

	RequireArg(fcinfo, ARG_NAME, "name");
	RequireArg(fcinfo, ARG_SOURCE, "source");
	RequireArg(fcinfo, ARG_TARGET, "target");
	SPI_connect();
	p = PipelineOfArgs(fcinfo);
	source = CheckDefinition(fcinfo, p);
	p->target = EnsureTarget(TextArg(fcinfo, ARG_TARGET, NULL), p, source);
	PipelineInsert(p);
	SetPolicy(fcinfo, p->target);
	TellOfLaterStart(p, source);
	StagingEnsure(p);
	SourceViewEnsure(p);
	if (p->schedule != NULL)
		ScheduleSet(p, p->schedule);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_NAME));
}

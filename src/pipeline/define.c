/*
 * define.c
 *	  Create pipelines: check the definition, create target and staging table.
 */
#include "base/compat.h"

#include "access/relation.h"
#include "base/arguments.h"
#include "base/closest_name.h"
#include "base/errors.h"
#include "base/extension.h"
#include "base/lock.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/order.h"
#include "catalog/pipeline.h"
#include "catalog/pipeline_option.h"
#include "catalog/run_pool.h"
#include "catalog/schedule.h"
#include "change/change_keep.h"
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
#include "pipeline/changes.h"
#include "pipeline/child_check.h"
#include "pipeline/define.h"
#include "pipeline/file_disposal.h"
#include "pipeline/file_plan.h"
#include "pipeline/given_options.h"
#include "pipeline/owner_sql.h"
#include "pipeline/params_query.h"
#include "pipeline/pipeline_cursor.h"
#include "pipeline/retained.h"
#include "pipeline/source_rights.h"
#include "source/computed.h"
#include "source/definition.h"
#include "source/kind.h"
#include "source/pull.h"
#include "source/slices.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(elt_create_pipeline);

/* Arguments of elt.create_pipeline that are no options; the last one has those without any. */
#define ARG_NAME 0
#define ARG_SOURCE 1
#define ARG_TARGET 2
#define ARG_OPTIONS (PG_NARGS() - 1)

/* The definition that the call gives; its target is not known yet. */
static Pipeline *
PipelineOfCall(FunctionCallInfo fcinfo)
{
	Pipeline   *p = palloc0(sizeof(Pipeline));

	p->name = TextArg(fcinfo, ARG_NAME);
	p->owner = GetUserId();
	p->source = PG_GETARG_OID(ARG_SOURCE);
	for (int i = 0; i < PipelineOptionCount; i++)
		PipelineOptionReset(&PipelineOptions[i], p);
	(void) GivenOptions(fcinfo, ARG_OPTIONS, p);
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
			 errhint("A name must consist of at most 48 lower-case letters, digits and "
					 "underscores, and must not begin with a digit.")));
}

static void
CheckNameIsFree(const char *name)
{
	if (PipelineExists(name))
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
			 errmsg("pipeline name \"%s\" is in use by another transaction", name),
			 errhint("Wait until that transaction has ended, then try again.")));
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
						get_rel_name(source)),
				 SourceColumnHint(column, source)));
	type = get_atttype(source, attnum);
	if (!OidIsValid(lookup_type_cache(type, TYPECACHE_LT_OPR)->lt_opr))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("key column \"%s\" has type %s, which does not support unique indexes",
						column, format_type_be(type)),
				 errhint("Use columns of a numeric, date/time or text type.")));
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
						 errmsg("column \"%s\" appears twice in the key", (char *) lfirst(lc)),
						 errhint("Specify each key column once.")));
	}
}

void
DefineCheckStart(const Pipeline *p, const SourceDefinition *source)
{
	if (source->window != NULL && !p->has_start_at)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("start_at must be specified"),
				 errdetail("Source \"%s\" is requested window by window, so the start of the "
						   "first window must be known.", source->relation),
				 errhint("Specify where to begin, for example start_at => '2024-01-01'.")));
}

/* What the source needs to be asked: values for its params, a start for its windows. */
static void
CheckAsking(Pipeline *p, const SourceDefinition *source)
{
	if (p->params_query != NULL)
		ParamsQueryCheck(p, source);
	else
		(void) SourceParams(source, p->params);
	DefineCheckStart(p, source);
	PipelineCursorCheck(p, source);
	PipelineLookbackCheck(p, source, p->lookback);
}

/* Foreign tables of ours have options for it. */
static void
CheckReading(const Pipeline *p, const SourceDefinition *source)
{
	static const char *const options[] = {"window_interval", "window_column", "source_time_zone",
	"key_ranges", "changes_of", "key_map"};

	if (source->kind->read_pipeline != NULL)
		return;
	for (int i = 0; i < lengthof(options); i++)
	{
		int			n = PipelineOptionNumber(options[i]);

		if (n >= 0 && !PipelineOptionIsInitial(&PipelineOptions[n], p))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" does not apply to source \"%s\"", options[i],
							source->relation),
					 errdetail("It says how a table or view is read."),
					 errhint("Set the options of the foreign table instead.")));
	}
}

/* A child asks for nothing: its rows are in the responses of its parent. */
static void
CheckIsWithin(Pipeline *p, const SourceDefinition *source)
{
	List	   *ancestors = ChildAncestors(p);
	const Pipeline *parent = PipelineById(p->parent_id);

	(void) ChildDecoder(p, source, ancestors);
	ChildCheckStrategy(parent, p, source);
	ChildOrderKey(parent, llast(ancestors), p, source);
	if (p->replace_by != NIL)
		p->replace_by = p->parent_key;
}

void
DefineCheckPartitioning(const Pipeline *p)
{
	if (p->partition_by != NULL && p->partition_interval == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition_by and partition_interval must be specified together"),
				 errhint("Specify both, for example partition_by => 'ts', partition_interval => "
						 "'1 month'.")));
}

static void
CheckDeleteWhen(const Pipeline *p)
{
	if (p->delete_when == NULL)
		return;
	if (p->sequence_by == NIL && strcmp(p->history_by, "event") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"delete_when\" requires option \"sequence_by\""),
				 errdetail("Without an order, a late update could not be distinguished from a row "
						   "that was created again."),
				 errhint("Specify the columns that determine which of two rows is newer.")));
	ConditionVerify(p, "delete_when", p->delete_when);
}

/* Which rows may land is decided by times. */
static void
CheckPartitionedByTime(const Pipeline *p)
{
	Oid			type = get_atttype(p->target, get_attnum(p->target, p->partition_by));

	if (type != TIMESTAMPTZOID && type != TIMESTAMPOID && type != DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("partition_by column \"%s\" must have type timestamptz, timestamp or date, "
						"not %s", p->partition_by, format_type_be(type)),
				 errhint("Create the target with PARTITION BY RANGE (%s), set its policy with "
						 "elt.set_policy, and omit partition_by.",
						 quote_identifier(p->partition_by))));
}

void
DefineStorePolicy(const Pipeline *p)
{
	PolicyChange change = {
		.relation = p->target,
		.column = p->partition_by,
		.interval = p->partition_interval,
		.time_zone = p->partition_time_zone,
		.premake = p->partition_premake,
		.retain = p->retain,
		.retain_action = p->retain_action,
		.archive_server = p->archive_server,
		.archive_path = p->archive_path,
		.archive_format = p->archive_format
	};

	if (p->partition_by == NULL)
		return;
	CheckPartitionedByTime(p);
	PolicySet(&change);
}

void
DefineCheckFullEvery(const Pipeline *p, const SourceDefinition *source)
{
	Pipeline	full = *p;

	if (p->full_every != NULL)
	{
		full.load = "full";
		StrategyCheck(&full, source);
	}
	else if (strcmp(p->absent, "delete") == 0 && !PipelineLoadsAll(p))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"absent\" with value \"delete\" requires option \"full_every\""),
				 errdetail("Only full loads detect missing rows.")));
}

SourceDefinition *
DefineCheckSource(Pipeline *p)
{
	SourceDefinition *source;

	CheckSource(p->source, p->owner);
	source = SourceDefinitionOf(p);
	if (p->parent_id != 0)
		CheckIsWithin(p, source);
	StrategyCheck(p, source);
	DefineCheckFullEvery(p, source);
	if (p->parent_id == 0)
	{
		FilePolicyCheck(p, source);
		DisposalCheck(p, source);
	}
	CheckKey(p->key, p->source);
	/* paths have to fit the records, and formats their columns, before anything is asked */
	if (!SourceBringsRows(source))
	{
		(void) SourceDecoder(source);
		(void) ComputedCreate(source);
	}
	CheckReading(p, source);
	ChangesCheck(p, source);
	if (p->parent_id == 0)
		CheckAsking(p, source);
	SequenceCheck(p->source, p->key, p->sequence_by);
	CheckDeleteWhen(p);
	UpdateColumnsCheck(p);
	StrategyCheckOptions(p);
	AbsenceCheckOptions(p, source);
	return source;
}

static SourceDefinition *
CheckDefinition(Pipeline *p)
{
	SourceDefinition *source;

	DefineCheckName(p->name);
	DefineCheckPartitioning(p);
	source = DefineCheckSource(p);
	ScheduleCheck(p);
	PoolCheck(p);
	OrderCheck(p);
	OwnerSqlCheck(p);
	return source;
}

Oid
DefineEnsureTarget(const char *target, const Pipeline *p, const SourceDefinition *source)
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

	ExtensionCheckVersion();
	RequireArg(fcinfo, ARG_NAME, "name");
	RequireArg(fcinfo, ARG_SOURCE, "source");
	RequireArg(fcinfo, ARG_TARGET, "target");
	SPI_connect();
	p = PipelineOfCall(fcinfo);
	source = CheckDefinition(p);
	p->target = DefineEnsureTarget(TextArg(fcinfo, ARG_TARGET), p, source);
	PipelineInsert(p);
	/* a row is visible shortly before other sessions hear of new tables; locks go after that */
	TransactionLockTake(LOCK_PIPELINE, p->root_id);
	DefineStorePolicy(p);
	if (p->change_log != NULL)
		ChangeLogKeep(p);
	TellOfLaterStart(p, source);
	StagingEnsure(p);
	SourceViewEnsure(p);
	ScheduleApply(p);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_NAME));
}

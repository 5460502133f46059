/*
 * policy_set.c
 *	  Set and drop the partition policy of a table.
 */
#include "base/compat.h"
#include "partition/policy_set.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/maintenance_error.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "partition/action.h"
#include "partition/all_view.h"
#include "partition/archive_files.h"
#include "partition/chain.h"
#include "partition/division.h"
#include "partition/grid.h"
#include "partition/maintain.h"
#include "partition/parts.h"
#include "partition/policy.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* What PostgreSQL can still plan and lock at a time. */
#define MAX_PREMAKE 10000

PG_FUNCTION_INFO_V1(elt_set_policy);
PG_FUNCTION_INFO_V1(elt_drop_policy);

static bool
IsInteger(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static void
CheckColumnType(Oid type)
{
	if (type != TIMESTAMPTZOID && type != TIMESTAMPOID && type != DATEOID && !IsInteger(type))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("partition column must have type timestamptz, timestamp, date or an integer "
						"type, not %s", format_type_be(type))));
}

static void
CheckPartitionedBy(Oid relation, const char *column)
{
	char	   *actual = PartitionColumn(relation);

	if (actual == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("table \"%s\" is not partitioned by range of one column",
						RelationLabel(relation)),
				 get_rel_relkind(relation) == RELKIND_RELATION
				 ? errhint("Use elt.partition_table to turn it into one.")
				 : errhint("Create it with PARTITION BY RANGE (%s), or let "
						   "elt.create_pipeline create it.", quote_identifier(column))));
	if (strcmp(actual, column) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("table \"%s\" is partitioned by column \"%s\", not \"%s\"",
						RelationLabel(relation), actual, column)));
	CheckColumnType(get_atttype(relation, get_attnum(relation, column)));
}

static void
CheckEpoch(const PolicyChange *change, bool is_integer)
{
	if (change->epoch == NULL)
		return;
	if (strcmp(change->epoch, "s") != 0 && strcmp(change->epoch, "ms") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"partition_epoch\": \"%s\"", change->epoch),
				 errhint("Valid values are \"s\" and \"ms\".")));
	if (!is_integer)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition_epoch is only for integer columns")));
}

/* An integer is a time, with an interval, or a number, with a step. */
static void
CheckSpan(PolicyChange *change, Oid type)
{
	bool		is_integer = IsInteger(type);
	bool		by_number = change->step > 0 || change->rows > 0 || change->bytes > 0;

	CheckEpoch(change, is_integer);
	if (change->interval != NULL && is_integer && change->epoch == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition_interval for an integer column requires partition_epoch"),
				 errhint("Specify \"s\" or \"ms\" if the numbers are seconds or milliseconds since "
						 "1970, or partition_step instead.")));
	if (by_number && (change->interval != NULL || !is_integer))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition_step, partition_rows and partition_bytes are only for integer "
						"columns without partition_interval")));
	if (change->interval != NULL)
		GridCheckInterval(change->interval, change->time_zone, is_integer ? TIMESTAMPTZOID : type);
	else if (change->step == 0)
		change->step = change->rows > 0 ? change->rows : 1000000;
}

static void
CheckPremake(int premake)
{
	if (premake < 0 || premake > MAX_PREMAKE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition_premake must be between 0 and %d", MAX_PREMAKE)));
}

static void
CheckOneRetention(const PolicyChange *change)
{
	if (change->retention != NULL && change->retain != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retain and retention are mutually exclusive"),
				 errhint("Specify the age of each action in retention.")));
	if (change->retain != NULL)
		RetentionCheckAge(change->retain);
	if (change->retain_action != NULL && PartActionNamed(change->retain_action) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"retain_action\": \"%s\"",
						change->retain_action),
				 errhint("Valid values are %s.", PartActionNames())));
	if (change->retain_by != NULL && strcmp(change->retain_by, "data") != 0 &&
		strcmp(change->retain_by, "creation") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"retain_by\": \"%s\"", change->retain_by),
				 errhint("Valid values are \"data\" and \"creation\".")));
}

/* A chain and a single action replace each other. */
static void
PolicyWrite(const PolicyChange *change)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.policy as p (relation, partition_column, "
			 "partition_interval, partition_time_zone, partition_premake, retain, "
			 "retain_action, retention, archive_server, archive_path, set_by, retain_by, "
			 "partition_epoch, partition_step, partition_rows, partition_bytes, then_by, "
			 "archive_format) "
			 "values ($1, $2, $3, $4, coalesce($5, 4), $6, coalesce($7, 'drop'), $8, $9, $10, $11, "
			 "coalesce($12, 'data'), $13, nullif($14, 0), nullif($15, 0), nullif($16, 0), $17, $18) "
			 "on conflict (relation) do update set "
			 "partition_column = excluded.partition_column, "
			 "partition_interval = excluded.partition_interval, "
			 "partition_time_zone = excluded.partition_time_zone, "
			 "partition_premake = coalesce($5, p.partition_premake), "
			 "retain = case when $8 is null then coalesce($6, p.retain) end, "
			 "retain_action = coalesce($7, p.retain_action), "
			 "retention = case when $6 is null then coalesce($8, p.retention) end, "
			 "archive_server = coalesce($9, p.archive_server), "
			 "archive_path = coalesce($10, p.archive_path), set_by = excluded.set_by, "
			 "retain_by = coalesce($12, p.retain_by), partition_epoch = excluded.partition_epoch, "
			 "partition_step = excluded.partition_step, partition_rows = excluded.partition_rows, "
			 "partition_bytes = excluded.partition_bytes, then_by = coalesce($17, p.then_by), "
			 "archive_format = coalesce($18, p.archive_format)");
	SqlAddOid(&q, REGCLASSOID, change->relation);
	SqlAddText(&q, change->column);
	SqlAddInterval(&q, change->interval);
	SqlAddText(&q, change->time_zone);
	SqlAdd(&q, INT4OID, Int32GetDatum(change->premake), change->premake < 0);
	SqlAddInterval(&q, change->retain);
	SqlAddText(&q, change->retain_action);
	SqlAddJsonb(&q, change->retention);
	SqlAddText(&q, change->archive_server);
	SqlAddText(&q, change->archive_path);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	SqlAddText(&q, change->retain_by);
	SqlAddText(&q, change->epoch);
	SqlAddInt8(&q, change->step);
	SqlAddInt8(&q, change->rows);
	SqlAddInt8(&q, change->bytes);
	SqlAddJsonb(&q, change->then_by);
	SqlAddText(&q, change->archive_format);
	SqlDo(&q, AsCatalog());
}

/* Retention of a table that has no partitions, and is given nothing to partition it by. */
static bool
DeletesRows(const PolicyChange *change)
{
	return get_rel_relkind(change->relation) == RELKIND_RELATION && change->column != NULL &&
		change->interval == NULL && change->step + change->rows + change->bytes == 0;
}

static void
CheckRowsCanGo(const PolicyChange *change)
{
	AttrNumber	attnum = get_attnum(change->relation, change->column);
	Oid			type;

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" does not exist in table \"%s\"", change->column,
						RelationLabel(change->relation))));
	type = get_atttype(change->relation, attnum);
	CheckColumnType(type);
	CheckEpoch(change, IsInteger(type));
	if (IsInteger(type) && change->epoch == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retention by an integer column of a table without partitions requires "
						"partition_epoch")));
	if (change->retention != NULL || change->then_by != NULL ||
		(change->retain_action != NULL && strcmp(change->retain_action, "drop") != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows of a table without partitions can only be deleted"),
				 errhint("Specify retain, or turn the table into a partitioned one with CALL "
						 "elt.partition_table(%s, ...).",
						 quote_literal_cstr(QuotedRelation(change->relation)))));
}

/* Rows and bytes replace each other, and each the step of the other. */
static void
FillSpanFromOld(PolicyChange *change, const Policy *old)
{
	if (change->interval == NULL)
		change->interval = old->interval;
	if (change->epoch == NULL)
		change->epoch = old->epoch;
	if (old->interval != NULL || change->step > 0 || change->rows > 0 || change->bytes > 0)
		return;
	change->step = old->step;
	change->rows = old->rows;
	change->bytes = old->bytes;
}

static void
FillFromOld(PolicyChange *change, const Policy *old)
{
	if (change->column == NULL)
		change->column = old ? old->column : PartitionColumn(change->relation);
	if (old != NULL)
		FillSpanFromOld(change, old);
	if (change->time_zone == NULL)
		change->time_zone = old ? old->time_zone : "UTC";
	if (DeletesRows(change))
		return;
	if (change->column == NULL ||
		(change->interval == NULL && change->step + change->rows + change->bytes == 0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must be specified for table \"%s\"",
						change->column == NULL ? "partition_column" : "partition_interval",
						RelationLabel(change->relation))));
}

/* Even if no step archives. */
static void
CheckArchivePlace(const PolicyChange *change)
{
	const ArchivePlace place = {
		unconstify(char *, change->archive_server), unconstify(char *, change->archive_path),
		unconstify(char *, change->archive_format)
	};

	ArchivePlaceCheck(&place, RelationOwner(change->relation));
}

/* What is written is checked as a whole: one part of it may come from the old policy. */
void
PolicySet(const PolicyChange *wanted)
{
	PolicyChange change = *wanted;
	Oid			relation = change.relation;
	const Policy *policy;

	CheckMayMaintain(relation);
	FillFromOld(&change, PolicyOf(relation));
	GridCheckZone(change.time_zone);
	if (DeletesRows(&change))
		CheckRowsCanGo(&change);
	else
	{
		CheckPartitionedBy(relation, change.column);
		CheckSpan(&change, get_atttype(relation, get_attnum(relation, change.column)));
	}
	CheckOneRetention(&change);
	PolicyWrite(&change);
	policy = PolicyOf(relation);
	ChainCheck(policy);
	CheckArchivePlace(&change);
	DivisionCheck(policy);
	AllViewRefresh(relation);
}

void
PolicyKeepForEver(Oid relation)
{
	Sql			q;

	CheckMayMaintain(relation);
	SqlBegin(&q, "update elt_catalog.policy set retain = null, retention = null, set_by = $2 "
			 "where relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	SqlDo(&q, AsCatalog());
}

static int64
CountArg(FunctionCallInfo fcinfo, int n, const char *name)
{
	int64		value = PG_ARGISNULL(n) ? 0 : PG_GETARG_INT64(n);

	if (value < 0 || (value == 0 && !PG_ARGISNULL(n)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be greater than zero", name)));
	return value;
}

Datum
elt_set_policy(PG_FUNCTION_ARGS)
{
	PolicyChange change = {.premake = -1};

	RequireArg(fcinfo, 0, "relation");
	change.relation = PG_GETARG_OID(0);
	change.column = PG_ARGISNULL(1) ? NULL : NameStr(*PG_GETARG_NAME(1));
	change.interval = PG_ARGISNULL(2) ? NULL : PG_GETARG_INTERVAL_P(2);
	change.time_zone = TextArgOrNull(fcinfo, 3);
	if (!PG_ARGISNULL(4))
	{
		change.premake = PG_GETARG_INT32(4);
		CheckPremake(change.premake);
	}
	change.retain = PG_ARGISNULL(5) ? NULL : PG_GETARG_INTERVAL_P(5);
	change.retain_action = TextArgOrNull(fcinfo, 6);
	if (!PG_ARGISNULL(7))
		change.retention = JsonbToCString(NULL, &PG_GETARG_JSONB_P(7)->root, -1);
	change.archive_server = PG_ARGISNULL(8) ? NULL : NameStr(*PG_GETARG_NAME(8));
	change.archive_path = TextArgOrNull(fcinfo, 9);
	change.retain_by = TextArgOrNull(fcinfo, 10);
	change.epoch = TextArgOrNull(fcinfo, 11);
	change.step = CountArg(fcinfo, 12, "partition_step");
	change.rows = CountArg(fcinfo, 13, "partition_rows");
	change.bytes = CountArg(fcinfo, 14, "partition_bytes");
	if (!PG_ARGISNULL(15))
		change.then_by = JsonbToCString(NULL, &PG_GETARG_JSONB_P(15)->root, -1);
	change.archive_format = TextArgOrNull(fcinfo, 16);
	SPI_connect();
	PolicySet(&change);
	SPI_finish();
	PG_RETURN_OID(change.relation);
}

/* A pipeline that partitions its target needs the policy for its next batch. */
static void
CheckNoPipelineNeeds(Oid relation)
{
	Sql			q;
	char	   *pipeline;

	SqlBegin(&q, "select name from elt_catalog.pipeline"
			 " where target = $1 and partition_by is not null");
	SqlAddOid(&q, REGCLASSOID, relation);
	pipeline = SqlDoText(&q, AsCatalog());
	if (pipeline != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot drop policy of table \"%s\" because pipeline \"%s\" requires it",
						RelationLabel(relation), pipeline),
				 errhint("Drop the pipeline first. To keep partitions forever instead, use SELECT "
						 "elt.alter_pipeline(%s, options => '{\"retain\": null}').",
						 quote_literal_cstr(pipeline))));
}

static void
ReportNoPolicy(Oid relation, bool if_exists)
{
	if (!if_exists)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("table \"%s\" has no policy", RelationLabel(relation)),
				 errhint("Use SELECT * FROM elt.policies to list the policies of all tables.")));
	ereport(NOTICE, (errmsg("table \"%s\" has no policy, skipping", RelationLabel(relation))));
}

Datum
elt_drop_policy(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(0);
	const Policy *policy;
	Sql			q;

	RequireArg(fcinfo, 0, "relation");
	RequireArg(fcinfo, 1, "if_exists");
	SPI_connect();
	CheckMayMaintain(relation);
	CheckNoPipelineNeeds(relation);
	policy = PolicyOf(relation);
	if (policy != NULL)
		AllViewDrop(policy);
	SqlBegin(&q, "delete from elt_catalog.policy where relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	if (SqlDo(&q, AsCatalog()) == 0)
		ReportNoPolicy(relation, PG_GETARG_BOOL(1));
	MaintenanceErrorsForget();
	SPI_finish();
	PG_RETURN_OID(relation);
}

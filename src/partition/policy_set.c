/*
 * policy_set.c
 *	  Set and drop the partition policy of a table.
 */
#include "base/compat.h"
#include "partition/policy_set.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/maintenance_error.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "partition/action.h"
#include "partition/chain.h"
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

static void
CheckColumnType(Oid type)
{
	if (type != TIMESTAMPTZOID && type != TIMESTAMPOID && type != DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("partition column must have type timestamptz, timestamp or date, not %s",
						format_type_be(type))));
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
				 errhint("Create it with PARTITION BY RANGE (%s), or let "
						 "elt.create_pipeline create it.", quote_identifier(column))));
	if (strcmp(actual, column) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("table \"%s\" is partitioned by column \"%s\", not \"%s\"",
						RelationLabel(relation), actual, column)));
	CheckColumnType(get_atttype(relation, get_attnum(relation, column)));
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
}

/* A chain and a single action replace each other. */
static void
PolicyWrite(const PolicyChange *change)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.policy as p (relation, partition_column, "
			 "partition_interval, partition_time_zone, partition_premake, retain, "
			 "retain_action, retention, archive_server, archive_path, set_by) "
			 "values ($1, $2, $3, $4, coalesce($5, 4), $6, coalesce($7, 'drop'), $8, $9, $10, $11) "
			 "on conflict (relation) do update set "
			 "partition_column = excluded.partition_column, "
			 "partition_interval = excluded.partition_interval, "
			 "partition_time_zone = excluded.partition_time_zone, "
			 "partition_premake = coalesce($5, p.partition_premake), "
			 "retain = case when $8 is null then coalesce($6, p.retain) end, "
			 "retain_action = coalesce($7, p.retain_action), "
			 "retention = case when $6 is null then coalesce($8, p.retention) end, "
			 "archive_server = coalesce($9, p.archive_server), "
			 "archive_path = coalesce($10, p.archive_path), set_by = excluded.set_by");
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
	SqlDo(&q, AsCatalog());
}

static void
FillFromOld(PolicyChange *change, const Policy *old)
{
	if (change->column == NULL)
		change->column = old ? old->column : PartitionColumn(change->relation);
	if (change->interval == NULL && old != NULL)
		change->interval = old->interval;
	if (change->time_zone == NULL)
		change->time_zone = old ? old->time_zone : "UTC";
	if (change->column == NULL || change->interval == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must be specified for table \"%s\"",
						change->column == NULL ? "partition_column" : "partition_interval",
						RelationLabel(change->relation))));
}

/* What is written is checked as a whole: one part of it may come from the old policy. */
void
PolicySet(const PolicyChange *wanted)
{
	PolicyChange change = *wanted;
	Oid			relation = change.relation;

	CheckMayMaintain(relation);
	FillFromOld(&change, PolicyOf(relation));
	CheckPartitionedBy(relation, change.column);
	GridCheckZone(change.time_zone);
	GridCheckInterval(change.interval, change.time_zone,
					  get_atttype(relation, get_attnum(relation, change.column)));
	CheckOneRetention(&change);
	PolicyWrite(&change);
	ChainCheck(relation, PolicyOf(relation)->chain);
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

static char *
TextArg(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

Datum
elt_set_policy(PG_FUNCTION_ARGS)
{
	PolicyChange change = {.premake = -1};

	RequireArg(fcinfo, 0, "relation");
	change.relation = PG_GETARG_OID(0);
	change.column = PG_ARGISNULL(1) ? NULL : NameStr(*PG_GETARG_NAME(1));
	change.interval = PG_ARGISNULL(2) ? NULL : PG_GETARG_INTERVAL_P(2);
	change.time_zone = TextArg(fcinfo, 3);
	if (!PG_ARGISNULL(4))
	{
		change.premake = PG_GETARG_INT32(4);
		CheckPremake(change.premake);
	}
	change.retain = PG_ARGISNULL(5) ? NULL : PG_GETARG_INTERVAL_P(5);
	change.retain_action = TextArg(fcinfo, 6);
	if (!PG_ARGISNULL(7))
		change.retention = JsonbToCString(NULL, &PG_GETARG_JSONB_P(7)->root, -1);
	change.archive_server = PG_ARGISNULL(8) ? NULL : NameStr(*PG_GETARG_NAME(8));
	change.archive_path = TextArg(fcinfo, 9);
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
	Sql			q;

	RequireArg(fcinfo, 0, "relation");
	RequireArg(fcinfo, 1, "if_exists");
	SPI_connect();
	CheckMayMaintain(relation);
	CheckNoPipelineNeeds(relation);
	SqlBegin(&q, "delete from elt_catalog.policy where relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	if (SqlDo(&q, AsCatalog()) == 0)
		ReportNoPolicy(relation, PG_GETARG_BOOL(1));
	MaintenanceErrorsForget();
	SPI_finish();
	PG_RETURN_OID(relation);
}

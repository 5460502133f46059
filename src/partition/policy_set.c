/*
 * policy_set.c
 *	  Set and drop the partition policy of a table.
 */
#include "base/compat.h"
#include "partition/policy_set.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/time_span.h"
#include "catalog/maintenance_error.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "partition/grid.h"
#include "partition/maintain.h"
#include "partition/parts.h"
#include "partition/policy.h"
#include "utils/builtins.h"
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
CheckRetention(const Interval *retain, const char *action)
{
	if (retain != NULL && INTERVAL_NOT_FINITE(retain))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retain must be finite")));
	if (retain != NULL && IntervalIsTooLong(retain))
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("retain must not exceed 1000 years"),
				 errhint("Omit it to keep the partitions forever.")));
	if (retain != NULL && (retain->month < 0 || retain->day < 0 || retain->time < 0 ||
						   retain->month + retain->day + retain->time == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retain must be greater than zero")));
	if (action != NULL && strcmp(action, "drop") != 0 && strcmp(action, "detach") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"retain_action\": \"%s\"", action),
				 errhint("Valid values are \"drop\" and \"detach\".")));
}

static void
PolicyWrite(Oid relation, const char *column, const Interval *interval, const char *tz,
			int premake, const Interval *retain, const char *retain_action)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.policy as p (relation, partition_column, "
			 "partition_interval, partition_time_zone, partition_premake, retain, "
			 "retain_action, set_by) "
			 "values ($1, $2, $3, $4, coalesce($5, 4), $6, coalesce($7, 'drop'), $8) "
			 "on conflict (relation) do update set "
			 "partition_column = excluded.partition_column, "
			 "partition_interval = excluded.partition_interval, "
			 "partition_time_zone = excluded.partition_time_zone, "
			 "partition_premake = coalesce($5, p.partition_premake), "
			 "retain = coalesce($6, p.retain), retain_action = coalesce($7, p.retain_action), "
			 "set_by = excluded.set_by");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddText(&q, column);
	SqlAddInterval(&q, interval);
	SqlAddText(&q, tz);
	SqlAdd(&q, INT4OID, Int32GetDatum(premake), premake < 0);
	SqlAddInterval(&q, retain);
	SqlAddText(&q, retain_action);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	SqlDo(&q, AsCatalog());
}

void
PolicySet(Oid relation, const char *column, const Interval *interval, const char *tz,
		  int premake, const Interval *retain, const char *retain_action)
{
	Policy	   *old;

	CheckMayMaintain(relation);
	old = PolicyOf(relation);
	if (column == NULL)
		column = old ? old->column : PartitionColumn(relation);
	if (interval == NULL && old != NULL)
		interval = old->interval;
	if (column == NULL || interval == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must be specified for table \"%s\"",
						column == NULL ? "partition_column" : "partition_interval",
						RelationLabel(relation))));

	CheckPartitionedBy(relation, column);
	if (tz == NULL)
		tz = old ? old->time_zone : "UTC";
	GridCheckZone(tz);
	GridCheckInterval(interval, tz, get_atttype(relation, get_attnum(relation, column)));
	CheckRetention(retain, retain_action);
	PolicyWrite(relation, column, interval, tz, premake, retain, retain_action);
}

void
PolicyKeepForEver(Oid relation)
{
	Sql			q;

	CheckMayMaintain(relation);
	SqlBegin(&q, "update elt_catalog.policy set retain = null, set_by = $2 where relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	SqlDo(&q, AsCatalog());
}

Datum
elt_set_policy(PG_FUNCTION_ARGS)
{
	RequireArg(fcinfo, 0, "relation");
	if (!PG_ARGISNULL(4))
		CheckPremake(PG_GETARG_INT32(4));
	SPI_connect();
	PolicySet(PG_GETARG_OID(0),
			  PG_ARGISNULL(1) ? NULL : NameStr(*PG_GETARG_NAME(1)),
			  PG_ARGISNULL(2) ? NULL : PG_GETARG_INTERVAL_P(2),
			  PG_ARGISNULL(3) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(3)),
			  PG_ARGISNULL(4) ? -1 : PG_GETARG_INT32(4),
			  PG_ARGISNULL(5) ? NULL : PG_GETARG_INTERVAL_P(5),
			  PG_ARGISNULL(6) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(6)));
	SPI_finish();
	PG_RETURN_OID(PG_GETARG_OID(0));
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

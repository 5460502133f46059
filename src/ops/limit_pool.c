/*
 * limit_pool.c
 *	  elt.set_pool and elt.drop_pool: how many pipelines of a pool run at the same time.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/extension.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/wake.h"
#include "miscadmin.h"
#include "utils/builtins.h"

static char *
PoolOfCall(FunctionCallInfo fcinfo)
{
	RequireArg(fcinfo, 0, "pool");
	ExtensionCheckVersion();
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

/* A pool is nobody's, and concerns everybody. */
static void
CheckMayLimit(const char *pool)
{
	if (MayActFor(ExtensionOwner(), false))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to change pool \"%s\"", pool),
			 errhint("Only members of elt_admin may do that.")));
}

static void
CheckLimit(const char *pool, int limit)
{
	if (*pool == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("the name of a pool must not be empty")));
	if (limit < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_runs must be greater than zero"),
				 errhint("Use elt.pause to stop pipelines.")));
}

PG_FUNCTION_INFO_V1(elt_set_pool);
Datum
elt_set_pool(PG_FUNCTION_ARGS)
{
	char	   *pool = PoolOfCall(fcinfo);
	Sql			q;

	RequireArg(fcinfo, 1, "max_runs");
	CheckLimit(pool, PG_GETARG_INT32(1));
	CheckMayLimit(pool);
	SPI_connect();
	SqlBegin(&q, "insert into elt_catalog.pool (name, max_runs) values ($1, $2)"
			 " on conflict (name) do update set max_runs = excluded.max_runs");
	SqlAddText(&q, pool);
	SqlAddInt4(&q, PG_GETARG_INT32(1));
	SqlDo(&q, AsCatalog());
	WakeSchedulerAtCommit();
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

static void
CheckIsUnused(const char *pool)
{
	Sql			q;
	char	   *user;

	SqlBegin(&q, "select min(name) from elt_catalog.pipeline where pool = $1");
	SqlAddText(&q, pool);
	user = SqlDoText(&q, AsCatalog());
	if (user != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot drop pool \"%s\" because pipeline \"%s\" is in it", pool, user),
				 errhint("Use SELECT elt.alter_pipeline(name, options => '{\"pool\": null}') FROM "
						 "elt.pipelines WHERE options ->> 'pool' = %s.",
						 quote_literal_cstr(pool))));
}

static void
ReportAbsent(const char *pool, bool if_exists)
{
	if (!if_exists)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("pool \"%s\" does not exist", pool),
				 errhint("Use SELECT pool FROM elt.pools to list the pools.")));
	ereport(NOTICE, (errmsg("pool \"%s\" does not exist, skipping", pool)));
}

PG_FUNCTION_INFO_V1(elt_drop_pool);
Datum
elt_drop_pool(PG_FUNCTION_ARGS)
{
	char	   *pool = PoolOfCall(fcinfo);
	Sql			q;

	RequireArg(fcinfo, 1, "if_exists");
	CheckMayLimit(pool);
	SPI_connect();
	CheckIsUnused(pool);
	SqlBegin(&q, "delete from elt_catalog.pool where name = $1");
	SqlAddText(&q, pool);
	if (SqlDo(&q, AsCatalog()) == 0)
		ReportAbsent(pool, PG_GETARG_BOOL(1));
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

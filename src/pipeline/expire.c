/*
 * expire.c
 *	  elt.apply_retention: remove partitions and tombstones whose retention has expired.
 */
#include "base/compat.h"

#include "base/identity.h"
#include "base/sql.h"
#include "catalog/pipeline.h"
#include "funcapi.h"
#include "merge/purge.h"
#include "partition/maintain.h"
#include "partition/policy.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_apply_retention);

static void
ReturnPurge(FunctionCallInfo fcinfo, const Pipeline *p, TimestampTz before, bool dry_run,
			int64 rows)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[7] = {
		ObjectIdGetDatum(p->target),
		(Datum) 0,
		(Datum) 0,
		TimestampTzGetDatum(before),
		CStringGetTextDatum(dry_run ? "would purge" : "purged"),
		Int64GetDatum(rows),
		(Datum) 0
	};
	bool		nulls[7] = {false, true, true, false, false, false, true};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
PurgeAll(FunctionCallInfo fcinfo, List *pipelines, bool dry_run)
{
	ListCell   *lc;

	foreach(lc, pipelines)
	{
		Pipeline   *p = lfirst(lc);
		TimestampTz before = PurgeCutoff(p);
		int64		rows = PurgeTombstones(p, before, dry_run);

		if (rows > 0)
			ReturnPurge(fcinfo, p, before, dry_run, rows);
	}
}

static List *
PipelinesToPurge(Oid only)
{
	List	   *mine = NIL;
	ListCell   *lc;

	foreach(lc, PipelinesThatForget(only))
		if (MayActFor(((Pipeline *) lfirst(lc))->owner, false))
			mine = lappend(mine, lfirst(lc));
	return mine;
}

/* A table without a policy that loses tombstones alone is no mistake. */
Datum
elt_apply_retention(PG_FUNCTION_ARGS)
{
	Oid			only = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	bool		dry_run = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
	List	   *pipelines;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	pipelines = PipelinesToPurge(only);
	if (pipelines == NIL || !OidIsValid(only) || PolicyOf(only) != NULL)
		MaintainByHand(fcinfo, only, dry_run, PartitionsExpire);
	PurgeAll(fcinfo, pipelines, dry_run);
	SPI_finish();
	return (Datum) 0;
}

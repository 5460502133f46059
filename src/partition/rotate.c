#include "base/compat.h"
#include "partition/missing.h"

#include "access/xact.h"
#include "base/sql.h"
#include "funcapi.h"
#include "partition/grid.h"
#include "partition/maintain.h"
#include "partition/parts.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_rotate_partitions);

/* Of the current interval and premake more, what has no partition yet. */
static List *
GapsAhead(const Policy *policy)
{
	PartitionBounds ahead = GridSpan(policy, GetCurrentTransactionStartTimestamp());
	List	   *parts = PartsOf(policy);
	List	   *gaps = GapsIn(&ahead, parts);

	for (int i = 0; i < policy->premake; i++)
	{
		ahead = GridSpan(policy, ahead.upper);
		gaps = list_concat(gaps, GapsIn(&ahead, parts));
	}
	return gaps;
}

static void
RotateRelation(FunctionCallInfo fcinfo, Oid relation, bool busy_ok)
{
	Policy	   *policy = PolicyOf(relation);
	ListCell   *lc;

	foreach(lc, GapsAhead(policy))
	{
		PartitionBounds *bounds = lfirst(lc);
		Part		part = {InvalidOid, bounds->lower, bounds->upper};
		char	   *name = PartitionAdd(policy, bounds, busy_ok);

		if (name != NULL)
			ReturnPart(fcinfo, relation, name, &part, NULL);
	}
}

Datum
elt_rotate_partitions(PG_FUNCTION_ARGS)
{
	Oid			only = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	foreach(lc, RelationsToMaintain(only))
		RotateRelation(fcinfo, lfirst_oid(lc), !OidIsValid(only));
	SPI_finish();
	return (Datum) 0;
}

/*
 * rotate.c
 *	  elt.rotate_partitions: create partitions ahead of time.
 */
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

void
PartitionsRotate(Maintenance *m)
{
	Policy	   *policy = PolicyOf(m->relation);
	List	   *gaps = GapsAhead(policy);
	ListCell   *lc;

	m->left = Max(list_length(gaps) - m->at_most, 0);
	foreach(lc, list_truncate(gaps, m->at_most))
	{
		PartitionBounds *bounds = lfirst(lc);
		PartOutcome *made = palloc0(sizeof(PartOutcome));

		made->part = (Part) {InvalidOid, bounds->lower, bounds->upper};
		made->name = PartitionAdd(policy, bounds);
		if (made->name != NULL)
			m->outcomes = lappend(m->outcomes, made);
	}
}

Datum
elt_rotate_partitions(PG_FUNCTION_ARGS)
{
	Oid			only = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	MaintainByHand(fcinfo, only, false, PartitionsRotate);
	SPI_finish();
	return (Datum) 0;
}

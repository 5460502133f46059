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
#include "partition/step.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_rotate_partitions);

/* More spans between now and the latest rows are a mistake in these, and left out. */
#define MAX_SPANS_TO_DATA 1000

/* Where the latest rows lie, if not before from. */
static bool
LatestRows(const Policy *policy, List *parts, TimestampTz from, TimestampTz *at)
{
	for (int i = list_length(parts) - 1; i >= 0; i--)
	{
		const Part *part = list_nth(parts, i);

		if (part->upper <= from)
			return false;
		if (PartFileIsEmpty(part) || !PartHasRows(policy, part))
			continue;
		*at = Max(part->lower, from);
		return true;
	}
	return false;
}

static List *
AddGaps(List *gaps, const Policy *policy, List *parts, PartitionBounds *span, int count)
{
	for (int i = 0; i < count; i++)
	{
		gaps = list_concat(gaps, GapsIn(span, parts));
		*span = GridSpan(policy, span->upper);
	}
	return gaps;
}

static int
SpansTo(const Policy *policy, PartitionBounds span, TimestampTz at)
{
	int			count = 0;

	while (span.upper <= at && count <= MAX_SPANS_TO_DATA)
	{
		span = GridSpan(policy, span.upper);
		count++;
	}
	return count;
}

/* Of numbers: from where the latest rows lie; the first partition begins at 0. */
static List *
GapsAfterNumbers(const Policy *policy, List *parts)
{
	TimestampTz at = parts == NIL ? 0 : ((Part *) linitial(parts))->lower;
	PartitionBounds span;

	(void) LatestRows(policy, parts, DT_NOBEGIN, &at);
	span = GridSpan(policy, TIMESTAMP_IS_NOBEGIN(at) ? 0 : at);
	return AddGaps(NIL, policy, parts, &span, policy->premake + 1);
}

/*
 * Of the current interval and premake more, and as many beyond the latest rows, what has no partition
 * yet.
 */
List *
GapsAhead(const Policy *policy)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	List	   *parts = PartsOf(policy);
	PartitionBounds span;
	TimestampTz latest;
	List	   *gaps;
	int			distance;

	if (policy->by_number)
		return GapsAfterNumbers(policy, parts);
	span = GridSpan(policy, now);
	if (!LatestRows(policy, parts, span.upper, &latest))
		return AddGaps(NIL, policy, parts, &span, policy->premake + 1);

	distance = SpansTo(policy, span, latest);
	if (distance <= MAX_SPANS_TO_DATA)
		return AddGaps(NIL, policy, parts, &span, distance + policy->premake + 1);
	gaps = AddGaps(NIL, policy, parts, &span, policy->premake + 1);
	if (span.upper <= latest)
		span = GridSpan(policy, latest);
	return AddGaps(gaps, policy, parts, &span, policy->premake + 1);
}

void
PartitionsRotate(Maintenance *m)
{
	Policy	   *policy = PolicyOf(m->relation);
	List	   *gaps;
	ListCell   *lc;

	if (policy->by_rows)
		return;
	PolicyAdaptStep(policy);
	gaps = GapsAhead(policy);
	m->left = Max(list_length(gaps) - m->at_most, 0);
	foreach(lc, list_truncate(gaps, m->at_most))
	{
		PartitionBounds *bounds = lfirst(lc);
		PartOutcome *made = palloc0(sizeof(PartOutcome));

		made->part = (Part) {InvalidOid, bounds->lower, bounds->upper, policy->by_number};
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

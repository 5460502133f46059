/*
 * step.c
 *	  Fit the step of partitions of numbers to what the latest full one has become.
 *
 * One is full when a later one has rows. The step changes at most fourfold at a time, and not for a
 * deviation that the next partition may make good.
 */
#include "base/compat.h"
#include "partition/step.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "partition/parts.h"

#define MOST_AT_A_TIME 4
#define TOLERANCE 1.25

static const Part *
LatestFull(const Policy *policy)
{
	List	   *parts = PartsOf(policy);
	bool		later = false;

	for (int i = list_length(parts) - 1; i >= 0; i--)
	{
		const Part *part = list_nth(parts, i);

		if (!PartHasRows(policy, part))
			continue;
		if (later && part->lower > PG_INT64_MIN)
			return part;
		later = true;
	}
	return NULL;
}

static double
MeasureOf(const Policy *policy, const Part *part)
{
	Sql			q;

	if (policy->bytes > 0)
	{
		SqlBegin(&q, "select sum(pg_total_relation_size(relid))::int8 from pg_partition_tree($1)");
		SqlAddOid(&q, REGCLASSOID, part->relid);
		return (double) SqlDoInt8(&q, AsCatalog());
	}
	SqlBegin(&q, psprintf("SELECT count(*) FROM %s", QuotedRelation(part->relid)));
	return (double) SqlDoInt8(&q, RelationOwner(policy->relation));
}

static void
SetStep(Policy *policy, int64 step)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.policy set partition_step = $2 where relation = $1");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlAddInt8(&q, step);
	SqlDo(&q, AsCatalog());
	policy->step = step;
}

/* One to three significant digits that people can read. */
static int64
RoundStep(double step)
{
	int64		unit = 1;

	while (step / unit >= 1000)
		unit *= 10;
	return Max((int64) (step / unit), 1) * unit;
}

void
PolicyAdaptStep(Policy *policy)
{
	double		goal = policy->bytes > 0 ? (double) policy->bytes : (double) policy->rows;
	const Part *part;
	double		measure,
				step;

	if (!policy->by_number || goal <= 0 || (part = LatestFull(policy)) == NULL)
		return;
	measure = MeasureOf(policy, part);
	step = (double) (part->upper - part->lower) * goal / Max(measure, 1.0);
	step = Min(step, (double) policy->step * MOST_AT_A_TIME);
	step = Max(step, (double) policy->step / MOST_AT_A_TIME);
	if (step < policy->step * TOLERANCE && step > policy->step / TOLERANCE)
		return;
	SetStep(policy, RoundStep(step));
}

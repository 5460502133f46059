/*
 * missing.c
 *	  Find the partitions that staged rows need and their table does not have.
 */
#include "base/compat.h"
#include "partition/missing.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "partition/grid.h"
#include "partition/parts.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static List *
AddBounds(List *bounds, TimestampTz lower, TimestampTz upper)
{
	PartitionBounds *b = palloc(sizeof(PartitionBounds));

	b->lower = lower;
	b->upper = upper;
	return lappend(bounds, b);
}

List *
GapsIn(const PartitionBounds *span, List *parts)
{
	TimestampTz from = span->lower;
	List	   *gaps = NIL;
	ListCell   *lc;

	foreach(lc, parts)
	{
		Part	   *part = lfirst(lc);

		if (part->upper <= from)
			continue;
		if (part->lower >= span->upper)
			break;
		if (part->lower > from)
			gaps = AddBounds(gaps, from, part->lower);
		from = part->upper;
	}
	if (from < span->upper)
		gaps = AddBounds(gaps, from, span->upper);
	return gaps;
}

/* The staged value of the partition column as an instant. */
static char *
InstantExpression(const Policy *policy)
{
	const char *column = quote_identifier(policy->column);

	if (policy->by_number)
		return psprintf("%s::bigint", column);
	if (policy->epoch != NULL)
		return psprintf("(timestamptz 'epoch' + %s * interval '%s')", column,
						strcmp(policy->epoch, "s") == 0 ? "1 second" : "1 millisecond");
	if (policy->column_type == TIMESTAMPTZOID)
		return pstrdup(column);
	return psprintf("(%s::timestamp AT TIME ZONE %s)", column,
					quote_literal_cstr(policy->time_zone));
}

/* Infinite times have no partition. */
static char *
IsFinite(const Policy *policy)
{
	const char *column = quote_identifier(policy->column);

	if (policy->by_number || policy->epoch != NULL)
		return psprintf("%s IS NOT NULL", column);
	return psprintf("isfinite(%s)", column);
}

bool
RangeOfRows(const Policy *policy, const char *table, Oid role, PartitionBounds *range)
{
	char	   *at = InstantExpression(policy);
	bool		isnull;
	Sql			q;

	SqlBegin(&q, psprintf("SELECT min(%s), max(%s) FROM %s WHERE %s",
						  at, at, table, IsFinite(policy)));
	SqlRun(&q, role);
	(void) SqlDatum(&q, 0, 1, &isnull);
	if (!isnull)
	{
		range->lower = SqlTime(&q, 0, 1, NULL);
		range->upper = SqlTime(&q, 0, 2, NULL);
	}
	SqlDone(&q);
	return !isnull;
}

static bool
Covered(const PartitionBounds *range, List *parts)
{
	PartitionBounds closed = {range->lower, range->upper + 1};

	return GapsIn(&closed, parts) == NIL;
}

/*
 * Starts of months, days or parts of a day. Where a day has two midnights date_trunc gives the
 * second one, also for times before it: those stand for themselves.
 */
static char *
UnitsStatement(const Pipeline *p, const Policy *policy)
{
	const char *unit = GridUnit(policy);
	char	   *at = InstantExpression(policy);
	char	   *start;

	if (unit != NULL)
		start = psprintf("least(date_trunc('%s', %s, %s), %s)", unit, at,
						 quote_literal_cstr(policy->time_zone), at);
	else if (policy->by_number)
		start = psprintf("%s - (%s %% $1 + $1) %% $1", at, at);
	else
		start = psprintf("date_bin($1, %s, '2000-01-01 00:00:00+00')", at);
	return psprintf("SELECT DISTINCT %s FROM %s WHERE %s ORDER BY 1",
					start, PipelineStaging(p), IsFinite(policy));
}

/* Several units may lie in one span, and a span may have several gaps. */
static List *
MissingFor(const Pipeline *p, const Policy *policy, List *parts)
{
	List	   *missing = NIL;
	TimestampTz done = DT_NOBEGIN;
	Sql			q;

	SqlBegin(&q, UnitsStatement(p, policy));
	if (policy->by_number)
		SqlAddInt8(&q, policy->step);
	else if (GridUnit(policy) == NULL)
		SqlAddInterval(&q, policy->interval);
	SqlRun(&q, p->owner);
	for (uint64 i = 0; i < q.processed; i++)
	{
		PartitionBounds span = GridSpan(policy, SqlTime(&q, i, 1, NULL));

		if (span.upper <= done)
			continue;
		missing = list_concat(missing, GapsIn(&span, parts));
		done = span.upper;
	}
	SqlDone(&q);
	return missing;
}

List *
PartitionsMissing(const Pipeline *p)
{
	Policy	   *policy = PolicyOf(p->target);
	PartitionBounds range;
	List	   *parts;

	if (policy == NULL || policy->by_rows ||
		!RangeOfRows(policy, PipelineStaging(p), p->owner, &range))
		return NIL;
	parts = PartsOf(policy);
	if (Covered(&range, parts))
		return NIL;
	return MissingFor(p, policy, parts);
}

/*
 * split_parts.c
 *	  Make the tables into which a partition is divided.
 */
#include "base/compat.h"
#include "partition/split_parts.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "partition/carry.h"
#include "partition/grid.h"
#include "partition/missing.h"
#include "partition/part_name.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* Whoever reads the table as a whole locks all of them. */
#define MAX_PARTS 1000

static void
ReportTooMany(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("partition would be divided into more than %d partitions", MAX_PARTS),
			 errhint("Specify a longer partition_interval, and divide the new partitions afterwards.")));
}

/* Where a bound is open, partitions begin and end with the rows, and the outermost stay open. */
static PartitionBounds
RangeToDivide(const Policy *policy, const Part *source)
{
	PartitionBounds rows = {GetCurrentTimestamp(), GetCurrentTimestamp()};
	bool		is_open = TIMESTAMP_IS_NOBEGIN(source->lower) || TIMESTAMP_IS_NOEND(source->upper);

	if (policy->by_number)
		rows.lower = rows.upper = 0;
	if (is_open)
		(void) RangeOfRows(policy, QuotedRelation(source->relid), RelationOwner(source->relid), &rows);
	if (!TIMESTAMP_IS_NOBEGIN(source->lower))
		rows.lower = source->lower;
	else if (!TIMESTAMP_IS_NOEND(source->upper) && rows.lower >= source->upper)
		rows.lower = source->upper - 1;
	rows.upper = Max(rows.lower, rows.upper);
	return rows;
}

List *
SplitPlan(const Policy *policy, const Part *source)
{
	PartitionBounds rows = RangeToDivide(policy, source);
	PartitionBounds span = GridSpan(policy, rows.lower);
	TimestampTz lower = source->lower;
	List	   *plans = NIL;
	bool		is_last = false;

	while (!is_last)
	{
		PartPlan   *plan = palloc(sizeof(PartPlan));

		is_last = TIMESTAMP_IS_NOEND(source->upper) ? span.lower > rows.upper :
			span.upper >= source->upper;
		plan->lower = lower;
		plan->upper = is_last ? source->upper : span.upper;
		plan->name_at = TIMESTAMP_IS_NOBEGIN(lower) ? span.lower : lower;
		plans = lappend(plans, plan);
		if (list_length(plans) > MAX_PARTS)
			ReportTooMany();
		lower = span.upper;
		span = GridSpan(policy, lower);
	}
	return plans;
}

char *
PartRange(const Policy *policy, TimestampTz lower, TimestampTz upper)
{
	return psprintf("FROM (%s) TO (%s)",
					TIMESTAMP_IS_NOBEGIN(lower) ? "MINVALUE" : BoundLiteral(policy, lower),
					TIMESTAMP_IS_NOEND(upper) ? "MAXVALUE" : BoundLiteral(policy, upper));
}

static char *
BoundCondition(const Policy *policy, const PartPlan *plan)
{
	const char *column = quote_identifier(policy->column);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s IS NOT NULL", column);
	if (!TIMESTAMP_IS_NOBEGIN(plan->lower))
		appendStringInfo(&sql, " AND %s >= %s", column, BoundLiteral(policy, plan->lower));
	if (!TIMESTAMP_IS_NOEND(plan->upper))
		appendStringInfo(&sql, " AND %s < %s", column, BoundLiteral(policy, plan->upper));
	return sql.data;
}

static char *
Qualified(const Split *split, const char *name)
{
	return quote_qualified_identifier(get_namespace_name(split->schema), name);
}

/* Constraints are those of the whole table: the partition may have more. */
static Oid
MakePartitioned(const Split *split, const char *suffix)
{
	char	   *name = FreeName(split->name, suffix, split->schema);

	SqlExec(psprintf("CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING IDENTITY) "
					 "PARTITION BY RANGE (%s)", Qualified(split, name),
					 QuotedRelation(split->relation), quote_identifier(split->policy->column)),
			split->owner);
	return get_relname_relid(name, split->schema);
}

void
SplitMakeRoot(Split *split)
{
	split->root = MakePartitioned(split, "_split");
	SplitSave(split);
}

static void
Attach(const Split *split, Oid parent, Oid part, TimestampTz lower, TimestampTz upper)
{
	SqlExec(psprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES %s", QuotedRelation(parent),
					 QuotedRelation(part), PartRange(split->policy, lower, upper)), split->owner);
}

/* It has all that the partition has, also indexes and constraints of its own. */
static void
MakePart(const Split *split, Oid group, const PartPlan *plan)
{
	char	   *name = PartName(split->policy, split->schema, plan->name_at);
	Oid			part;

	SqlExec(psprintf("CREATE %sTABLE %s (LIKE %s INCLUDING ALL EXCLUDING IDENTITY, CONSTRAINT "
					 SPLIT_BOUND " CHECK (%s))%s", PersistenceClause(split->source),
					 Qualified(split, name), QuotedRelation(split->source),
					 BoundCondition(split->policy, plan),
					 StorageClauses(split->source, split->source)), split->owner);
	part = get_relname_relid(name, split->schema);
	Attach(split, group, part, plan->lower, plan->upper);
	CarryProperties(split->relation, part, InvalidOid, split->owner);
}

void
SplitMakeGroup(Split *split, List *plans)
{
	Oid			group = MakePartitioned(split, "_group");
	ListCell   *lc;

	foreach(lc, plans)
		MakePart(split, group, lfirst(lc));
	Attach(split, split->root, group, ((PartPlan *) linitial(plans))->lower,
		   ((PartPlan *) llast(plans))->upper);
	split->groups = lappend_oid(split->groups, group);
	SplitSave(split);
}

List *
SplitPartsOf(const Split *split, Oid parent)
{
	Policy		policy = *split->policy;

	policy.relation = parent;
	return PartsOf(&policy);
}

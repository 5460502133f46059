/*
 * maintenance_plan.c
 *	  elt.maintenance_plan: what the next maintenance would do, with its statements.
 */
#include "base/compat.h"

#include "base/lock.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "funcapi.h"
#include "partition/delete_rows.h"
#include "partition/hold.h"
#include "partition/maintain.h"
#include "partition/missing.h"
#include "partition/retention.h"
#include "partition/split_finish.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_maintenance_plan);

typedef struct Line
{
	Oid			relation;
	const char *step;
	const char *action;
	const char *partition;
	const Part *part;			/* or NULL */
	const char *reason;
	const char *statement;
} Line;

static void
PutLine(ReturnSetInfo *result, const Line *line)
{
	bool		no_bounds = line->part == NULL || line->part->is_number;
	Datum		values[8] = {
		ObjectIdGetDatum(line->relation),
		CStringGetTextDatum(line->step),
		CStringGetTextDatum(line->action),
		TextOrNull(line->partition),
		no_bounds ? (Datum) 0 : TimestampTzGetDatum(line->part->lower),
		no_bounds ? (Datum) 0 : TimestampTzGetDatum(line->part->upper),
		TextOrNull(line->reason),
		TextOrNull(line->statement)
	};
	bool		nulls[8] = {
		false, false, false, line->partition == NULL, no_bounds, no_bounds, line->reason == NULL,
		line->statement == NULL
	};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
PlanRotation(ReturnSetInfo *result, const Policy *policy)
{
	ListCell   *lc;

	foreach(lc, GapsAhead(policy))
	{
		const PartitionBounds *bounds = lfirst(lc);
		Part		part = {InvalidOid, bounds->lower, bounds->upper, policy->by_number};
		List	   *statements = PartitionStatements(policy, bounds);
		Line		line = {policy->relation, "partitions", "create", NULL, &part};

		line.statement = linitial(statements);
		PutLine(result, &line);
		line.action = "attach";
		line.statement = lsecond(statements);
		PutLine(result, &line);
	}
}

static void
PlanAction(ReturnSetInfo *result, PartWork *work)
{
	const PartAction *action = work->chain->action;
	bool		is_wanted;
	Line		line = {work->policy->relation, "retention", action->name, work->row->name,
		&work->row->part, PartHeldBy(work, &is_wanted)
	};

	if (line.reason != NULL)
	{
		PutLine(result, &line);
		return;
	}
	for (const PartStep *step = NextStep(work); step < action->steps + action->nsteps; step++)
	{
		line.statement = step->show != NULL ? step->show(work) : step->name;
		if (line.statement != NULL)
			PutLine(result, &line);
	}
}

static void
PlanRetention(ReturnSetInfo *result, const Policy *policy)
{
	ListCell   *lc;

	foreach(lc, RetentionDue(policy))
		PlanAction(result, lfirst(lc));
}

static void
PlanDeletion(ReturnSetInfo *result, const Policy *policy)
{
	Line		line = {policy->relation, "retention", "delete"};

	line.statement = DeleteBatchStatement(policy);
	if (line.statement != NULL && DeleteExpiredRows(policy, 1, true) > 0)
		PutLine(result, &line);
}

static char *
CallSplit(const Split *split)
{
	return psprintf("CALL elt.split_partition(%s)", quote_literal_cstr(QuotedRelation(split->source)));
}

/* Divisions that were interrupted, and those in progress. */
static void
PlanSplits(ReturnSetInfo *result, const Policy *policy)
{
	int			holder = LockHolder(LOCK_SPLIT, policy->relation);
	ListCell   *lc;

	foreach(lc, SplitsOf(policy->relation))
	{
		const Split *split = lfirst(lc);
		const char *left = SplitLeft(split);
		Line		line = {policy->relation, "split", left != NULL ? left : "resume", split->name};

		if (holder != 0)
			line.reason = psprintf("process %d is dividing a partition of the table", holder);
		else if (left == NULL)
			line.reason = "dividing it was interrupted, and is resumed or undone by hand";
		if (left == NULL)
			line.statement = CallSplit(split);
		PutLine(result, &line);
	}
}

Datum
elt_maintenance_plan(PG_FUNCTION_ARGS)
{
	Oid			only = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	foreach(lc, RelationsOfCaller(only))
	{
		const Policy *policy = PolicyOf(lfirst_oid(lc));

		if (policy->by_rows)
		{
			PlanDeletion(result, policy);
			continue;
		}
		PlanSplits(result, policy);
		PlanRotation(result, policy);
		PlanRetention(result, policy);
	}
	SPI_finish();
	return (Datum) 0;
}

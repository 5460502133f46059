/*
 * chain.c
 *	  Check the chain of retention, and find out what is due.
 */
#include "base/compat.h"
#include "partition/chain.h"

#include "access/xact.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/time_span.h"
#include "partition/grid.h"
#include "partition/part_work.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

void
RetentionCheckAge(const Interval *after)
{
	if (INTERVAL_NOT_FINITE(after))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retain must be finite")));
	if (IntervalIsTooLong(after))
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("retain must not exceed 1000 years"),
				 errhint("Omit it to keep the partitions forever.")));
	if (after->month < 0 || after->day < 0 || after->time < 0 ||
		after->month + after->day + after->time == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retain must be greater than zero")));
}

/* Maintenance runs every hour, and partitions last an hour at least, unless the policy has shorter ones. */
static void
CheckNotBrief(const Policy *policy, const Interval *after)
{
	bool		by_hours = policy->interval == NULL || policy->interval->time == 0;
	int64		least = by_hours ? USECS_PER_HOUR : Min(policy->interval->time, USECS_PER_HOUR);

	if (after->month == 0 && after->day == 0 && after->time < least)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retain must not be less than %lld minutes", (long long) (least / USECS_PER_MINUTE)),
				 errhint("A number without a unit means seconds. Specify the age as in '30 days'.")));
}

static bool
IsOlder(const Interval *a, const Interval *b)
{
	return DatumGetBool(DirectFunctionCall2(interval_gt, IntervalPGetDatum(a),
											IntervalPGetDatum(b)));
}

static void
CheckOptions(Oid relation, const ChainStep *step)
{
	const PartAction *action = step->action;
	char	   *key;
	Sql			q;

	SqlBegin(&q, "select k from jsonb_object_keys($1) k "
			 "where k <> all ('{after,do}'::text[] || coalesce($2, '{}')::text[]) limit 1");
	SqlAddJsonb(&q, step->options);
	SqlAddText(&q, action->options);
	key = SqlDoText(&q, AsCatalog());
	if (key != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("action \"%s\" of retention has no option \"%s\"", action->name, key)));
	if (action->check_options != NULL)
		action->check_options(relation, step->options);
}

void
ChainCheck(const Policy *policy)
{
	int			state = PART_ATTACHED;
	const Interval *before = NULL;
	ListCell   *lc;

	foreach(lc, policy->chain)
	{
		const ChainStep *step = lfirst(lc);

		RetentionCheckAge(step->after);
		CheckNotBrief(policy, step->after);
		if (before != NULL && !IsOlder(step->after, before))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("steps of retention must be in the order of their age")));
		if ((step->action->from & state) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("action \"%s\" cannot follow the one before it", step->action->name),
					 state != PART_PACKED ? 0 :
					 errhint("Packed partitions can only be archived or dropped.")));
		CheckOptions(policy->relation, step);
		state = step->action->to;
		before = step->after;
	}
}

/* Has the partition come to where it is by a step of this chain, or is it on its way? */
static bool
GoesByChain(const Policy *policy, const LedgerRow *row, const ChainStep *due)
{
	ListCell   *lc;

	if (row->attached || (row->action != NULL && strcmp(row->action, due->action->name) == 0))
		return true;
	foreach(lc, policy->chain)
	{
		const ChainStep *step = lfirst(lc);

		if (step == due)
			return false;
		if (step->action->to == StateOf(row) && NamesContain(row->actions, step->action->name))
			return true;
	}
	return false;
}

static TimestampTz
TimeAgo(const Interval *age)
{
	return TimeMinus(GetCurrentTransactionStartTimestamp(), age);
}

/* One that was made by others has no age of its own. */
static bool
IsOldEnough(const Policy *policy, const LedgerRow *row, const Interval *age)
{
	if (policy->by_number)
		return LedgerFilledAt(policy->relation, &row->part, policy->premake) <= TimeAgo(age);
	if (policy->by_creation)
		return row->created_at <= TimeAgo(age) && !TIMESTAMP_IS_NOBEGIN(row->created_at);
	return row->part.upper <= GridCutoff(policy, age);
}

const ChainStep *
ChainDue(const Policy *policy, const LedgerRow *row)
{
	for (int i = list_length(policy->chain) - 1; i >= 0; i--)
	{
		const ChainStep *step = list_nth(policy->chain, i);

		if (!IsOldEnough(policy, row, step->after))
			continue;
		if (NamesContain(row->actions, step->action->name))
			return NULL;
		if (row->action != NULL && strcmp(row->action, step->action->name) == 0)
			return step;
		if ((step->action->from & StateOf(row)) != 0 && GoesByChain(policy, row, step))
			return step;
	}
	return NULL;
}

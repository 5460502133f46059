/*
 * group_state.c
 *	  What is kept of a group, from which its measures are computed.
 *
 * What is no finite number cannot be subtracted from a sum, and is counted beside it.
 */
#include "base/compat.h"
#include "star/group_state.h"

#include "base/item_list.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"

static bool
MayBeInfinite(const AggregateValue *value)
{
	return value->type == NUMERICOID || value->type == FLOAT4OID || value->type == FLOAT8OID;
}

static List *
AddState(List *states, char *name, const char *type, char *call, char *filter)
{
	KeptState  *state = palloc(sizeof(KeptState));

	state->name = name;
	state->type = type;
	state->call = call;
	state->filter = filter;
	return lappend(states, state);
}

static List *
AddSum(List *states, const AggregateValue *value, int n)
{
	char	   *sum = psprintf("sum(x%d)", n);

	if (!MayBeInfinite(value))
		return AddState(states, psprintf("_sum%d", n), "numeric", sum, NULL);
	states = AddState(states, psprintf("_sum%d", n), "numeric", sum,
					  psprintf("x%d NOT IN ('NaN', 'Infinity', '-Infinity')", n));
	states = AddState(states, psprintf("_nan%d", n), "bigint", "count(*)", psprintf("x%d = 'NaN'", n));
	states = AddState(states, psprintf("_above%d", n), "bigint", "count(*)",
					  psprintf("x%d = 'Infinity'", n));
	return AddState(states, psprintf("_below%d", n), "bigint", "count(*)",
					psprintf("x%d = '-Infinity'", n));
}

List *
KeptStates(const Aggregate *a)
{
	List	   *states = AddState(NIL, "_rows", "bigint", "count(*)", NULL);
	int			n = 0;
	ListCell   *lc;

	foreach(lc, a->values)
	{
		const AggregateValue *value = lfirst(lc);

		n++;
		states = AddState(states, psprintf("_count%d", n), "bigint", psprintf("count(x%d)", n), NULL);
		if (value->is_summed)
			states = AddSum(states, value, n);
	}
	return states;
}

char *
KeptStateOf(const KeptState *state, const char *condition)
{
	StringInfoData filter;

	initStringInfo(&filter);
	if (condition != NULL)
		AppendItem(&filter, " AND ", "%s", condition);
	if (state->filter != NULL)
		AppendItem(&filter, " AND ", "%s", state->filter);
	if (filter.len > 0)
		return psprintf("coalesce(%s FILTER (WHERE %s), 0)::%s", state->call, filter.data, state->type);
	return psprintf("coalesce(%s, 0)::%s", state->call, state->type);
}

char *
KeptStateNames(List *states, const char *alias)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, states)
		names = lappend(names, ((KeptState *) lfirst(lc))->name);
	return QuotedColumns(names, alias);
}

/* ---- measures ---- */

/* A type has no scale: as many digits as the sum needs, whatever has come and gone. */
static char *
Sum(const AggregateValue *value, int n)
{
	if (MayBeInfinite(value) && value->typmod < 0)
		return psprintf("trim_scale(_sum%d)", n);
	return psprintf("_sum%d", n);
}

static const char *
SumType(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
			return "bigint";
		case FLOAT4OID:
			return "real";
		case FLOAT8OID:
			return "double precision";
		default:
			return "numeric";
	}
}

static const char *
MeanType(Oid type)
{
	return type == FLOAT4OID || type == FLOAT8OID ? "double precision" : "numeric";
}

/* Null of no values; not a number, or infinite, when a value is. */
static char *
NumberOrNot(const AggregateValue *value, int n, const char *number, const char *type)
{
	if (!MayBeInfinite(value))
		return psprintf("CASE WHEN _count%d > 0 THEN (%s)::%s END", n, number, type);
	return psprintf("CASE WHEN _count%d = 0 THEN NULL"
					" WHEN _nan%d > 0 OR _above%d > 0 AND _below%d > 0 THEN 'NaN'"
					" WHEN _above%d > 0 THEN 'Infinity' WHEN _below%d > 0 THEN '-Infinity'"
					" ELSE (%s)::%s END", n, n, n, n, n, n, number, type);
}

char *
GroupMeasure(const Aggregate *a, const AggregateMeasure *measure)
{
	int			n = measure->value;
	const AggregateValue *value = n > 0 ? list_nth(a->values, n - 1) : NULL;

	switch (measure->function)
	{
		case MEASURE_COUNT:
			return psprintf("_count%d", n);
		case MEASURE_SUM:
			return NumberOrNot(value, n, Sum(value, n), SumType(value->type));
		case MEASURE_MEAN:
			return NumberOrNot(value, n, psprintf("%s / _count%d", Sum(value, n), n),
							   MeanType(value->type));
		case MEASURE_ROWS:
			break;
	}
	return "_rows";
}

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
#include "star/group_value.h"

static bool
MayBeNaN(const AggregateValue *value)
{
	return value->type == NUMERICOID || value->type == FLOAT4OID || value->type == FLOAT8OID;
}

/* A numeric with a precision cannot. */
static bool
MayBeInfinite(const AggregateValue *value)
{
	return MayBeNaN(value) && (value->type != NUMERICOID || value->typmod < 0);
}

/* ---- states ---- */

static List *
AddState(List *states, StateKind kind, const char *name, int n, char *call, char *filter)
{
	KeptState  *state = palloc(sizeof(KeptState));

	state->kind = kind;
	state->name = n > 0 ? psprintf("%s%d", name, n) : pstrdup(name);
	state->type = strcmp(name, "_sum") == 0 ? "numeric" : "bigint";
	state->value = n;
	state->call = call;
	state->filter = filter;
	return lappend(states, state);
}

static List *
AddSum(List *states, const AggregateValue *value, int n)
{
	char	   *sum = psprintf("sum(x%d)", n);

	bool		may_be_infinite = MayBeInfinite(value);
	char	   *finite = may_be_infinite ? psprintf("x%d NOT IN ('NaN', 'Infinity', '-Infinity')", n) :
		psprintf("x%d <> 'NaN'", n);

	if (!MayBeNaN(value))
		return AddState(states, STATE_NUMBER, "_sum", n, sum, NULL);
	states = AddState(states, STATE_NUMBER, "_sum", n, sum, finite);
	states = AddState(states, STATE_NUMBER, "_nan", n, "count(*)", psprintf("x%d = 'NaN'", n));
	if (!may_be_infinite)
		return states;
	states = AddState(states, STATE_NUMBER, "_above", n, "count(*)",
					  psprintf("x%d = 'Infinity'", n));
	return AddState(states, STATE_NUMBER, "_below", n, "count(*)",
					psprintf("x%d = '-Infinity'", n));
}

static List *
AddValue(List *states, const AggregateValue *value, int n)
{
	if (value->is_counted)
		states = AddState(states, STATE_NUMBER, "_count", n, psprintf("count(x%d)", n), NULL);
	if (value->is_summed)
		states = AddSum(states, value, n);
	if (value->has_quantiles)
		states = AddState(states, STATE_QUANTILES, "_quantiles", n,
						  psprintf("elt.sketch_quantiles(x%d)", n), NULL);
	if (value->has_least)
		states = AddState(states, STATE_LEAST, "_least", n, psprintf("min(x%d)", n), NULL);
	if (value->has_greatest)
		states = AddState(states, STATE_GREATEST, "_greatest", n, psprintf("max(x%d)", n), NULL);
	if (value->has_distinct)
		states = AddState(states, STATE_DISTINCT, "_distinct", n,
						  psprintf("elt.sketch_distinct_counts(x%d, 1)", n), NULL);
	return states;
}

List *
KeptStates(const Aggregate *a)
{
	List	   *states = AddState(NIL, STATE_NUMBER, "_rows", 0, "count(*)", NULL);
	int			n = 0;
	ListCell   *lc;

	foreach(lc, a->values)
		states = AddValue(states, lfirst(lc), ++n);
	return states;
}

List *
KeptStatesOfDays(List *states)
{
	List	   *of_days = NIL;
	ListCell   *lc;

	foreach(lc, states)
		if (((KeptState *) lfirst(lc))->kind >= STATE_LEAST)
			of_days = lappend(of_days, lfirst(lc));
	return of_days;
}

char *
KeptStateOf(const KeptState *state, const char *condition)
{
	StringInfoData filter;
	char	   *call = state->call;

	initStringInfo(&filter);
	if (condition != NULL)
		AppendItem(&filter, " AND ", "%s", condition);
	if (state->filter != NULL)
		AppendItem(&filter, " AND ", "%s", state->filter);
	if (filter.len > 0)
		call = psprintf("%s FILTER (WHERE %s)", state->call, filter.data);
	return state->kind == STATE_NUMBER ? psprintf("coalesce(%s, 0)::%s", call, state->type) : call;
}

char *
KeptStateChange(const KeptState *state, bool may_lose)
{
	char	   *came = KeptStateOf(state, may_lose ? "_sign > 0" : NULL);

	if (!may_lose)
		return came;
	switch (state->kind)
	{
		case STATE_NUMBER:
			return psprintf("%s - %s", came, KeptStateOf(state, "_sign < 0"));
		case STATE_QUANTILES:
			return psprintf("elt.subtract_quantiles(%s, %s)", came, KeptStateOf(state, "_sign < 0"));
		case STATE_DISTINCT:
			return psprintf("elt.sketch_distinct_counts(x%d, _sign)", state->value);
		default:
			return came;
	}
}

char *
KeptStateUnion(const KeptState *state, const char *left, const char *right)
{
	const char *name = state->name;

	switch (state->kind)
	{
		case STATE_QUANTILES:
			return psprintf("elt.add_quantiles(%s.%s, %s.%s)", left, name, right, name);
		case STATE_LEAST:
			return psprintf("least(%s.%s, %s.%s)", left, name, right, name);
		case STATE_GREATEST:
			return psprintf("greatest(%s.%s, %s.%s)", left, name, right, name);
		case STATE_DISTINCT:
			return psprintf("elt.add_distinct_counts(%s.%s, %s.%s)", left, name, right, name);
		case STATE_NUMBER:
			break;
	}
	return psprintf("%s.%s + %s.%s", left, name, right, name);
}

char *
KeptStateMerge(const KeptState *state)
{
	return psprintf("%s(c.%s)", state->kind == STATE_LEAST ? "min" : "max", state->name);
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

/* Without a scale: as many digits as the sum needs, whatever has come and gone. */
static char *
Sum(const AggregateValue *value, int n)
{
	if (MayBeNaN(value) && value->typmod < 0)
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
	if (!MayBeNaN(value))
		return psprintf("CASE WHEN _count%d > 0 THEN (%s)::%s END", n, number, type);
	if (!MayBeInfinite(value))
		return psprintf("CASE WHEN _count%d = 0 THEN NULL WHEN _nan%d > 0 THEN 'NaN' ELSE (%s)::%s END", n, n,
						number, type);
	return psprintf("CASE WHEN _count%d = 0 THEN NULL"
					" WHEN _nan%d > 0 OR _above%d > 0 AND _below%d > 0 THEN 'NaN'"
					" WHEN _above%d > 0 THEN 'Infinity' WHEN _below%d > 0 THEN '-Infinity'"
					" ELSE (%s)::%s END", n, n, n, n, n, n, number, type);
}

static int
NumberOf(const Aggregate *a, const AggregateMeasure *measure)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, a->measures)
	{
		n++;
		if (lfirst(lc) == measure)
			break;
	}
	return n;
}

/* What a sketch says, or NULL for a measure of something else. */
static char *
Answer(const AggregateMeasure *measure)
{
	if (measure->function == MEASURE_DISTINCT)
		return psprintf("elt.counted_distinct(_distinct%d)", measure->value);
	if (measure->function == MEASURE_QUANTILE)
		return psprintf("elt.quantile(_quantiles%d, %s)", measure->value, measure->fraction);
	return NULL;
}

/* Stored, so that whoever reads the view needs no privilege to call the functions. */
char *
GroupAnswers(const Aggregate *a, bool as_assignments)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, a->measures)
	{
		const char *answer = Answer(lfirst(lc));
		int			n = NumberOf(a, lfirst(lc));

		if (answer != NULL && as_assignments)
			AppendItem(&sql, ", ", "_m%d = %s", n, answer);
		else if (answer != NULL)
			AppendItem(&sql, ", ", "%s AS _m%d", answer, n);
	}
	return sql.len > 0 ? sql.data : NULL;
}

char *
GroupExactMeasures(const Aggregate *a)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, a->measures)
	{
		const AggregateMeasure *measure = lfirst(lc);
		int			n = NumberOf(a, measure);

		if (measure->function == MEASURE_EXACT_DISTINCT)
			appendStringInfo(&sql, ", count(DISTINCT x%d) AS _m%d", measure->value, n);
		else if (measure->function == MEASURE_PERCENTILE_CONT ||
				 measure->function == MEASURE_PERCENTILE_DISC)
			appendStringInfo(&sql, ", %s(%s) WITHIN GROUP (ORDER BY x%d) AS _m%d",
							 measure->function == MEASURE_PERCENTILE_CONT ? "percentile_cont" :
							 "percentile_disc", measure->fraction, measure->value, n);
	}
	return sql.data;
}

char *
GroupMeasure(const Aggregate *a, const AggregateMeasure *measure, bool is_stored)
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
		case MEASURE_MIN:
			return psprintf("_least%d", n);
		case MEASURE_MAX:
			return psprintf("_greatest%d", n);
		case MEASURE_DISTINCT:
		case MEASURE_QUANTILE:
			return is_stored ? psprintf("_m%d", NumberOf(a, measure)) : Answer(measure);
		case MEASURE_EXACT_DISTINCT:
		case MEASURE_PERCENTILE_CONT:
		case MEASURE_PERCENTILE_DISC:
			return is_stored ? GroupValuesMeasure(a, measure) : psprintf("_m%d", NumberOf(a, measure));
		case MEASURE_ROWS:
			break;
	}
	return "_rows";
}

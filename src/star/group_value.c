/*
 * group_value.c
 *	  The values of a group, each with the number of its rows, for measures that are exact.
 *
 * What a batch costs follows its rows, and a query of the measure reads the values of each group.
 */
#include "base/compat.h"
#include "star/group_value.h"

#include "base/sql.h"
#include "star/aggregate.h"
#include "star/group_rows.h"
#include "star/star_comment.h"
#include "utils/builtins.h"

char *
GroupValuesSuffix(int n)
{
	return psprintf("_values%d", n);
}

static bool
HasValues(const Aggregate *a, int n)
{
	return ((AggregateValue *) list_nth(a->values, n - 1))->has_values;
}

char *
GroupValuesTable(const Aggregate *a, int n)
{
	int			position = a->has_days ? 1 : 0;

	for (int before = 1; before < n; before++)
		if (HasValues(a, before))
			position++;
	return AggregateDetail(a, position, GroupValuesSuffix(n));
}

#define GROUPS_TOUCHED psprintf("(SELECT g._group, ROW(%s) AS _key FROM elt_touched_groups g)", \
								GroupNumbers(a, "g"))

/* Of all values in order, the one at position k from 0, which is a numeric expression over _all. */
static char *
ValueAt(const Aggregate *a, int n, const char *position)
{
	return psprintf("(SELECT v._value FROM (SELECT w._value, sum(w._n) OVER (ORDER BY w._value) AS _upto,"
					" sum(w._n) OVER () AS _all FROM %s w WHERE w._group = g._group) v"
					" WHERE v._upto > %s ORDER BY v._value LIMIT 1)", GroupValuesTable(a, n), position);
}

char *
GroupValuesMeasure(const Aggregate *a, const AggregateMeasure *measure)
{
	int			n = measure->value;
	const char *p = measure->fraction;
	char	   *place;

	if (measure->function == MEASURE_EXACT_DISTINCT)
		return psprintf("(SELECT count(*) FROM %s w WHERE w._group = g._group)", GroupValuesTable(a, n));
	if (measure->function == MEASURE_PERCENTILE_DISC)
		return ValueAt(a, n, psprintf("greatest(ceil(%s::float8 * v._all::float8) - 1, 0)", p));
	/* as percentile_cont interpolates, in floating-point numbers */
	place = psprintf("(%s::float8 * (SELECT sum(w._n)::float8 - 1 FROM %s w WHERE w._group = g._group))", p,
					 GroupValuesTable(a, n));
	return psprintf("(SELECT CASE WHEN l.place = floor(l.place) THEN l.lo"
					" ELSE l.lo + (l.place - floor(l.place)) * (l.hi - l.lo) END"
					" FROM (SELECT %s AS place, %s::float8 AS lo, %s::float8 AS hi) l)", place,
					ValueAt(a, n, psprintf("floor(%s::float8 * (v._all::float8 - 1))", p)),
					ValueAt(a, n, psprintf("ceil(%s::float8 * (v._all::float8 - 1))", p)));
}

/* Groups as values of type record, of which null is equal to null. */
static char *
ValuesOfRows(const Aggregate *a, int n, const char *rows, const char *count, const char *groups)
{
	return psprintf("SELECT t._group, c._value, c._n FROM (SELECT %s, r.x%d AS _value, %s AS _n,"
					" ROW(%s) AS _key FROM %s r WHERE r.x%d IS NOT NULL GROUP BY %s, r.x%d) c"
					" JOIN %s t ON t._key = c._key WHERE c._n <> 0",
					GroupNumbers(a, "r"), n, count, GroupNumbers(a, "r"), rows, n, GroupNumbers(a, "r"), n,
					groups);
}

void
GroupValuesCreate(const Aggregate *a, const char *rows)
{
	for (int n = 1; n <= list_length(a->values); n++)
	{
		const char *table = GroupValuesTable(a, n);

		if (!HasValues(a, n))
			continue;
		(void) SqlExec(psprintf("CREATE TABLE %s AS %s", table,
								ValuesOfRows(a, n, psprintf("(%s)", rows), "count(*)",
											 psprintf("(SELECT g._group, ROW(%s) AS _key FROM %s g)",
													  GroupNames(a, "g"), a->table))), a->role);
		(void) SqlExec(psprintf("ALTER TABLE %s ADD PRIMARY KEY (_group, _value)", table), a->role);
		(void) SqlExec(psprintf("ANALYZE %s", table), a->role);
		StarComment(psprintf("TABLE %s", table),
					psprintf("values of the groups of %s, each with the number of its rows", a->view),
					a->role);
	}
}

void
GroupValuesChange(const Aggregate *a)
{
	for (int n = 1; n <= list_length(a->values); n++)
	{
		const char *table = GroupValuesTable(a, n);

		if (!HasValues(a, n))
			continue;
		(void) SqlExec(psprintf("INSERT INTO %s AS v (_group, _value, _n) %s ORDER BY 1, 2"
								" ON CONFLICT (_group, _value) DO UPDATE SET _n = v._n + excluded._n",
								table, ValuesOfRows(a, n, "elt_signed", "sum(r._sign)", GROUPS_TOUCHED)),
					   a->role);
		(void) SqlExec(psprintf("DELETE FROM %s v USING (%s) c WHERE v._group = c._group"
								" AND v._value = c._value AND v._n = 0", table,
								ValuesOfRows(a, n, "elt_signed", "sum(r._sign)", GROUPS_TOUCHED)),
					   a->role);
	}
}

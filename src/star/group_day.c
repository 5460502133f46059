/*
 * group_day.c
 *	  What is kept of a group by day, because it cannot be subtracted.
 *
 * A day of a group has two numbers of rows: _rows, which follows what is told of them, and _seen, of those
 * that its states were computed from. When it is read again before all changes of a statement were
 * told, these differ, and the next change reads it once more.
 *
 * After a row with the least value of a day has gone, the value that is kept is only a bound: no row of the
 * day is less, but perhaps none has that value. _seen is null then. The day is not read again until it may
 * have the least value of its group.
 */
#include "base/compat.h"
#include "star/group_day.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "merge/target.h"
#include "star/aggregate.h"
#include "star/fact_sql.h"
#include "star/group_rows.h"
#include "star/group_state.h"
#include "star/kept_rows.h"
#include "star/star_comment.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

char *
GroupDaysTable(const Aggregate *a)
{
	return AggregateDetail(a, 0, GROUP_DAYS_SUFFIX);
}

static List *
States(const Aggregate *a)
{
	return KeptStatesOfDays(KeptStates(a));
}

/* ", c._least1", or "" without states */
static char *
StateNames(List *states, const char *alias)
{
	return states == NIL ? "" : psprintf(", %s", KeptStateNames(states, alias));
}

/* ", min(x1) AS _least1" */
static char *
StatesOfRows(List *states)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, states)
		appendStringInfo(&sql, ", %s AS %s", KeptStateOf(lfirst(lc), NULL), ((KeptState *) lfirst(lc))->name);
	return sql.data;
}

/* Days of groups of rows: their key, a record of which null is equal to null, and the states. */
static char *
DaysOfRows(const Aggregate *a, List *states, const char *rows)
{
	const char *groups = GroupNumbers(a, "r");

	return psprintf("(SELECT ROW(%s) AS _key, r._day, count(*) AS _seen%s FROM (%s) r GROUP BY %s, r._day)",
					groups, StatesOfRows(states), rows, groups);
}

void
GroupDaysCreate(const Aggregate *a, const char *rows)
{
	const char *table = GroupDaysTable(a);
	List	   *states = States(a);

	(void) SqlExec(psprintf("CREATE TABLE %s AS SELECT t._group, c._day, c._seen AS _rows, c._seen%s"
							" FROM %s c"
							" JOIN (SELECT g._group, ROW(%s) AS _key FROM %s g) t ON t._key = c._key",
							table, StateNames(states, "c"), DaysOfRows(a, states, rows),
							GroupNames(a, "g"), a->table), a->role);
	(void) SqlExec(psprintf("ALTER TABLE %s ADD PRIMARY KEY (_group, _day)", table), a->role);
	(void) SqlExec(psprintf("ANALYZE %s", table), a->role);
	StarComment(psprintf("TABLE %s", table), psprintf("groups of %s by day", a->view), a->role);
}

/* ---- what has changed ---- */

/* States of the rows of a day that came, and of those that went. */
static char *
CameAndLost(List *states, bool may_lose)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, states)
	{
		const KeptState *state = lfirst(lc);

		appendStringInfo(&sql, ", %s AS %s", KeptStateChange(state, may_lose), state->name);
		if (may_lose)
			appendStringInfo(&sql, ", %s AS _lost%s", KeptStateOf(state, "_sign < 0"), state->name);
	}
	return sql.data;
}

/* A condition: a row that went may have had the value of a state of alias, and none that came replaces it. */
static char *
MayHaveLost(List *states, const char *alias)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, states)
	{
		const char *name = ((KeptState *) lfirst(lc))->name;
		bool		is_least = ((KeptState *) lfirst(lc))->kind == STATE_LEAST;

		AppendItem(&sql, " OR ", "c._lost%s IS NOT NULL AND NOT coalesce(c._lost%s %s %s.%s, false)"
				   " AND NOT coalesce(c.%s %s c._lost%s, false)",
				   name, name, is_least ? ">" : "<", alias, name, name, is_least ? "<=" : ">=", name);
	}
	return sql.len > 0 ? sql.data : "false";
}

/*
 * _is_loose: the states of the day may be mere bounds; _is_ahead: it was read before all changes were told;
 * _opens: the group may have lost the value of a state.
 */
static KeptRows *
ChangedDays(const Aggregate *a, List *states, bool may_lose)
{
	List	   *lost = may_lose ? states : NIL;
	const char *groups = GroupNumbers(a, "r");

	return KeptRowsOf("elt_days",
					  psprintf("SELECT t._group, c._day, %s, c._change%s, (%s) AS _is_loose,\n"
							   "(p._seen <> p._rows) IS TRUE AS _is_ahead,"
							   " (p._seen <> p._rows) IS TRUE OR %s AS _opens\n"
							   "FROM (SELECT %s, r._day, ROW(%s) AS _key, sum(r._sign)::bigint AS _change%s\n"
							   "\tFROM elt_signed r GROUP BY %s, r._day) c\n"
							   "JOIN (SELECT g.*, ROW(%s) AS _key FROM elt_touched_groups g) t"
							   " ON t._key = c._key\n"
							   "LEFT JOIN %s p ON p._group = t._group AND p._day = c._day",
							   GroupNumbers(a, "c"), StateNames(states, "c"), MayHaveLost(lost, "p"),
							   MayHaveLost(lost, "t"), groups, groups, CameAndLost(states, may_lose),
							   groups, GroupNumbers(a, "g"), GroupDaysTable(a)), a->role);
}

static void
AddDays(const Aggregate *a, List *states)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, states)
		appendStringInfo(&sql, ", %s = %s", ((KeptState *) lfirst(lc))->name,
						 KeptStateUnion(lfirst(lc), "p", "excluded"));
	(void) SqlExec(psprintf("INSERT INTO %s AS p (_group, _day, _rows, _seen%s)\n"
							"SELECT d._group, d._day, d._change,"
							" CASE WHEN NOT d._is_loose THEN d._change END%s\n"
							"FROM elt_days d ORDER BY 1, 2\n"
							"ON CONFLICT (_group, _day) DO UPDATE SET _rows = p._rows + excluded._rows,"
							" _seen = p._seen + excluded._seen%s",
							GroupDaysTable(a), StateNames(states, NULL), StateNames(states, "d"),
							sql.data), a->role);
}

/* ---- days that are read again ---- */

/* No timestamp is later than the last one of this day, so that the midnight that ends it is none. */
#define LAST_DAY "date '294276-12-31'"

/*
 * Events of days, by an index on their time. That is all that is asked, since the day itself would be found
 * by reading all rows; an infinite day has one instant, and no end.
 */
static char *
RowsByTime(const char *source, const char *time, const char *midnight)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "(SELECT f.* FROM (SELECT DISTINCT _day FROM " GROUP_DAYS_READ ") k"
					 " JOIN %s f ON %s >= ", source, time);
	appendStringInfo(&sql, midnight, "k._day");
	appendStringInfo(&sql, " AND %s < CASE WHEN k._day < " LAST_DAY " THEN ", time);
	appendStringInfo(&sql, midnight, "(k._day + 1)");
	appendStringInfoString(&sql, " ELSE 'infinity' END");
	appendStringInfo(&sql, "\nUNION ALL SELECT f.* FROM"
					 " (SELECT DISTINCT _day FROM " GROUP_DAYS_READ " WHERE NOT isfinite(_day)) k"
					 " JOIN %s f ON %s = ", source, time);
	appendStringInfo(&sql, midnight, "k._day");
	appendStringInfo(&sql, "\nUNION ALL SELECT f.* FROM %s f WHERE %s IS NULL"
					 " AND EXISTS (SELECT FROM " GROUP_DAYS_READ " k WHERE k._day = '-infinity'))",
					 source, time);
	return sql.data;
}

static char *
RowsOfStaleDays(const Aggregate *a)
{
	const Fact *fact = a->fact;
	const char *source = QuotedRelation(fact->source);
	const char *time;
	const char *midnight = "%s::timestamp";

	if (fact->event_time == NULL)
		return pstrdup(source);
	if (!TargetHasIndexOn(fact->source, list_make1(fact->event_time)))
		return psprintf("(SELECT f.* FROM %s f WHERE %s IN (SELECT _day FROM " GROUP_DAYS_READ "))", source,
						GroupDay(fact));
	time = psprintf("f.%s", quote_identifier(fact->event_time));
	if (get_atttype(fact->source, get_attnum(fact->source, fact->event_time)) == TIMESTAMPTZOID)
		midnight = psprintf("(%%s::timestamp AT TIME ZONE %s)", quote_literal_cstr(fact->day_zone));
	return RowsByTime(source, time, midnight);
}

/* All rows with a null among the columns of their group are included, and told apart later. */
char *
GroupDayRows(const Aggregate *a)
{
	StringInfoData nulls;

	initStringInfo(&nulls);
	for (int n = 1; n <= list_length(a->columns); n++)
		appendStringInfo(&nulls, " OR r.b%d IS NULL", n);
	return psprintf("SELECT r.* FROM (%s) r WHERE (r._day, %s) IN (SELECT k._day, %s"
					" FROM " GROUP_DAYS_READ " k)%s",
					GroupRows(a, a->fact, RowsOfStaleDays(a), false), GroupNumbers(a, "r"),
					GroupNumbers(a, "k"), nulls.data);
}

static void
ReadDays(const Aggregate *a, List *states)
{
	const char *rows = GroupDayRows(a);
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, states)
		appendStringInfo(&sql, ", %s = r.%s", ((KeptState *) lfirst(lc))->name,
						 ((KeptState *) lfirst(lc))->name);
	(void) SqlExec(psprintf("UPDATE %s p SET _seen = r._seen%s FROM (SELECT s._group, s._day,"
							" coalesce(c._seen, 0) AS _seen, %s\n"
							"FROM (SELECT d._group, d._day, ROW(%s) AS _key FROM " GROUP_DAYS_READ " d) s\n"
							"LEFT JOIN %s c ON c._key = s._key AND c._day = s._day) r\n"
							"WHERE p._group = r._group AND p._day = r._day",
							GroupDaysTable(a), sql.data, KeptStateNames(states, "c"), GroupNumbers(a, "d"),
							DaysOfRows(a, states, rows)), a->role);
}

/*
 * Of groups that have lost the value of a state: days that may have the new one, because no day whose states
 * are known has a lesser value.
 */
static KeptRows *
DaysToRead(const Aggregate *a, List *states)
{
	const char *days = GroupDaysTable(a);
	StringInfoData best;
	StringInfoData reach;
	ListCell   *lc;

	initStringInfo(&best);
	initStringInfo(&reach);
	foreach(lc, states)
	{
		const KeptState *state = lfirst(lc);

		appendStringInfo(&best, ", %s AS %s", KeptStateMerge(state), state->name);
		appendStringInfo(&reach, " OR coalesce(p.%s %s b.%s, true)", state->name,
						 state->kind == STATE_LEAST ? "<=" : ">=", state->name);
	}
	return KeptRowsOf(GROUP_DAYS_READ,
					  psprintf("SELECT p._group, p._day, %s\n"
							   "FROM (SELECT DISTINCT d._group, %s FROM elt_days d WHERE d._opens) o\n"
							   "JOIN %s p ON p._group = o._group\n"
							   "LEFT JOIN (SELECT c._group%s FROM %s c"
							   " WHERE c._seen = c._rows AND c._rows > 0"
							   " AND c._group IN (SELECT _group FROM elt_days WHERE _opens)"
							   " GROUP BY c._group) b ON b._group = p._group\n"
							   "WHERE p._rows > 0 AND p._seen IS DISTINCT FROM p._rows"
							   " AND (p._seen IS NOT NULL%s)",
							   GroupNumbers(a, "o"), GroupNumbers(a, "d"), days, best.data, days,
							   reach.data), a->role);
}

static void
MergeDays(const Aggregate *a, List *states)
{
	StringInfoData merged;
	StringInfoData sets;
	ListCell   *lc;

	initStringInfo(&merged);
	initStringInfo(&sets);
	foreach(lc, states)
	{
		const char *name = ((KeptState *) lfirst(lc))->name;

		AppendItem(&merged, ", ", "%s AS %s", KeptStateMerge(lfirst(lc)), name);
		AppendItem(&sets, ", ", "%s = r.%s", name, name);
	}
	(void) SqlExec(psprintf("UPDATE %s g SET %s FROM (SELECT c._group, %s FROM %s c"
							" WHERE c._rows > 0 AND c._group IN (SELECT _group FROM elt_days WHERE _opens)"
							" GROUP BY c._group) r"
							" WHERE g._group = r._group", a->table, sets.data, merged.data,
							GroupDaysTable(a)), a->role);
}

static void
ReadOpenGroups(const Aggregate *a, List *states)
{
	KeptRows   *days = DaysToRead(a, states);

	if (KeptRowsCount(days) > 0)
		ReadDays(a, states);
	KeptRowsEnd(days);
	MergeDays(a, states);
}

void
GroupDaysChange(const Aggregate *a, bool may_lose)
{
	List	   *states = States(a);
	KeptRows   *days = ChangedDays(a, states, may_lose);

	AddDays(a, states);
	if (states != NIL && SqlExec("SELECT FROM elt_days WHERE _opens LIMIT 1", a->role) > 0)
		ReadOpenGroups(a, states);
	(void) SqlExec(psprintf("DELETE FROM %s p USING elt_days d WHERE p._group = d._group"
							" AND p._day = d._day AND p._rows = 0", GroupDaysTable(a)), a->role);
	KeptRowsEnd(days);
}

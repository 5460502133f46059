/*
 * group_change.c
 *	  Keep the groups of an aggregate as rows come, change and go.
 *
 * Cost follows the rows that have changed: their old and new values are summed by group, and each touched
 * group is written once. A group without rows is no group.
 */
#include "base/compat.h"
#include "star/group_change.h"

#include "access/xact.h"
#include "base/item_list.h"
#include "base/lock.h"
#include "base/sql.h"
#include "star/group_day.h"
#include "star/group_distinct.h"
#include "star/group_rows.h"
#include "star/group_state.h"
#include "star/group_value.h"
#include "star/kept_rows.h"
#include "utils/builtins.h"

/* A snapshot from before another's commit would not show what it has changed. */
static void
LockGroups(const Aggregate *a)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("aggregate \"%s.%s\" cannot be kept by a transaction whose isolation level is "
						"above read committed", a->schema, a->name),
				 errhint("Change the rows in a transaction of isolation level read committed.")));
	TransactionLockTake(LOCK_AGGREGATE, a->relation);
}

static void
CheckDetails(const Aggregate *a)
{
	if (a->lacks_details)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("a table of aggregate \"%s.%s\" does not exist", a->schema, a->name),
				 errhint("Use SELECT elt.rebuild_star(%s); to create it again, or drop the aggregate with "
						 "elt.drop_aggregate.", quote_literal_cstr(a->view))));
}

void
GroupsHoldMembers(const Aggregate *a)
{
	List	   *bases = NIL;
	ListCell   *lc;

	foreach(lc, a->columns)
	{
		const GroupColumn *group = lfirst(lc);

		if (group->role != NULL)
			bases = list_append_unique_oid(bases, group->role->dimension->base);
	}
	list_sort(bases, list_oid_cmp);
	foreach(lc, bases)
		TransactionLockShare(LOCK_DIMENSION, lfirst_oid(lc));
}

/* ", sum(x1) AS _sum1" of groups of rows */
static char *
States(const Aggregate *a)
{
	StringInfoData states;
	ListCell   *lc;

	initStringInfo(&states);
	foreach(lc, KeptStates(a))
		AppendItem(&states, ", ", "%s AS %s", KeptStateOf(lfirst(lc), NULL),
				   ((KeptState *) lfirst(lc))->name);
	return states.data;
}

char *
GroupsOf(const Aggregate *a, const char *rows, bool exact_measures)
{
	return psprintf("SELECT %s, %s%s\nFROM (%s) r GROUP BY %s", GroupNumbers(a, "r"), States(a),
					exact_measures ? GroupExactMeasures(a) : "", rows, GroupNumbers(a, "r"));
}

/* ---- differences ---- */

/* What each state of a group changes by. */
static char *
Differences(List *states, bool may_lose)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, states)
		AppendItem(&sql, ", ", "%s AS %s", KeptStateChange(lfirst(lc), may_lose),
				   ((KeptState *) lfirst(lc))->name);
	return sql.data;
}

/* "(d._rows, d._sum1) <> (0, 0)", or "true" when there are sketches and values, which are not compared. */
static char *
Differ(List *states)
{
	StringInfoData zeros;
	ListCell   *lc;

	initStringInfo(&zeros);
	foreach(lc, states)
	{
		if (((KeptState *) lfirst(lc))->kind != STATE_NUMBER)
			return "true";
		AppendItem(&zeros, ", ", "0");
	}
	return psprintf("(%s) <> (%s)", KeptStateNames(states, "d"), zeros.data);
}

static char *
Changes(const Aggregate *a, const char *rows, bool may_lose)
{
	return psprintf("SELECT %s, %s, bool_or(s._is_unknown AND s._sign > 0) AS _is_unknown\n"
					"FROM %s s GROUP BY %s", GroupNumbers(a, "s"), Differences(KeptStates(a), may_lose),
					rows, GroupNumbers(a, "s"));
}

static char *
Additions(List *states)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, states)
		AppendItem(&sql, ", ", "%s = %s", ((KeptState *) lfirst(lc))->name,
				   KeptStateUnion(lfirst(lc), "g", "excluded"));
	return sql.data;
}

/* Returns the touched groups, with what cannot be subtracted. */
static char *
AddStatement(const Aggregate *a, List *states)
{
	List	   *of_days = KeptStatesOfDays(states);
	StringInfoData groups;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&groups);
	foreach(lc, a->by)
		appendStringInfo(&groups, ", g.%s AS b%d", quote_identifier(lfirst(lc)), ++n);
	if (of_days != NIL)
		appendStringInfo(&groups, ", %s", KeptStateNames(of_days, "g"));
	if (a->has_distinct)
		appendStringInfo(&groups, ", %s AS _is_short", GroupDistinctIsShort(a, "g"));
	return psprintf("INSERT INTO %s AS g (%s, %s)\nSELECT %s, %s FROM elt_changes d WHERE %s ORDER BY %s\n"
					"ON CONFLICT (%s) DO UPDATE SET %s\nRETURNING g._group, g._rows%s",
					a->table, GroupNames(a, NULL), KeptStateNames(states, NULL),
					GroupNumbers(a, "d"), KeptStateNames(states, "d"),
					a->has_days || a->has_values ? "true" : Differ(states), GroupNumbers(a, "d"),
					GroupNames(a, NULL), Additions(states), groups.data);
}

/* Of groups as they are, since there is no answer to what is to be subtracted. */
static void
StoreAnswers(const Aggregate *a)
{
	const char *answers = GroupAnswers(a, true);

	if (answers != NULL)
		(void) SqlExec(psprintf("UPDATE %s g SET %s FROM elt_touched_groups t"
								" WHERE g._group = t._group AND t._rows > 0", a->table, answers), a->role);
}

static bool
AllAreKnown(const Aggregate *a)
{
	return GroupRolesFound(a) != NIL &&
		SqlExec("SELECT FROM elt_changes WHERE _is_unknown LIMIT 1", a->role) == 0;
}

static bool
ChangeGroups(const Aggregate *a, const char *rows, bool may_lose)
{
	KeptRows   *changes = KeptRowsLookUp("elt_changes", Changes(a, rows, may_lose), a->role);
	KeptRows   *touched = KeptRowsOf("elt_touched_groups", AddStatement(a, KeptStates(a)), a->role);
	bool		known = AllAreKnown(a);

	if (KeptRowsCount(touched) > 0)
	{
		if (a->has_days)
			GroupDaysChange(a, may_lose);
		if (a->has_distinct)
			GroupDistinctRecount(a);
		if (a->has_values)
			GroupValuesChange(a);
		StoreAnswers(a);
		if (may_lose)
			(void) SqlExec(psprintf("DELETE FROM %s g USING elt_touched_groups t"
									" WHERE g._group = t._group AND t._rows = 0", a->table), a->role);
	}
	KeptRowsEnd(touched);
	KeptRowsEnd(changes);
	return known;
}

bool
GroupsChange(const Aggregate *a, const char *rows, bool may_lose)
{
	KeptRows   *kept;
	bool		known = false;

	LockGroups(a);
	CheckDetails(a);
	if (!a->has_days && !a->has_values)
		return ChangeGroups(a, psprintf("(%s)", rows), may_lose);
	kept = KeptRowsLookUp("elt_signed", rows, a->role);
	if (KeptRowsCount(kept) > 0)
		known = ChangeGroups(a, "elt_signed", may_lose);
	KeptRowsEnd(kept);
	return known;
}

void
GroupsClear(const Aggregate *a)
{
	ListCell   *lc;

	LockGroups(a);
	(void) SqlExec(psprintf("DELETE FROM %s", a->table), a->role);
	foreach(lc, a->details)
		(void) SqlExec(psprintf("DELETE FROM %s", (char *) lfirst(lc)), a->role);
}

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
#include "star/group_rows.h"
#include "star/group_state.h"
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

char *
GroupsOf(const Aggregate *a, const char *rows)
{
	StringInfoData states;
	ListCell   *lc;

	initStringInfo(&states);
	foreach(lc, KeptStates(a))
	{
		const KeptState *state = lfirst(lc);

		AppendItem(&states, ", ", "%s AS %s", KeptStateOf(state, NULL), state->name);
	}
	return psprintf("SELECT %s, %s\nFROM (%s) r GROUP BY %s", GroupNumbers(a, "r"), states.data, rows,
					GroupNumbers(a, "r"));
}

/* ---- differences ---- */

static char *
Signed(const char *rows, int sign)
{
	return rows == NULL ? NULL : psprintf("SELECT r.*, %d AS _sign FROM (%s) r", sign, rows);
}

/* What each state of a group changes by. */
static char *
Differences(List *states)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, states)
	{
		const KeptState *state = lfirst(lc);

		AppendItem(&sql, ", ", "%s - %s AS %s", KeptStateOf(state, "_sign > 0"),
				   KeptStateOf(state, "_sign < 0"), state->name);
	}
	return sql.data;
}

/* A row that has kept its values leaves its group as it is. */
static char *
Changes(const Aggregate *a, List *states, const char *old_rows, const char *new_rows)
{
	const char *both = old_rows != NULL && new_rows != NULL ? " UNION ALL " : "";
	StringInfoData zeros;

	initStringInfo(&zeros);
	for (int i = 0; i < list_length(states); i++)
		AppendItem(&zeros, ", ", "0");
	return psprintf("SELECT g.* FROM (SELECT %s, %s\nFROM (%s%s%s) s GROUP BY %s) g WHERE (%s) <> (%s)",
					GroupNumbers(a, "s"), Differences(states),
					old_rows != NULL ? Signed(old_rows, -1) : "", both,
					new_rows != NULL ? Signed(new_rows, 1) : "", GroupNumbers(a, "s"),
					KeptStateNames(states, "g"), zeros.data);
}

static char *
Additions(List *states)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, states)
	{
		const char *name = ((KeptState *) lfirst(lc))->name;

		AppendItem(&sql, ", ", "%s = g.%s + excluded.%s", name, name, name);
	}
	return sql.data;
}

static char *
AddStatement(const Aggregate *a, List *states, const char *changes)
{
	return psprintf("INSERT INTO %s AS g (%s, %s)\nSELECT %s, %s FROM (%s) d ORDER BY %s\n"
					"ON CONFLICT (%s) DO UPDATE SET %s\nRETURNING g._group, g._rows",
					a->table, GroupNames(a, NULL), KeptStateNames(states, NULL),
					GroupNumbers(a, "d"), KeptStateNames(states, "d"), changes, GroupNumbers(a, "d"),
					GroupNames(a, NULL), Additions(states));
}

void
GroupsChange(const Aggregate *a, const char *old_rows, const char *new_rows)
{
	List	   *states = KeptStates(a);
	KeptRows   *touched;

	LockGroups(a);
	touched = KeptRowsOf("elt_touched_groups",
						 AddStatement(a, states, Changes(a, states, old_rows, new_rows)), a->role);
	if (old_rows != NULL && KeptRowsCount(touched) > 0)
		(void) SqlExec(psprintf("DELETE FROM %s g USING elt_touched_groups t"
								" WHERE g._group = t._group AND t._rows = 0", a->table), a->role);
	KeptRowsEnd(touched);
}

void
GroupsClear(const Aggregate *a)
{
	LockGroups(a);
	(void) SqlExec(psprintf("DELETE FROM %s", a->table), a->role);
}

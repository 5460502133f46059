/*
 * group_distinct.c
 *	  Build sketches of distinct values again that cannot give an answer.
 *
 * That is so when so few of many values are left that they are to be counted exactly. All rows of such a
 * group are read, by its days. When this is done before all changes of a statement were told, the sketch
 * counts other rows than the group, and the next change builds it once more.
 */
#include "base/compat.h"
#include "star/group_distinct.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "star/group_day.h"
#include "star/group_rows.h"
#include "star/group_state.h"
#include "star/kept_rows.h"
#include "utils/builtins.h"

/* KeptState * */
static List *
States(const Aggregate *a)
{
	List	   *distinct = NIL;
	ListCell   *lc;

	foreach(lc, KeptStates(a))
		if (((KeptState *) lfirst(lc))->kind == STATE_DISTINCT)
			distinct = lappend(distinct, lfirst(lc));
	return distinct;
}

char *
GroupDistinctIsShort(const Aggregate *a, const char *alias)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, States(a))
	{
		const KeptState *state = lfirst(lc);

		AppendItem(&sql, " OR ",
				   "elt.counted_distinct(%s.%s) IS NULL OR elt.counted_rows(%s.%s) <> %s._count%d", alias,
				   state->name, alias, state->name, alias, state->value);
	}
	return psprintf("(%s._rows > 0 AND (%s))", alias, sql.data);
}

/* Where the table has no rows of a group, its sketch is empty. */
static void
ReadGroups(const Aggregate *a)
{
	const char *groups = GroupNumbers(a, "r");
	StringInfoData states;
	StringInfoData sets;
	ListCell   *lc;

	initStringInfo(&states);
	initStringInfo(&sets);
	foreach(lc, States(a))
	{
		const KeptState *state = lfirst(lc);

		appendStringInfo(&states, ", %s AS %s", KeptStateOf(state, NULL), state->name);
		AppendItem(&sets, ", ", "%s = coalesce(c.%s, '0100')", state->name, state->name);
	}
	(void) SqlExec(psprintf("UPDATE %s g SET %s FROM (SELECT t._group, ROW(%s) AS _key"
							" FROM elt_touched_groups t WHERE t._is_short) s\n"
							"LEFT JOIN (SELECT ROW(%s) AS _key%s FROM (%s) r GROUP BY %s) c"
							" ON c._key = s._key\n"
							"WHERE g._group = s._group",
							a->table, sets.data, GroupNumbers(a, "t"), groups, states.data,
							GroupDayRows(a), groups), a->role);
}

void
GroupDistinctRecount(const Aggregate *a)
{
	KeptRows   *days = KeptRowsOf(GROUP_DAYS_READ,
								  psprintf("SELECT p._group, p._day, %s FROM elt_touched_groups t"
										   " JOIN %s p ON p._group = t._group WHERE t._is_short",
										   GroupNumbers(a, "t"), GroupDaysTable(a)), a->role);

	if (KeptRowsCount(days) > 0)
		ReadGroups(a);
	KeptRowsEnd(days);
}

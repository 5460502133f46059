/*
 * declared_check.c
 *	  Read the checks of a pipeline from the catalog.
 */
#include "base/compat.h"
#include "check/declared_check.h"

#include "base/sql.h"

static const char *const action_names[] = {
	[CHECK_WARN] = "warn",
	[CHECK_DROP] = "drop",
	[CHECK_QUARANTINE] = "quarantine",
	[CHECK_FAIL] = "fail"
};

const char *
CheckActionName(CheckAction action)
{
	return action_names[action];
}

bool
CheckActionIsValid(const char *action)
{
	for (int i = 0; i < lengthof(action_names); i++)
		if (strcmp(action_names[i], action) == 0)
			return true;
	return false;
}

static CheckAction
ActionOf(const char *name)
{
	for (int i = 0; i < lengthof(action_names); i++)
		if (strcmp(action_names[i], name) == 0)
			return (CheckAction) i;
	elog(ERROR, "unknown check action \"%s\"", name);
}

List *
ChecksOf(const Pipeline *p)
{
	List	   *checks = NIL;
	Sql			q;

	SqlBeginKept(&q, "select id, name, expression, action, native, warn_if, fail_if "
				 "from elt_catalog.check_rule "
				 "where pipeline_id = $1 and scope = 'row' and enabled order by id");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		Check	   *check = palloc0(sizeof(Check));

		check->id = SqlInt4(&q, i, 1, NULL);
		check->name = SqlText(&q, i, 2);
		check->expression = SqlText(&q, i, 3);
		check->action = ActionOf(SqlText(&q, i, 4));
		check->native = SqlBool(&q, i, 5);
		check->warn_if = SqlText(&q, i, 6);
		check->fail_if = SqlText(&q, i, 7);
		check->bit = -1;
		checks = lappend(checks, check);
	}
	SqlDone(&q);
	return checks;
}

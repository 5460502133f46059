/*
 * scan_set.c
 *	  Find the staged rows that violate a check which compares them with another table.
 *
 * One statement for each check, so that the planner may join them.
 */
#include "base/compat.h"
#include "check/violation.h"

#include "base/sql.h"
#include "check/set_check.h"

static void
FindRows(const Pipeline *p, const SetCheck *set, int place, Violations *v)
{
	Sql			q;

	SqlBegin(&q, SetCheckSql(set, p, "s.ctid", PipelineStaging(p)));
	SqlRun(&q, p->owner);
	for (uint64 i = 0; i < q.processed; i++)
		ViolationsAdd(v, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)), place, NULL);
	SqlDone(&q);
}

void
FindSetViolations(const Pipeline *p, List *checks, Violations *v)
{
	for (int i = 0; i < list_length(checks); i++)
	{
		const Check *check = list_nth(checks, i);
		const SetCheck *set = check->bit < 0 ? SetCheckParse(check->expression) : NULL;

		if (set != NULL)
			FindRows(p, set, i, v);
	}
}

/*
 * scan_unique.c
 *	  Find the staged rows that break a UNIQUE check.
 */
#include "base/compat.h"
#include "check/violation.h"

#include "base/sql.h"
#include "check/unique.h"

static void
FindOf(const Pipeline *p, const UniqueCheck *unique, int check, Violations *v)
{
	Sql			q;

	SqlBegin(&q, UniqueCheckSql(unique, PipelineStaging(p)));
	SqlRun(&q, p->owner);
	for (uint64 i = 0; i < q.processed; i++)
		ViolationsAdd(v, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)), check, NULL);
	SqlDone(&q);
}

void
FindUniqueViolations(const Pipeline *p, List *checks, Violations *v)
{
	for (int i = 0; i < list_length(checks); i++)
	{
		const Check *check = list_nth(checks, i);
		UniqueCheck *unique = check->bit < 0 ? UniqueCheckParse(check->expression) : NULL;

		if (unique != NULL)
			FindOf(p, unique, i, v);
	}
}

#include "base/compat.h"
#include "check/violation.h"

#include "base/sql.h"
#include "check/unique.h"

static void
FindOf(const Pipeline *p, const UniqueRule *unique, int rule, Violations *v)
{
	Sql			q;

	SqlBegin(&q, UniqueRuleSql(unique, PipelineStaging(p)));
	SqlRun(&q, p->owner);
	for (uint64 i = 0; i < q.processed; i++)
		ViolationsAdd(v, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)), rule, NULL);
	SqlDone(&q);
}

void
FindUniqueViolations(const Pipeline *p, List *rules, Violations *v)
{
	for (int i = 0; i < list_length(rules); i++)
	{
		const Rule *rule = list_nth(rules, i);
		UniqueRule *unique = rule->bit < 0 ? UniqueRuleParse(rule->expression) : NULL;

		if (unique != NULL)
			FindOf(p, unique, i, v);
	}
}

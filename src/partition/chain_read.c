/*
 * chain_read.c
 *	  Read the chain of retention from its jsonb array.
 */
#include "base/compat.h"
#include "partition/chain_read.h"

#include "base/sql.h"

static const PartAction *
ActionNamed(const char *name)
{
	const PartAction *action = name == NULL ? NULL : PartActionNamed(name);

	if (action == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid action of retention: \"%s\"", name ? name : ""),
				 errhint("Valid actions are %s.", PartActionNames())));
	return action;
}

static void
ReportShape(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("retention must be an array of objects with the keys \"after\" and \"do\""),
			 errhint("Specify it as in '[{\"after\": \"1 year\", \"do\": \"detach\"}, "
					 "{\"after\": \"2 years\", \"do\": \"drop\"}]'.")));
}

static ChainStep *
ReadStep(Sql *q, uint64 i)
{
	ChainStep  *step = palloc0(sizeof(ChainStep));

	step->after = SqlInterval(q, i, 1);
	if (step->after == NULL)
		ReportShape();
	step->action = ActionNamed(SqlText(q, i, 2));
	step->options = SqlText(q, i, 3);
	return step;
}

List *
ChainRead(const char *chain)
{
	List	   *steps = NIL;
	Sql			q;

	if (chain == NULL)
		return NIL;
	SqlBeginKept(&q, "select coalesce(jsonb_typeof($1) = 'array' and jsonb_array_length($1) > 0 "
				 "and (select bool_and(jsonb_typeof(s) = 'object') "
				 "from jsonb_array_elements(case jsonb_typeof($1) when 'array' then $1 end) s), false)");
	SqlAddJsonb(&q, chain);
	SqlRun(&q, AsCatalog());
	if (!SqlBool(&q, 0, 1))
		ReportShape();
	SqlDone(&q);

	SqlBeginKept(&q, "select (s->>'after')::interval, s->>'do', s "
				 "from jsonb_array_elements($1) with ordinality e(s, n) order by n");
	SqlAddJsonb(&q, chain);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		steps = lappend(steps, ReadStep(&q, i));
	SqlDone(&q);
	return steps;
}

Interval *
ChainRemovesAfter(List *chain)
{
	ListCell   *lc;

	foreach(lc, chain)
	{
		const ChainStep *step = lfirst(lc);

		if (step->action->removes)
			return step->after;
	}
	return NULL;
}

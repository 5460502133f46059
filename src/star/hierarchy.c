/*
 * hierarchy.c
 *	  Hierarchies of a dimension: attributes from the finest level to the coarsest.
 *
 * Sums by a level add up to sums by the next one when each value has one parent. In a history that
 * is asked of current versions: a customer may move, a city lies in one country.
 */
#include "base/compat.h"
#include "star/hierarchy.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "star/member.h"
#include "utils/builtins.h"

static void
ReportMalformed(const char *hierarchy)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("hierarchy \"%s\" must be an array of at least two columns", hierarchy),
			 errhint("Specify the levels from the finest to the coarsest, as in {\"geography\": "
					 "[\"city\", \"region\", \"country\"]}.")));
}

static void
CheckLevel(const Dimension *d, const char *hierarchy, const char *level)
{
	if (!NamesContain(d->attributes, level) && !NamesContain(d->natural_key, level))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("level \"%s\" of hierarchy \"%s\" is no column of dimension \"%s\"", level,
						hierarchy, d->name)));
}

/* Rows of a hierarchy's name and its levels. */
static void
RunLevels(Sql *q, const Dimension *d)
{
	SqlBegin(q, "select h.key, case when jsonb_typeof(h.value) = 'array' then array(select e.value"
			 " from jsonb_array_elements_text(h.value) with ordinality e(value, n) order by e.n) end"
			 " from jsonb_each($1) h");
	SqlAddJsonb(q, d->hierarchies);
	SqlRun(q, AsCatalog());
}

static List *
LevelsOf(Sql *q, uint64 row)
{
	bool		isnull;

	(void) SqlDatum(q, row, 2, &isnull);
	return isnull ? NIL : SqlTextArray(q, row, 2);
}

void
HierarchiesCheck(const Dimension *d)
{
	Sql			q;

	if (d->hierarchies == NULL)
		return;
	RunLevels(&q, d);
	for (uint64 row = 0; row < q.processed; row++)
	{
		List	   *levels = LevelsOf(&q, row);
		ListCell   *lc;

		if (list_length(levels) < 2)
			ReportMalformed(SqlText(&q, row, 1));
		foreach(lc, levels)
			CheckLevel(d, SqlText(&q, row, 1), lfirst(lc));
	}
	SqlDone(&q);
}

List *
HierarchySteps(const Dimension *d)
{
	List	   *steps = NIL;
	Sql			q;

	if (d->hierarchies == NULL)
		return NIL;
	RunLevels(&q, d);
	for (uint64 row = 0; row < q.processed; row++)
	{
		List	   *levels = LevelsOf(&q, row);

		for (int i = 0; i + 1 < list_length(levels); i++)
		{
			HierarchyStep *step = palloc(sizeof(HierarchyStep));

			step->hierarchy = SqlText(&q, row, 1);
			step->child = list_nth(levels, i);
			step->parent = list_nth(levels, i + 1);
			steps = lappend(steps, step);
		}
	}
	SqlDone(&q);
	return steps;
}

char *
HierarchyFaults(const Dimension *d, const HierarchyStep *step)
{
	const char *child = quote_identifier(step->child);
	const char *parent = quote_identifier(step->parent);

	return psprintf("SELECT count(*) FROM (SELECT FROM %s WHERE %s > 0 AND NOT is_inferred%s"
					" GROUP BY %s HAVING count(DISTINCT %s)"
					" + count(DISTINCT CASE WHEN %s IS NULL THEN 1 END) > 1) v",
					d->table, quote_identifier(d->stored_key),
					MembersKeepHistory(d) ? " AND is_current" : "", child, parent, parent);
}

/*
 * arrived.c
 *	  Have files arrived that a run would load?
 */
#include "base/compat.h"
#include "pipeline/arrived.h"

#include "base/sql.h"
#include "catalog/answer.h"
#include "catalog/full_load.h"
#include "pipeline/execution.h"
#include "pipeline/file_slices.h"

/* A run leaves out those that have failed until their pause has ended. */
static bool
AnyIsNotPaused(const Pipeline *p, const FilePlan *plan)
{
	Sql			q;

	SqlBegin(&q, "select from unnest($2::text[]) u(params) where not exists"
			 " (select from elt_catalog.slice s where s.pipeline_id = $1 and s.params = u.params::jsonb"
			 " and s.failures > 0 and s.next_try_at > clock_timestamp()) limit 1");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, FileCombinations(plan));
	return SqlDo(&q, AsCatalog()) > 0;
}

/* Then one without new files shows that what it failed for is over. */
static bool
LastRunFailed(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q, "select from (select r.state from elt_catalog.run r where r.pipeline_id = $1"
			 " and r.state not in ('queued', 'running') order by r.id desc limit 1) r"
			 " where r.state in ('failed', 'abandoned')");
	SqlAddInt4(&q, p->id);
	return SqlDo(&q, AsCatalog()) > 0;
}

bool
FilesHaveArrived(Pipeline *p)
{
	Execution	e = {p};
	FilePlan   *plan;
	List	   *names;

	if (FullLoadIsDue(p) || LastRunFailed(p))
		return true;
	e.cxt = CurrentMemoryContext;
	PlanReadSource(&e);
	if (e.source->files == NULL)
		return true;
	if (!FileNamesOf(p, e.source, &names))
		return false;
	plan = FilesPlan(p, e.source, NULL, names, false, AnswerDefinition(p));
	return plan->tells || (plan->due != NIL && AnyIsNotPaused(p, plan));
}

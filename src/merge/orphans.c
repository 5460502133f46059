/*
 * orphans.c
 *	  Delete the children of rows that are deleted, and theirs.
 */
#include "base/compat.h"
#include "merge/orphans.h"

#include "catalog/run.h"
#include "merge/checked_shape.h"
#include "merge/fate.h"
#include "merge/join_settings.h"
#include "merge/merge_turn.h"
#include "utils/guc.h"

/* A child whose rows may go, and the parent of these. */
typedef struct Generation
{
	const Pipeline *parent;
	const MergeShape *shape;
} Generation;

static const Pipeline *
ParentIn(const Pipeline *p, List *generations, int32 id)
{
	ListCell   *lc;

	foreach(lc, generations)
	{
		const Generation *g = lfirst(lc);

		if (g->shape->pipeline->id == id)
			return g->shape->pipeline;
	}
	return p;
}

/* From the first generation on it is known which rows go. */
static List *
FindGone(const Pipeline *p)
{
	List	   *generations = NIL;
	ListCell   *lc;

	foreach(lc, PipelineDescendants(p))
	{
		const Pipeline *child = lfirst(lc);
		Generation *g = palloc(sizeof(Generation));

		MergeBegin(child);
		g->parent = ParentIn(p, generations, child->parent_id);
		g->shape = MergeShapeOf(child, SourceDefinitionOf(child));
		FatesInheritGone(g->shape, g->parent);
		generations = lappend(generations, g);
	}
	return generations;
}

List *
OrphansRemove(const Pipeline *p, int64 run_id)
{
	List	   *all = NIL;
	List	   *generations;
	int			guc_level;

	if (!p->is_parent || !FatesAnyGone(p))
		return NIL;
	guc_level = MergeSettingsApply(CommonSettings());
	generations = FindGone(p);
	for (int i = list_length(generations) - 1; i >= 0; i--)
	{
		const Generation *g = list_nth(generations, i);
		Orphans    *orphans = palloc(sizeof(Orphans));

		orphans->pipeline_id = g->shape->pipeline->id;
		orphans->removed = FatesRemoveOrphans(g->shape, g->parent, run_id);
		all = lappend(all, orphans);
	}
	AtEOXact_GUC(true, guc_level);
	return all;
}

static void
Count(List *orphans, int64 run_id)
{
	ListCell   *lc;

	foreach(lc, orphans)
	{
		const Orphans *o = lfirst(lc);
		MergeCounts counts = {.removed = o->removed};

		if (o->removed > 0)
			RunAddChild(run_id, PipelineById(o->pipeline_id), &counts);
	}
}

void
OrphansRemoveOf(const MergeShape *parent, const char *keys, int64 run_id)
{
	List	   *descendants = PipelineDescendants(parent->pipeline);
	ListCell   *lc;

	if (descendants == NIL)
		return;
	FatesBegin(parent->pipeline);
	foreach(lc, descendants)
		FatesBegin(lfirst(lc));
	FatesAddGone(parent, keys, run_id);
	Count(OrphansRemove(parent->pipeline, run_id), run_id);
	FatesEnd(parent->pipeline);
	foreach(lc, descendants)
		FatesEnd(lfirst(lc));
}

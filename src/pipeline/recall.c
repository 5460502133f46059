/*
 * recall.c
 *	  Decide which slices may be answered by "not modified".
 *
 * Such a slice is neither decoded nor staged nor merged, so its rows must be in the target already
 * and must be meant to stay there: a load that deletes absent rows has to see all of them.
 * Everything that could make the same bytes land differently is part of the answer's key.
 */
#include "base/compat.h"
#include "pipeline/execution.h"

#include "catalog/answer.h"
#include "merge/strategy.h"

/* Does a slice that is not staged leave the target as staging it again would? */
static bool
AnswersMayStand(const Pipeline *p, const SourceDefinition *source)
{
	return SourceAnswersRepeat(source) && !PipelineLoadsAll(p) &&
		!MergeStrategyOf(p)->replaces_windows;
}

void
PlanDefinition(Execution *e)
{
	e->definition = e->run == NULL ? NULL : AnswerDefinition(e->pipeline);
}

void
PlanRecall(Execution *e)
{
	const Pipeline *p = e->pipeline;

	if (e->definition == NULL)
		return;
	if (!AnswersMayStand(p, e->source))
	{
		e->definition = NULL;
		return;
	}
	e->definition = psprintf("%s %s", e->definition, SourceIdentity(e->source));
	/* Who names windows wants them again. */
	if (!e->run->has_window)
		AnswersRecall(p, e->slices, AnswerKey(p, e->definition));
}

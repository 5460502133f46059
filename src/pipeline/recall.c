/*
 * recall.c
 *	  Which slices may be answered by "as it was".
 *
 * Such a slice is neither decoded nor staged nor merged, so its rows must be in the target
 * already and must be meant to stay there: a load that removes what it lacks has to see them
 * all. Everything that could make the same bytes land otherwise is in the answer's key.
 */
#include "base/compat.h"
#include "pipeline/execution.h"

#include "catalog/answer.h"
#include "source/auth.h"

/* Does a slice that is not staged leave the target as staging it again would? */
static bool
AnswersMayStand(const Pipeline *p, const SourceDefinition *source)
{
	return SourceAnswersRepeat(source) && !PipelineLoadsAll(p) &&
		strcmp(p->strategy, "replace_window") != 0;
}

char *
PlanDefinition(const Execution *e)
{
	return e->run == NULL ? NULL : AnswerDefinition(e->pipeline);
}

void
PlanRecall(Execution *e, const char *definition)
{
	const Pipeline *p = e->pipeline;

	if (definition == NULL || !AnswersMayStand(p, e->source))
		return;
	e->definition = psprintf("%s %s", definition, AuthIdentity(e->source->auth));
	/* Who names windows wants them again. */
	if (!e->run->has_window)
		AnswersRecall(p, e->slices, AnswerKey(p, e->definition));
}

/*
 * strategy.c
 *	  The list of strategies, and the one that a pipeline has.
 */
#include "base/compat.h"
#include "merge/strategy.h"

static const MergeStrategy *const strategies[] = {
	&AppendStrategy, &UpsertStrategy, &Scd2Strategy, &LoadHistoryStrategy, &ReplaceStrategy,
	&ReplaceWindowStrategy
};

static const MergeStrategy *
FindStrategy(const Pipeline *p)
{
	for (int i = 0; i < lengthof(strategies); i++)
	{
		const MergeStrategy *s = strategies[i];

		if (strcmp(s->name, p->strategy) == 0 &&
			(s->history_by == NULL || strcmp(s->history_by, p->history_by) == 0))
			return s;
	}
	return NULL;
}

const MergeStrategy *
MergeStrategyOf(const Pipeline *p)
{
	const MergeStrategy *strategy = FindStrategy(p);

	if (strategy == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("strategy \"%s\" is not supported by this version of pg_elt", p->strategy)));
	return strategy;
}

Pipeline *
PipelineOfParts(const Pipeline *p)
{
	Pipeline   *part = palloc(sizeof(Pipeline));

	*part = *p;
	part->is_partial = true;
	part->load = "incremental";
	part->absent = "ignore";
	if (MergeStrategyOf(p)->replaced != NULL)
		part->strategy = p->key == NIL ? "append" : "upsert";
	return part;
}

bool
StrategyAsksOnce(const Pipeline *p)
{
	return p->key == NIL && MergeStrategyOf(p)->adds_again;
}

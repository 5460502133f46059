/*
 * strategy.c
 *	  The list of strategies, and the one that a pipeline has.
 */
#include "base/compat.h"
#include "merge/strategy.h"

static const MergeStrategy *const strategies[] = {
	&AppendStrategy, &UpsertStrategy, &Scd2Strategy, &ReplaceStrategy, &ReplaceWindowStrategy
};

static const MergeStrategy *
FindStrategy(const char *name)
{
	for (int i = 0; i < lengthof(strategies); i++)
		if (strcmp(strategies[i]->name, name) == 0)
			return strategies[i];
	return NULL;
}

const MergeStrategy *
MergeStrategyOf(const Pipeline *p)
{
	const MergeStrategy *strategy = FindStrategy(p->strategy);

	if (strategy == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("strategy \"%s\" is not supported by this version of pg_elt", p->strategy)));
	return strategy;
}

bool
StrategyAsksOnce(const Pipeline *p)
{
	return p->key == NIL && MergeStrategyOf(p)->adds_again;
}

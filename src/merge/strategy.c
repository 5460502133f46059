/*
 * strategy.c
 *	  The list of strategies, and the one that a pipeline has.
 */
#include "base/compat.h"
#include "merge/strategy.h"

#include "lib/stringinfo.h"

static const MergeStrategy *const strategies[] = {
	&AppendStrategy, &UpsertStrategy, &Scd2Strategy, &ReplaceStrategy
};

static const MergeStrategy *
FindStrategy(const char *name)
{
	for (int i = 0; i < lengthof(strategies); i++)
		if (name != NULL && strcmp(strategies[i]->name, name) == 0)
			return strategies[i];
	return NULL;
}

/* "a", "b" and "c" */
static char *
AllNames(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(strategies); i++)
		appendStringInfo(&names, "%s\"%s\"",
						 i == 0 ? "" : i < lengthof(strategies) - 1 ? ", " : " and ",
						 strategies[i]->name);
	return names.data;
}

const MergeStrategy *
MergeStrategyOf(const Pipeline *p)
{
	const MergeStrategy *strategy = FindStrategy(p->strategy);

	if (strategy == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("strategy \"%s\" cannot be merged by this version", p->strategy)));
	return strategy;
}

void
StrategyCheckName(const char *strategy)
{
	if (FindStrategy(strategy) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"strategy\": \"%s\"",
						strategy ? strategy : "null"),
				 errhint("Valid values are %s.", AllNames())));
}

bool
StrategyAsksOnce(const Pipeline *p)
{
	return p->key == NIL && MergeStrategyOf(p)->adds_again;
}

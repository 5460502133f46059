/*
 * rule.h
 *	  The checks of a pipeline: boolean expressions over a staged row.
 */
#ifndef ELT_RULE_H
#define ELT_RULE_H

#include "postgres.h"
#include "catalog/pipeline.h"

typedef enum RuleAction
{
	RULE_WARN,
	RULE_DROP,
	RULE_QUARANTINE,
	RULE_FAIL
} RuleAction;

typedef struct Rule
{
	char	   *name;
	char	   *expression;
	RuleAction	action;
	int64		failed;			/* rows that broke it; counted by RulesScan */
} Rule;

/* Rule * in the order in which they were added. */
extern List *RulesOf(const Pipeline *p);
extern const char *RuleActionName(RuleAction action);

/*
 * Error unless expression can be evaluated over a staged row as the pipeline's owner: one
 * boolean expression over the source's columns, without subqueries, aggregates or volatile
 * functions.
 */
extern void RuleCheckExpression(const Pipeline *p, const char *name, const char *expression);

#endif

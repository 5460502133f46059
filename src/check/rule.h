/*
 * rule.h
 *	  The checks of a pipeline: conditions over a staged row, or over its columns in the batch.
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
	int32		id;
	char	   *name;
	char	   *expression;
	RuleAction	action;
	bool		native;			/* was last seen to have a native form */
	int			bit;			/* in _failed of the staged rows; -1: to be evaluated */
	int64		failed;			/* rows that broke it, once the batch was scanned */
} Rule;

/* Rule * in the order in which they were added. */
extern List *RulesOf(const Pipeline *p);
extern const char *RuleActionName(RuleAction action);

/*
 * Error unless expression can be evaluated over a staged row as the pipeline's owner: one
 * boolean expression over the source's columns, without subqueries, aggregates or volatile
 * functions, or UNIQUE (columns).
 */
extern void RuleCheckExpression(const Pipeline *p, const char *name, const char *expression);

/* The same of all checks of a pipeline and its delete_when, whose source may have changed. */
extern void RulesCheck(const Pipeline *p);

/* The two halves of that for a boolean expression; as the pipeline's owner. */
extern Node *RuleParse(const char *expression);
extern Node *RuleAnalyse(const Pipeline *p, const char *expression, Node *raw);

#endif

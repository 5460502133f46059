/*
 * declared_check.h
 *	  The checks of a pipeline: conditions on a staged row, or uniqueness within the batch.
 */
#ifndef ELT_CHECK_DECLARED_CHECK_H
#define ELT_CHECK_DECLARED_CHECK_H

#include "postgres.h"
#include "catalog/pipeline.h"

typedef enum CheckAction
{
	CHECK_WARN,
	CHECK_DROP,
	CHECK_QUARANTINE,
	CHECK_FAIL
} CheckAction;

typedef struct Check
{
	int32		id;
	char	   *name;
	char	   *expression;
	CheckAction action;
	bool		native;			/* had a native form when last compiled */
	int			bit;			/* in _failed of the staged rows; -1: to be evaluated */
	char	   *warn_if;		/* condition on the number of rows that violate it; NULL: any */
	char	   *fail_if;		/* NULL: the action says whether the batch fails */
	int64		failed;			/* rows that violate it, set by the scan of the batch */
	const char *verdict;		/* passed, warned or failed, set by ChecksJudge */
} Check;

/* Check * in the order in which they were added. */
extern List *ChecksOf(const Pipeline *p);
extern const char *CheckActionName(CheckAction action);
extern bool CheckActionIsValid(const char *action);

/*
 * Raise an error unless expression can be evaluated over a staged row as the pipeline's owner:
 * one boolean expression over the source's columns without subqueries, aggregates or volatile
 * functions, or UNIQUE (columns).
 */
extern void ConditionVerify(const Pipeline *p, const char *name, const char *expression);

/* The same for all checks of a pipeline and its delete_when, after a change of the source. */
extern void ChecksVerify(const Pipeline *p);

/* The two halves of that for a boolean expression; as the pipeline's owner. */
extern Node *ConditionParse(const char *expression);
extern Node *ConditionAnalyse(const Pipeline *p, const char *expression, Node *raw);

#endif

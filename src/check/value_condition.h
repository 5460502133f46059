/*
 * value_condition.h
 *	  warn_if and fail_if: conditions on the number that a check has found.
 *
 * They are boolean expressions over "value" and "percent"; one that begins with an operator, such as
 * < 100, begins with value.
 */
#ifndef ELT_CHECK_VALUE_CONDITION_H
#define ELT_CHECK_VALUE_CONDITION_H

#include "postgres.h"
#include "catalog/pipeline.h"

typedef struct ValueConditions
{
	const char *warn_if;		/* NULL: never */
	const char *fail_if;
	bool		warned;			/* set by the test */
	bool		failed;
} ValueConditions;

/* Raise an error unless it is such a condition. */
extern void ValueConditionVerify(const Pipeline *p, const char *check_name, const char *condition);
/* Test them, as the pipeline's owner; value is a number as text. */
extern void ValueConditionsTest(const Pipeline *p, ValueConditions *conditions, const char *value,
								double percent);

#endif

/*
 * violation.h
 *	  Which staged row breaks which rule.
 */
#ifndef ELT_VIOLATION_H
#define ELT_VIOLATION_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "check/rule.h"
#include "storage/itemptr.h"

typedef struct Violation
{
	ItemPointerData tid;
	int			rule;			/* its place in the list of rules */
	const char *error;			/* that the rule raised for the row, or NULL */
} Violation;

typedef struct Violations
{
	int64		count;
	int64		capacity;
	Violation  *all;
} Violations;

extern Violations *ViolationsBegin(void);
extern void ViolationsAdd(Violations *v, ItemPointer tid, int rule, const char *error);
/* By row, then by rule. */
extern void ViolationsSort(Violations *v);

/* Find them, each way for the rules that are its own. */
extern void FindNativeViolations(const Pipeline *p, List *rules, Violations *v);
extern void FindConditionViolations(const Pipeline *p, List *rules, Violations *v);
extern void FindUniqueViolations(const Pipeline *p, List *rules, Violations *v);

#endif

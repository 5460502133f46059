/*
 * violation.h
 *	  Violations of checks by staged rows.
 */
#ifndef ELT_CHECK_VIOLATION_H
#define ELT_CHECK_VIOLATION_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "check/declared_check.h"
#include "storage/itemptr.h"

typedef struct Violation
{
	ItemPointerData tid;
	int			check;			/* its place in the list of checks */
	const char *error;			/* that the check raised for the row, or NULL */
} Violation;

typedef struct Violations
{
	int64		count;
	int64		capacity;
	Violation  *all;
} Violations;

extern Violations *ViolationsBegin(void);
extern void ViolationsAdd(Violations *v, ItemPointer tid, int check, const char *error);
/* By row, then by check. */
extern void ViolationsSort(Violations *v);

/* Find the violations, for each way of evaluating checks. */
extern void FindNativeViolations(const Pipeline *p, List *checks, Violations *v);
extern void FindConditionViolations(const Pipeline *p, List *checks, Violations *v);
extern void FindUniqueViolations(const Pipeline *p, List *checks, Violations *v);
extern void FindSetViolations(const Pipeline *p, List *checks, Violations *v);

#endif

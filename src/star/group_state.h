/*
 * group_state.h
 *	  What is kept of a group, from which its measures are computed.
 *
 * States that rows add to are changed by what old and new rows add to them. The least value of rows
 * cannot be told after some are gone: it is kept by day as well.
 */
#ifndef ELT_STAR_GROUP_STATE_H
#define ELT_STAR_GROUP_STATE_H

#include "postgres.h"
#include "star/aggregate.h"

typedef enum StateKind
{
	STATE_NUMBER, STATE_QUANTILES, STATE_DISTINCT,	/* can be subtracted */
	STATE_LEAST, STATE_GREATEST
} StateKind;

typedef struct KeptState
{
	StateKind	kind;
	char	   *name;			/* column of the table */
	const char *type;			/* of a number */
	int			value;			/* from 1; 0: rows */
	char	   *call;			/* aggregate over rows with x1, x2, ... */
	char	   *filter;			/* of rows, or NULL */
} KeptState;

/* KeptState * of an aggregate; the first is _rows, the number of rows. */
extern List *KeptStates(const Aggregate *a);
/* Those of them that are kept by day. */
extern List *KeptStatesOfDays(List *states);
/* A state of rows for which a condition holds; NULL: of all. */
extern char *KeptStateOf(const KeptState *state, const char *condition);
/*
 * What it changes by with rows whose _sign is 1 or, if may_lose, -1; only what rows that came add to it, if
 * it cannot be subtracted.
 */
extern char *KeptStateChange(const KeptState *state, bool may_lose);
/* Two states, with these aliases, as one; and an aggregate that makes one of many, c.<name>. */
extern char *KeptStateUnion(const KeptState *state, const char *left, const char *right);
extern char *KeptStateMerge(const KeptState *state);
/* "_rows, _count1" with an alias in front, or without when that is NULL. */
extern char *KeptStateNames(List *states, const char *alias);
/* What sketches say, and is stored: "elt.quantile(_quantiles1, 0.5) AS _m1", or "_m1 = ..."; or NULL. */
extern char *GroupAnswers(const Aggregate *a, bool as_assignments);
/* What a measure is, from the states of a group and stored answers, or from the states of rows alone. */
extern char *GroupMeasure(const Aggregate *a, const AggregateMeasure *measure, bool is_stored);
/* ", count(DISTINCT x1) AS _m1": measures of rows that no state has. */
extern char *GroupExactMeasures(const Aggregate *a);

#endif

/*
 * group_state.h
 *	  What is kept of a group, from which its measures are computed.
 *
 * Each state is a number that a row adds to, so that the states of rows that go are subtracted.
 */
#ifndef ELT_STAR_GROUP_STATE_H
#define ELT_STAR_GROUP_STATE_H

#include "postgres.h"
#include "star/aggregate.h"

typedef struct KeptState
{
	char	   *name;			/* column of the table */
	const char *type;
	char	   *call;			/* aggregate over rows with x1, x2, ... */
	char	   *filter;			/* of rows, or NULL */
} KeptState;

/* KeptState * of an aggregate; the first is _rows, the number of rows. */
extern List *KeptStates(const Aggregate *a);
/* A state of rows for which a condition holds; NULL: of all. 0 when there are none. */
extern char *KeptStateOf(const KeptState *state, const char *condition);
/* "_rows, _count1" with an alias in front, or without when that is NULL. */
extern char *KeptStateNames(List *states, const char *alias);
/* What a measure is, from the states of a group. */
extern char *GroupMeasure(const Aggregate *a, const AggregateMeasure *measure);

#endif

/*
 * star_join.h
 *	  Joins of facts that look their keys up with dimensions, as joins by the natural key.
 */
#ifndef ELT_STAR_STAR_JOIN_H
#define ELT_STAR_STAR_JOIN_H

#include "postgres.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"

/* One level of a query: relations that inner joins alone connect, and the conditions on all of them. */
typedef struct StarLevel
{
	Query	   *query;
	Bitmapset  *inner;
	List	   *conditions;		/* Node ** */
} StarLevel;

/* Replace the joins where that gives the same rows; returns how many LEFT JOINs became superfluous. */
extern int	StarJoinsReplace(StarLevel *level, ParamListInfo params);

#endif

/*
 * group_distinct.h
 *	  Build sketches of distinct values again that cannot give an answer.
 */
#ifndef ELT_STAR_GROUP_DISTINCT_H
#define ELT_STAR_GROUP_DISTINCT_H

#include "postgres.h"
#include "star/aggregate.h"

/* A condition that a sketch of a group, with this alias, must be built again. */
extern char *GroupDistinctIsShort(const Aggregate *a, const char *alias);
/* Build the sketches of the groups elt_touched_groups for which it holds from their rows. */
extern void GroupDistinctRecount(const Aggregate *a);

#endif

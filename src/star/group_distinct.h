/*
 * group_distinct.h
 *	  Groups whose sketch of distinct values does not know its answer any more.
 */
#ifndef ELT_STAR_GROUP_DISTINCT_H
#define ELT_STAR_GROUP_DISTINCT_H

#include "postgres.h"
#include "star/aggregate.h"

/* A condition over the states of a group, with this alias. */
extern char *GroupDistinctIsShort(const Aggregate *a, const char *alias);
/* Build the sketches of the groups elt_touched_groups for which it holds from their rows. */
extern void GroupDistinctRecount(const Aggregate *a);

#endif

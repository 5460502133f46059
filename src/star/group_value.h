/*
 * group_value.h
 *	  The values of a group, each with the number of its rows, for measures that are exact.
 */
#ifndef ELT_STAR_GROUP_VALUE_H
#define ELT_STAR_GROUP_VALUE_H

#include "postgres.h"
#include "star/aggregate.h"

/* The table of the nth value, quoted; its name is that of the aggregate with a suffix. */
extern char *GroupValuesTable(const Aggregate *a, int n);
extern char *GroupValuesSuffix(int n);
/* What a measure is, from the values of group g. */
extern char *GroupValuesMeasure(const Aggregate *a, const AggregateMeasure *measure);
/* CREATE the tables, filled from a SELECT as GroupRows makes it. */
extern void GroupValuesCreate(const Aggregate *a, const char *rows);
/* Follow elt_signed, rows with their sign, in the groups elt_touched_groups. */
extern void GroupValuesChange(const Aggregate *a);

#endif

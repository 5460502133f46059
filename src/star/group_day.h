/*
 * group_day.h
 *	  What is kept of a group by day, because it cannot be subtracted.
 *
 * When the row with the least value of a group goes, the rows of its day are read again, and the group has
 * the least of its days: the rest of its history is not read.
 */
#ifndef ELT_STAR_GROUP_DAY_H
#define ELT_STAR_GROUP_DAY_H

#include "postgres.h"
#include "star/aggregate.h"

#define GROUP_DAYS_SUFFIX "_days"

/* Days that are read, as kept rows: _group, _day, b1, b2, ... */
#define GROUP_DAYS_READ "elt_stale"

/* The table, quoted. */
extern char *GroupDaysTable(const Aggregate *a);
/* CREATE it, filled from a SELECT as GroupRows makes it. */
extern void GroupDaysCreate(const Aggregate *a, const char *rows);
/*
 * Follow elt_signed, rows with their sign, in the groups elt_touched_groups; may_lose: signs may be negative.
 */
extern void GroupDaysChange(const Aggregate *a, bool may_lose);
/* SELECT as GroupRows makes it of the rows of GROUP_DAYS_READ, and of others with a null in their group. */
extern char *GroupDayRows(const Aggregate *a);

#endif

/*
 * group_change.h
 *	  Keep the groups of an aggregate as rows come, change and go.
 */
#ifndef ELT_STAR_GROUP_CHANGE_H
#define ELT_STAR_GROUP_CHANGE_H

#include "postgres.h"
#include "star/aggregate.h"

/*
 * Rows have changed: add those with _sign 1 to their groups, and subtract those with -1, which there are
 * when any may be lost. rows is a SELECT as GroupRows makes it. Others that change the aggregate wait
 * until the transaction ends. Returns whether the members that new rows name by GroupRolesFound are sure to
 * be there.
 */
extern bool GroupsChange(const Aggregate *a, const char *rows, bool may_lose);
/* There are no rows any more. */
extern void GroupsClear(const Aggregate *a);
/* Until the transaction ends members stay as they are, so that keys are those that others find. */
extern void GroupsHoldMembers(const Aggregate *a);
/* SELECT of the groups of rows with their states, b1, b2, ..., _rows, ..., and with what no state has. */
extern char *GroupsOf(const Aggregate *a, const char *rows, bool exact_measures);

#endif

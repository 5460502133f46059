/*
 * group_change.h
 *	  Keep the groups of an aggregate as rows come, change and go.
 */
#ifndef ELT_STAR_GROUP_CHANGE_H
#define ELT_STAR_GROUP_CHANGE_H

#include "postgres.h"
#include "star/aggregate.h"

/*
 * Rows have changed: add the new ones to their groups, and subtract the old ones from theirs. Both are
 * a SELECT as GroupRows makes it, or NULL. Others that change the aggregate wait until the
 * transaction ends.
 */
extern void GroupsChange(const Aggregate *a, const char *old_rows, const char *new_rows);
/* There are no rows any more. */
extern void GroupsClear(const Aggregate *a);
/* Until the transaction ends members stay as they are, so that keys are those that others find. */
extern void GroupsHoldMembers(const Aggregate *a);
/* SELECT of the groups of rows with their states, b1, b2, ..., _rows, ... */
extern char *GroupsOf(const Aggregate *a, const char *rows);

#endif

/*
 * group_rows.h
 *	  The groups and the values of rows of a fact.
 */
#ifndef ELT_STAR_GROUP_ROWS_H
#define ELT_STAR_GROUP_ROWS_H

#include "postgres.h"
#include "star/aggregate.h"

/*
 * A SELECT: b1, b2, ... are the columns of the group, x1, x2, ... the values that measures read, and _day
 * that of the event, when something is kept by day. rows is what follows FROM, with the columns of the
 * source, and _sign, 1 or -1, when they are signed; then _is_unknown tells of rows that name members of
 * GroupRolesFound which are not there. fact is that of the aggregate, or one whose dimensions are as they
 * were.
 */
extern char *GroupRows(const Aggregate *a, const Fact *fact, const char *rows, bool is_signed);
/* Roles of the fact of which it sees whether members are there (FactRole *). */
extern List *GroupRolesFound(const Aggregate *a);
/* "b1, b2" with an alias in front; the columns of the group as users name them, quoted. */
extern char *GroupDay(const Fact *fact);	/* of rows f; one day without a time */
extern char *GroupNumbers(const Aggregate *a, const char *alias);
extern char *GroupNames(const Aggregate *a, const char *alias);

#endif

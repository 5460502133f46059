/*
 * group_rows.h
 *	  The groups and the values of rows of a fact.
 */
#ifndef ELT_STAR_GROUP_ROWS_H
#define ELT_STAR_GROUP_ROWS_H

#include "postgres.h"
#include "star/aggregate.h"

/*
 * A SELECT: b1, b2, ... are the columns of the group, x1, x2, ... the values that measures read. rows
 * is what follows FROM, with the columns of the source. fact is that of the aggregate, or one whose
 * dimensions are as they were.
 */
extern char *GroupRows(const Aggregate *a, const Fact *fact, const char *rows);
/* "b1, b2" with an alias in front; the columns of the group as users name them, quoted. */
extern char *GroupNumbers(const Aggregate *a, const char *alias);
extern char *GroupNames(const Aggregate *a, const char *alias);

#endif

/*
 * dependent_view.h
 *	  Views that depend on columns of a table: put aside while the columns change, and put back.
 */
#ifndef ELT_STAR_DEPENDENT_VIEW_H
#define ELT_STAR_DEPENDENT_VIEW_H

#include "postgres.h"
#include "nodes/pg_list.h"

/*
 * Drop the views that depend on columns (char *) of a table, directly or through other views, whoever
 * created them. What cannot be created again as it was, such as a materialized view, is an error.
 */
extern List *DependentViewsTake(const char *table, List *columns);

/*
 * Create views again with their comments, except those that exist again; repeat the grants on all of them;
 * and let the catalogue refer to the new ones.
 */
extern void DependentViewsPutBack(List *views);

#endif

/*
 * live_view.h
 *	  The view <target>_live of the rows of a target that are not deleted.
 */
#ifndef ELT_MERGE_LIVE_VIEW_H
#define ELT_MERGE_LIVE_VIEW_H

#include "postgres.h"
#include "nodes/pg_list.h"

/* Nothing is done to a view that somebody has made another one. */

/* Show another column of the target, as its owner. */
extern void LiveViewAddColumn(Oid target, const char *column);

/* Drop it, as the owner of the target. Returns the statements (char *) that make it again. */
extern List *LiveViewDrop(Oid target);

#endif

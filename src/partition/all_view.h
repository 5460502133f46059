/*
 * all_view.h
 *	  The view <table>_all: the rows of a table, and those that have left it but are kept.
 *
 * Its parts are relations that have the rows. From before a partition leaves until it has arrived where it
 * goes, its own table is a part, and the branch of the table leaves its range out: each row is there
 * once, at every moment.
 */
#ifndef ELT_PARTITION_ALL_VIEW_H
#define ELT_PARTITION_ALL_VIEW_H

#include "postgres.h"
#include "partition/policy.h"

/* Does the policy need one, or is it there? */
extern bool AllViewIsWanted(const Policy *policy);
/* Make the view what it must be, if the policy needs one or it is there. Waits for locks as DDL does. */
extern void AllViewRefresh(Oid relation);
/* Drop it with all that belongs to it, if it is there; files and packed rows stay. */
extern void AllViewDrop(const Policy *policy);

#endif

/*
 * hold.h
 *	  What keeps a partition that is due from being removed.
 */
#ifndef ELT_PARTITION_HOLD_H
#define ELT_PARTITION_HOLD_H

#include "postgres.h"
#include "partition/part_work.h"

/*
 * Why it cannot go, or NULL: a hold that somebody has placed, a pipeline or a consumer that has not
 * read it, rows that refer to its rows by a foreign key, or where it would be dropped an object that
 * depends on it. The first ones are what somebody wants, and no error.
 */
extern char *PartHeldBy(const PartWork *work, bool *is_wanted);
/* What refers to rows of a partition, or to the table itself; or NULL. */
extern char *ReferringRows(Oid relation, Oid part);
extern char *DependentObject(Oid part);
/* The hold on rows of a range of a table, or NULL. */
extern char *HoldOn(Oid relation, const Part *part);

#endif

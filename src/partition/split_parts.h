/*
 * split_parts.h
 *	  The tables into which a partition is divided.
 *
 * They are partitions of groups, and these of a root, which routes the copied rows. A group takes the
 * place of the partition as a whole, and then gives its partitions away.
 */
#ifndef ELT_PARTITION_SPLIT_PARTS_H
#define ELT_PARTITION_SPLIT_PARTS_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "partition/parts.h"
#include "partition/split_state.h"

/* The name of the constraint that says what a table can have, so that attaching it needs no scan. */
#define SPLIT_BOUND "elt_split_bound"
#define SPLIT_GROUP 25

/* What the partition is to be divided into (PartPlan *), by its bounds and those of its rows. */
typedef struct PartPlan
{
	TimestampTz lower;			/* or -infinity */
	TimestampTz upper;			/* or infinity */
	TimestampTz name_at;		/* by which it is named */
} PartPlan;

extern List *SplitPlan(const Policy *policy, const Part *source);
extern void SplitMakeRoot(Split *split);
extern void SplitMakeGroup(Split *split, List *plans);
/* "FROM (...) TO (...)" */
extern char *PartRange(const Policy *policy, TimestampTz lower, TimestampTz upper);
/* The partitions (Part *) of a group, or the groups of the root. */
extern List *SplitPartsOf(const Split *split, Oid parent);

#endif

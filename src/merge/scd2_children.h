/*
 * scd2_children.h
 *	  What became of the rows of a history's batch, for the children of its current versions.
 */
#ifndef ELT_MERGE_SCD2_CHILDREN_H
#define ELT_MERGE_SCD2_CHILDREN_H

#include "postgres.h"
#include "merge/shape.h"

extern char *Scd2ChildFates(const MergeShape *shape);

#endif

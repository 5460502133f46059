/*
 * superseded.h
 *	  Staged rows of a replay whose keys were written by newer ones.
 */
#ifndef ELT_MERGE_SUPERSEDED_H
#define ELT_MERGE_SUPERSEDED_H

#include "postgres.h"
#include "merge/shape.h"

/*
 * Tell which rejects p->replayed have nothing but superseded rows. Without sequence_by all superseded
 * rows leave the batch, and are counted; with it the merge finds them.
 */
extern int64 SupersededTake(const MergeShape *shape);

#endif

/*
 * superseded.h
 *	  Staged rows of a replay whose keys were written by newer ones.
 */
#ifndef ELT_MERGE_SUPERSEDED_H
#define ELT_MERGE_SUPERSEDED_H

#include "postgres.h"
#include "merge/shape.h"
#include "nodes/pg_list.h"

/*
 * The times of loading (TimestampTz *) of which every staged row is superseded. Without sequence_by
 * all superseded rows leave the batch, and *removed counts them; with it the merge finds them.
 */
extern List *SupersededTake(const MergeShape *shape, int64 *removed);

#endif

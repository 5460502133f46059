/*
 * sequence_ties.h
 *	  Places in the order of changes of a key that rows with other values share.
 */
#ifndef ELT_MERGE_SEQUENCE_TIES_H
#define ELT_MERGE_SEQUENCE_TIES_H

#include "postgres.h"
#include "merge/repeated_rows.h"
#include "merge/shape.h"

/* How many there are among staged rows. repeated may be NULL. */
extern int64 SequenceTies(const MergeShape *shape, const RepeatedRows *repeated);

#endif

/*
 * sequence.h
 *	  Determine the newer of two rows of one key by the columns of sequence_by, the most
 *	  significant first.
 */
#ifndef ELT_MERGE_SEQUENCE_H
#define ELT_MERGE_SEQUENCE_H

#include "postgres.h"
#include "check/quarantine.h"
#include "merge/shape.h"

/* Error unless the source has these columns, outside its key, of types that have an order. */
extern void SequenceCheck(Oid source, List *key, List *sequence_by);

/* "s.a, s.b COLLATE "C"" of columns from number first on; suffix as " DESC" follows each. */
extern char *SequenceList(const MergeShape *shape, int first, const char *alias,
						  const char *suffix);

/* Staged rows without a whole sequence. */
extern BadRows *UnorderedRows(const MergeShape *shape);

#endif

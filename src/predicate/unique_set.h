/*
 * unique_set.h
 *	  The values of some columns that a batch has had, to find the rows that have them again.
 *
 * Values are kept as the bytes by which the type tells them apart, so equal is what the type's
 * own equality calls equal. A set whose memory is used up forgets everything and has given up.
 */
#ifndef ELT_PREDICATE_UNIQUE_SET_H
#define ELT_PREDICATE_UNIQUE_SET_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "predicate/native.h"

typedef struct UniqueSet UniqueSet;

/*
 * columns, from 0, of row; NULL when the values of one cannot be told apart by bytes. Nulls are
 * distinct from each other unless nulls_equal. It lives below the current memory context.
 */
extern UniqueSet *UniqueSetCreate(TupleDesc row, const int *columns, int ncolumns,
								  bool nulls_equal, Size memory);

/*
 * Add the rows of the span that are not left out; NATIVE_FALSE for those whose values the set
 * had. False when the set has given up: verdicts mean nothing then.
 */
extern bool UniqueSetAdd(UniqueSet *set, const RowSpan *rows, const bool *left_out,
						 uint8 *verdicts);

extern void UniqueSetGiveUp(UniqueSet *set);

#endif

/*
 * unique_set.h
 *	  Find the rows of a batch that repeat the values of earlier rows in a set of columns.
 *
 * Values are reduced to 64 bits that are equal whenever the type's equality operator says so: those
 * of one column that takes no more, which repeat if and only if its values do, in a form of their
 * own, all others by a hash. A hash that repeats proves nothing, so such a set gives up at once. A
 * value takes 16 bytes at most; sets beyond their memory go on in a temporary file.
 */
#ifndef ELT_PREDICATE_UNIQUE_SET_H
#define ELT_PREDICATE_UNIQUE_SET_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "predicate/native.h"

typedef struct UniqueSet UniqueSet;

/*
 * columns of row, numbered from 0; NULL when the values of one cannot be compared by bytes.
 * Nulls are distinct unless nulls_equal. It lives below the current memory context.
 */
extern UniqueSet *UniqueSetCreate(TupleDesc row, const int *columns, int ncolumns,
								  bool nulls_equal, Size memory);

/*
 * Add the rows of the span that are not left out; the verdict is NATIVE_FALSE for repeated
 * values. Returns false when the set has given up, and then the verdicts are undefined.
 */
extern bool UniqueSetAdd(UniqueSet *set, const RowSpan *rows, const bool *left_out,
						 uint8 *verdicts);

/* All rows have come: were the verdicts right? Discards the set. */
extern bool UniqueSetEnd(UniqueSet *set);

extern void UniqueSetGiveUp(UniqueSet *set);

#endif

/*
 * unique_set.h
 *	  Find the rows of a batch that repeat the values of earlier rows in a set of columns.
 *
 * Values are kept in a form whose bytes are equal if and only if the type's equality operator
 * says so. When its memory is used up, a set gives up and discards everything.
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

extern void UniqueSetGiveUp(UniqueSet *set);

#endif

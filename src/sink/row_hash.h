/*
 * row_hash.h
 *	  Hashes of rows, which tell whether two sets of rows are the same, in whatever order.
 */
#ifndef ELT_SINK_ROW_HASH_H
#define ELT_SINK_ROW_HASH_H

#include "postgres.h"
#include "access/tupdesc.h"

/* Of some rows. */
typedef struct RowSum
{
	int64		rows;
	uint64		hash;			/* sum of their hashes; archives are compared with it later */
} RowSum;

static inline bool
RowSumsAreEqual(RowSum a, RowSum b)
{
	return a.rows == b.rows && a.hash == b.hash;
}

typedef struct RowHasher RowHasher;

extern RowHasher *RowHasherFor(TupleDesc desc);
extern void RowSumAdd(RowHasher *hasher, RowSum *sum, const Datum *values, const bool *nulls);

#endif

/*
 * distinct_counts.h
 *	  A sketch of distinct values that knows how many rows have them, so that rows can be taken out.
 *
 * It is a sum over rows: rows that were added can be subtracted, which leaves the sketch of the other rows.
 * The number of distinct values is the same as of elt.distinct_sketch, and exact for few of them.
 */
#ifndef ELT_SKETCH_DISTINCT_COUNTS_H
#define ELT_SKETCH_DISTINCT_COUNTS_H

#include "postgres.h"

typedef struct DistinctCounts DistinctCounts;

/* No rows; it grows in a memory context. */
extern DistinctCounts *DistinctCountsCreate(MemoryContext context);
/* Add this many rows that have a value with this hash, or remove them if the number is negative. */
extern void DistinctCountsAdd(DistinctCounts *counts, uint64 hash, int64 rows);
extern void DistinctCountsMerge(DistinctCounts *counts, const DistinctCounts *other);
/* Bytes without a fault. */
extern void DistinctCountsMergeBytes(DistinctCounts *counts, const unsigned char *bytes, size_t len);

/* As it is stored, sent and, in hexadecimal digits, written. */
extern bytea *DistinctCountsBytes(const DistinctCounts *counts);
/* What is wrong with bytes that are to be a sketch, or NULL. */
extern const char *DistinctCountsFault(const unsigned char *bytes, size_t len);

/* Of bytes without a fault: their sum, in time that follows their length. */
extern bytea *DistinctBytesSum(const unsigned char *left, size_t left_len,
							   const unsigned char *right, size_t right_len);
extern bool DistinctBytesAreEmpty(size_t len);
/* False if it does not know: too little is left, or a count is below zero. */
extern bool DistinctBytesCount(const unsigned char *bytes, size_t len, double *count);
/* The sum of all counts. */
extern int64 DistinctBytesRows(const unsigned char *bytes, size_t len);

#endif

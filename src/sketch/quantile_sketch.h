/*
 * quantile_sketch.h
 *	  Counts of numbers by logarithmic buckets, whose quantiles are within 1 % of the exact ones.
 *
 * The bucket of a number depends on that number alone, so a sketch is a sum over its numbers: sketches
 * can be added, and numbers that were added can be subtracted, and what results is, byte by byte, the
 * sketch of the numbers that are left.
 */
#ifndef ELT_SKETCH_QUANTILE_SKETCH_H
#define ELT_SKETCH_QUANTILE_SKETCH_H

#include "postgres.h"

typedef struct QuantileSketch QuantileSketch;

/* An empty sketch, which grows in a memory context. */
extern QuantileSketch *QuantileSketchCreate(MemoryContext context);

/* Count a number so many times; a negative count takes it away again. */
extern void QuantileSketchAdd(QuantileSketch *sketch, float8 value, int64 count);

/* Add what another contains. */
extern void QuantileSketchMerge(QuantileSketch *sketch, const QuantileSketch *other);

/* As it is stored, sent and, in hexadecimal digits, written. */
extern bytea *QuantileSketchBytes(const QuantileSketch *sketch);

/* What is wrong with bytes that are to be a sketch, or NULL. */
extern const char *QuantileSketchFault(const unsigned char *bytes, size_t len);

/* Add what bytes without a fault contain, or with sign -1 subtract it. */
extern void QuantileSketchMergeBytes(QuantileSketch *sketch, const unsigned char *bytes,
									 size_t len, int sign);

/* How many numbers the bytes of a sketch stand for. */
extern int64 QuantileBytesCount(const unsigned char *bytes, size_t len);

/*
 * The number at or below which a fraction of the numbers is, as percentile_disc has it. False if there
 * are none. Negative counts are an error.
 */
extern bool QuantileBytesQuantile(const unsigned char *bytes, size_t len, float8 fraction,
								  float8 *value);

#endif

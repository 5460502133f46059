/*
 * distinct_sketch.h
 *	  HyperLogLog: about how many different values a set has, in 12 kB at most.
 *
 * A sketch is a function of the set of values alone: in whichever order, and over however many
 * sketches that are merged, the same values give the same bytes. Few values are kept as they are
 * hashed, which makes their number practically exact.
 */
#ifndef ELT_SKETCH_DISTINCT_SKETCH_H
#define ELT_SKETCH_DISTINCT_SKETCH_H

#include "postgres.h"

typedef struct DistinctSketch DistinctSketch;

/* An empty sketch, which grows in a memory context. */
extern DistinctSketch *DistinctSketchCreate(MemoryContext context);

extern void DistinctSketchAdd(DistinctSketch *sketch, uint64 hash);
extern void DistinctSketchMerge(DistinctSketch *sketch, const DistinctSketch *other);

/* As it is stored, sent and, in hexadecimal digits, written. */
extern bytea *DistinctSketchBytes(const DistinctSketch *sketch);

/* What is wrong with bytes that are to be a sketch, or NULL. */
extern const char *DistinctSketchFault(const unsigned char *bytes, size_t len);

/* Add what bytes without a fault contain. */
extern void DistinctSketchMergeBytes(DistinctSketch *sketch, const unsigned char *bytes,
									 size_t len);

extern double DistinctSketchCount(const DistinctSketch *sketch);

#endif

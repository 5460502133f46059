/*
 * parquet_write_bits.h
 *	  The encodings of Parquet that pack numbers into bits.
 */
#ifndef ELT_PARQUET_PARQUET_WRITE_BITS_H
#define ELT_PARQUET_PARQUET_WRITE_BITS_H

#include "postgres.h"
#include "parquet/parquet_write_buffer.h"

/* Bits that a number needs; 0 for 0. */
extern int	BitWidth(uint64 value);

/* RLE: runs of one value, or of values of so many bits. */
extern void WriteRuns(const uint32 *values, size_t n, int width, WriteBuffer *to);

/* DELTA_BINARY_PACKED; values are in native order, of 4 or 8 bytes. */
extern void WriteDeltas32(const char *values, size_t n, WriteBuffer *to);
extern void WriteDeltas64(const char *values, size_t n, WriteBuffer *to);

/* PLAIN booleans, of bytes that are 0 or 1. */
extern void WriteBools(const char *values, size_t n, WriteBuffer *to);

#endif

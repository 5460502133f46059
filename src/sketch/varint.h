/*
 * varint.h
 *	  Integers in as few bytes as they need.
 */
#ifndef ELT_SKETCH_VARINT_H
#define ELT_SKETCH_VARINT_H

#include "postgres.h"

#define VARINT_BYTES	10

/* Seven bits a byte, the lowest first; returns how many bytes. */
static inline int
PutVarint(unsigned char *bytes, uint64 value)
{
	int			n = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[n++] = value | 0x80;
	bytes[n++] = value;
	return n;
}

/* The shortest form only; 0 if there is none. */
static inline int
GetVarint(const unsigned char *bytes, size_t len, uint64 *value)
{
	*value = 0;
	for (int n = 0; n < VARINT_BYTES && n < len; n++)
	{
		if (n == VARINT_BYTES - 1 && bytes[n] > 1)
			return 0;
		*value |= (uint64) (bytes[n] & 0x7f) << (7 * n);
		if (bytes[n] < 0x80)
			return n > 0 && bytes[n] == 0 ? 0 : n + 1;
	}
	return 0;
}

/* Small counts of either sign in few bits. */
static inline uint64
ZigZag(int64 count)
{
	return ((uint64) count << 1) ^ (uint64) (count < 0 ? -1 : 0);
}

static inline int64
UnZigZag(uint64 bits)
{
	return (int64) (bits >> 1) ^ -(int64) (bits & 1);
}

#endif

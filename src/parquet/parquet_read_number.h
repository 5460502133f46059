/*
 * parquet_read_number.h
 *	  Numbers in the bytes of a Parquet file, the lowest byte first.
 */
#ifndef ELT_PARQUET_PARQUET_READ_NUMBER_H
#define ELT_PARQUET_PARQUET_READ_NUMBER_H

#include "postgres.h"

static inline uint32
Little32(const char *bytes)
{
	const uint8 *b = (const uint8 *) bytes;

	return b[0] | b[1] << 8 | b[2] << 16 | (uint32) b[3] << 24;
}

/* Eight bytes; those that would lie behind the end are zero. */
static inline uint64
LittleWord(const uint8 *at, const uint8 *end)
{
	uint64		word = 0;

	if (likely(end - at >= 8))
		memcpy(&word, at, 8);
	else
		memcpy(&word, at, end - at);
#ifdef WORDS_BIGENDIAN
	word = __builtin_bswap64(word);
#endif
	return word;
}

#endif

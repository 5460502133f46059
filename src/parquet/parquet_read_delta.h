/*
 * parquet_read_delta.h
 *	  Integers in encoding DELTA_BINARY_PACKED.
 */
#ifndef ELT_PARQUET_PARQUET_READ_DELTA_H
#define ELT_PARQUET_PARQUET_READ_DELTA_H

#include "postgres.h"

typedef struct ParquetDelta
{
	const uint8 *at;
	const uint8 *end;
	int64		left;			/* numbers that have not been read */
	bool		began;
	uint64		value;			/* the last one */

	/* the block */
	int			minis;			/* miniblocks in each */
	int			mini_size;		/* numbers in each of those */
	uint64		least;
	const uint8 *widths;		/* of the miniblocks */
	int			mini;			/* the one at hand */

	/* the miniblock */
	int			width;
	int			next;			/* of its numbers */
	int			in_mini;		/* 0: none is at hand */
	const uint8 *packed;
} ParquetDelta;

/* NULL, or what is wrong with the bytes. */
extern const char *ParquetDeltaOpen(ParquetDelta *delta, const char *bytes, size_t len);
/* The next n numbers; false when there are fewer. */
extern bool ParquetDeltaRead(ParquetDelta *delta, int64 *out, int n);
/* All have been read: where what follows them begins. */
extern const char *ParquetDeltaEnd(const ParquetDelta *delta);

#endif

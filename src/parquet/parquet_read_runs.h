/*
 * parquet_read_runs.h
 *	  Runs of small numbers: levels, indexes into a dictionary and booleans, in encoding RLE or BIT_PACKED.
 */
#ifndef ELT_PARQUET_PARQUET_READ_RUNS_H
#define ELT_PARQUET_PARQUET_READ_RUNS_H

#include "postgres.h"

typedef struct ParquetRuns
{
	const uint8 *at;			/* the next run */
	const uint8 *end;
	int			width;			/* bits of a number, at most 32 */
	bool		backwards;		/* BIT_PACKED: one run, from the highest bit of a byte */

	/* the run at hand */
	int64		left;			/* numbers of it that have not been read */
	bool		repeats;
	uint32		value;			/* of a run that repeats */
	const uint8 *packed;		/* of another one */
	const uint8 *packed_end;
	int64		next;			/* of the packed numbers */
} ParquetRuns;

extern void ParquetRunsOpen(ParquetRuns *runs, int width, const char *bytes, size_t len);
/* The same for n numbers in encoding BIT_PACKED. */
extern void ParquetRunsOpenPacked(ParquetRuns *runs, int width, const char *bytes, size_t len, int64 n);

/* The next n numbers; false when there are fewer. The second returns numbers below 256. */
extern bool ParquetRunsRead(ParquetRuns *runs, uint32 *out, int n);
extern bool ParquetRunsReadBytes(ParquetRuns *runs, uint8 *out, int n);

/* Are the next n numbers all of one run, of this value? Then they have been read. */
extern bool ParquetRunsRepeat(ParquetRuns *runs, uint32 value, int n);

#endif

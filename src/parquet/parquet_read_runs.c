/*
 * parquet_read_runs.c
 *	  Runs of small numbers: levels, indexes into a dictionary and booleans, in encoding RLE or BIT_PACKED.
 */
#include "postgres.h"

#include "parquet/parquet_read_runs.h"

#include "parquet/parquet_read_number.h"

void
ParquetRunsOpen(ParquetRuns *runs, int width, const char *bytes, size_t len)
{
	memset(runs, 0, sizeof(*runs));
	runs->at = (const uint8 *) bytes;
	runs->end = runs->at + len;
	runs->width = width;
}

void
ParquetRunsOpenPacked(ParquetRuns *runs, int width, const char *bytes, size_t len, int64 n)
{
	ParquetRunsOpen(runs, width, bytes, len);
	runs->backwards = true;
	runs->packed = runs->at;
	runs->packed_end = runs->at = runs->end;
	runs->left = width == 0 ? n : Min(n, (int64) (len * 8 / width));
}

static bool
RunLength(ParquetRuns *runs, uint64 *value)
{
	*value = 0;
	for (int shift = 0; shift < 35 && runs->at < runs->end; shift += 7)
	{
		uint8		byte = *runs->at++;

		*value |= (uint64) (byte & 0x7F) << shift;
		if ((byte & 0x80) == 0)
			return true;
	}
	return false;
}

static bool
BeginRepeated(ParquetRuns *runs, uint64 n)
{
	int			size = (runs->width + 7) / 8;

	if (runs->end - runs->at < size)
		return false;
	runs->repeats = true;
	runs->left = n;
	runs->value = 0;
	for (int i = 0; i < size; i++)
		runs->value |= (uint32) *runs->at++ << (8 * i);
	return runs->width == 32 || runs->value < (uint32) 1 << runs->width;
}

/* A last run may be cut where the numbers end that there are. */
static bool
BeginPacked(ParquetRuns *runs, uint64 groups)
{
	uint64		size = groups * runs->width;
	uint64		available = runs->end - runs->at;

	runs->repeats = false;
	runs->next = 0;
	runs->packed = runs->at;
	runs->left = groups * 8;
	if (size > available)
	{
		size = available;
		runs->left = available * 8 / runs->width;
	}
	runs->at += size;
	runs->packed_end = runs->at;
	return runs->left > 0;
}

static bool
NextRun(ParquetRuns *runs)
{
	uint64		head;

	if (!RunLength(runs, &head) || head >> 1 == 0)
		return false;
	return (head & 1) != 0 ? BeginPacked(runs, head >> 1) : BeginRepeated(runs, head >> 1);
}

/* ---- packed numbers ---- */

static inline uint32
PackedNumber(const ParquetRuns *runs, int64 i)
{
	uint64		bit = (uint64) i * runs->width;
	uint64		mask = ((uint64) 1 << runs->width) - 1;

	return (LittleWord(runs->packed + bit / 8, runs->packed_end) >> (bit % 8)) & mask;
}

/* The highest bits of the bytes come first. */
static uint32
BackwardNumber(const ParquetRuns *runs, int64 i)
{
	uint32		value = 0;

	for (int64 bit = i * runs->width; bit < (i + 1) * runs->width; bit++)
		value = value << 1 | ((runs->packed[bit / 8] >> (7 - bit % 8)) & 1);
	return value;
}

static inline uint32
NumberAt(const ParquetRuns *runs, int64 i)
{
	return unlikely(runs->backwards) ? BackwardNumber(runs, i) : PackedNumber(runs, i);
}

/* How many of the next n are in the run at hand; 0: there are no more. */
static inline int
InRun(ParquetRuns *runs, int n)
{
	if (runs->left == 0 && !NextRun(runs))
		return 0;
	return (int) Min(runs->left, n);
}

bool
ParquetRunsRead(ParquetRuns *runs, uint32 *out, int n)
{
	while (n > 0)
	{
		int			now = InRun(runs, n);

		if (now == 0)
			return false;
		if (runs->repeats)
			for (int i = 0; i < now; i++)
				out[i] = runs->value;
		else
			for (int i = 0; i < now; i++)
				out[i] = NumberAt(runs, runs->next + i);
		runs->next += now;
		runs->left -= now;
		out += now;
		n -= now;
	}
	return true;
}

bool
ParquetRunsReadBytes(ParquetRuns *runs, uint8 *out, int n)
{
	while (n > 0)
	{
		int			now = InRun(runs, n);

		if (now == 0)
			return false;
		if (runs->repeats)
			memset(out, runs->value, now);
		else
			for (int i = 0; i < now; i++)
				out[i] = NumberAt(runs, runs->next + i);
		runs->next += now;
		runs->left -= now;
		out += now;
		n -= now;
	}
	return true;
}

bool
ParquetRunsRepeat(ParquetRuns *runs, uint32 value, int n)
{
	if (InRun(runs, n) < n || !runs->repeats || runs->value != value)
		return false;
	runs->left -= n;
	return true;
}

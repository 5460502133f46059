/*
 * parquet_write_bits.c
 *	  The encodings of Parquet that pack numbers into bits, lowest bit first.
 */
#include "base/compat.h"
#include "parquet/parquet_write_bits.h"

#include "port/pg_bitutils.h"

/* Values of a run of bits come in groups of so many. */
#define GROUP 8

/* Deltas come in blocks, each with a minimum, of miniblocks, each with a width. */
#define BLOCK 128
#define MINIBLOCKS 4
#define MINIBLOCK (BLOCK / MINIBLOCKS)

int
BitWidth(uint64 value)
{
	return value == 0 ? 0 : pg_leftmost_one_pos64(value) + 1;
}

/* ---- runs ---- */

/* Groups of values, each of width bits; a group that values do not fill ends with zeros. */
static void
AddGroups(const uint32 *values, size_t n, int width, WriteBuffer *to)
{
	size_t		groups = (n + GROUP - 1) / GROUP;
	uint64		bits = 0;
	int			nbits = 0;
	char	   *out;

	WriteBufferAddVarint(to, groups << 1 | 1);
	out = WriteBufferReserve(to, groups * width);
	for (size_t i = 0; i < groups * GROUP; i++)
	{
		bits |= (uint64) (i < n ? values[i] : 0) << nbits;
		for (nbits += width; nbits >= 8; nbits -= 8)
		{
			*out++ = (char) bits;
			bits >>= 8;
		}
	}
	to->len += groups * width;
}

static void
AddRun(uint32 value, size_t n, int width, WriteBuffer *to)
{
	WriteBufferAddVarint(to, n << 1);
	for (int i = 0; i < width; i += 8)
		WriteBufferAddByte(to, (uint8) (value >> i));
}

static size_t
EqualFrom(const uint32 *values, size_t n)
{
	size_t		i = 1;

	while (i < n && values[i] == values[0])
		i++;
	return i;
}

/*
 * A run of one value begins only where a group of bits would begin. The values before it fill
 * groups, with some of the run's own where they must.
 */
void
WriteRuns(const uint32 *values, size_t n, int width, WriteBuffer *to)
{
	size_t		begin = 0;		/* of what is not written yet */
	size_t		at = 0;

	while (at < n)
	{
		size_t		equal = EqualFrom(values + at, n - at);
		size_t		lead = (GROUP - (at - begin) % GROUP) % GROUP;

		if (equal < lead + GROUP)
		{
			at += equal;
			continue;
		}
		if (at + lead > begin)
			AddGroups(values + begin, at + lead - begin, width, to);
		AddRun(values[at], equal - lead, width, to);
		at += equal;
		begin = at;
	}
	if (begin < n)
		AddGroups(values + begin, n - begin, width, to);
}

/* ---- deltas ---- */

static void
PackMiniblock(const uint64 *values, int width, WriteBuffer *to)
{
	char	   *out = WriteBufferReserve(to, MINIBLOCK / 8 * width);
	uint64		bits = 0;
	int			nbits = 0;

	for (int i = 0; i < MINIBLOCK; i++)
	{
		uint64		value = values[i];

		bits |= value << nbits;
		if (nbits + width < 64)
		{
			nbits += width;
			continue;
		}
		memcpy(out, &bits, 8);
		out += 8;
		bits = nbits == 0 ? 0 : value >> (64 - nbits);
		nbits += width - 64;
	}
	memcpy(out, &bits, nbits / 8);
	to->len += MINIBLOCK / 8 * width;
}

/* deltas has BLOCK of them, those from n on to be ignored; what is taken off is min. */
static void
AddBlock(uint64 *deltas, int n, uint64 min, uint64 mask, WriteBuffer *to)
{
	int			widths[MINIBLOCKS] = {0};

	for (int i = 0; i < BLOCK; i++)
		deltas[i] = i < n ? (deltas[i] - min) & mask : 0;
	for (int m = 0; m < MINIBLOCKS; m++)
	{
		uint64		all = 0;

		for (int i = 0; i < MINIBLOCK; i++)
			all |= deltas[m * MINIBLOCK + i];
		widths[m] = BitWidth(all);
		WriteBufferAddByte(to, widths[m]);
	}
	for (int m = 0; m * MINIBLOCK < n; m++)
		PackMiniblock(deltas + m * MINIBLOCK, widths[m], to);
}

static void
AddDeltaHeader(size_t n, int64 first, WriteBuffer *to)
{
	WriteBufferAddVarint(to, BLOCK);
	WriteBufferAddVarint(to, MINIBLOCKS);
	WriteBufferAddVarint(to, n);
	WriteBufferAddZigzag(to, first);
}

/* Differences wrap around within 32 bits, as readers do when they add them. */
void
WriteDeltas32(const char *bytes, size_t n, WriteBuffer *to)
{
	const int32 *values = (const int32 *) bytes;
	uint64		deltas[BLOCK];

	AddDeltaHeader(n, n > 0 ? values[0] : 0, to);
	for (size_t i = 1; i < n; i += BLOCK)
	{
		int			count = (int) Min(n - i, BLOCK);
		int32		min = PG_INT32_MAX;

		for (int k = 0; k < count; k++)
		{
			int32		delta = (int32) ((uint32) values[i + k] - (uint32) values[i + k - 1]);

			deltas[k] = (uint64) (int64) delta;
			min = Min(min, delta);
		}
		WriteBufferAddZigzag(to, min);
		AddBlock(deltas, count, (uint64) (int64) min, PG_UINT32_MAX, to);
	}
}

void
WriteDeltas64(const char *bytes, size_t n, WriteBuffer *to)
{
	const int64 *values = (const int64 *) bytes;
	uint64		deltas[BLOCK];

	AddDeltaHeader(n, n > 0 ? values[0] : 0, to);
	for (size_t i = 1; i < n; i += BLOCK)
	{
		int			count = (int) Min(n - i, BLOCK);
		int64		min = PG_INT64_MAX;

		for (int k = 0; k < count; k++)
		{
			deltas[k] = (uint64) values[i + k] - (uint64) values[i + k - 1];
			min = Min(min, (int64) deltas[k]);
		}
		WriteBufferAddZigzag(to, min);
		AddBlock(deltas, count, (uint64) min, PG_UINT64_MAX, to);
	}
}

/* ---- booleans ---- */

void
WriteBools(const char *values, size_t n, WriteBuffer *to)
{
	char	   *out = WriteBufferReserve(to, n / 8 + 1);

	for (size_t i = 0; i < n; i++)
	{
		if (i % 8 == 0)
			out[i / 8] = 0;
		out[i / 8] |= values[i] << (i % 8);
	}
	to->len += (n + 7) / 8;
}

/*
 * parquet_read_delta.c
 *	  Integers in encoding DELTA_BINARY_PACKED.
 *
 * Blocks consist of miniblocks, each of which has its differences in as many bits as it needs.
 */
#include "postgres.h"

#include "parquet/parquet_read_delta.h"

#include "parquet/parquet_read_number.h"

#define MAX_BLOCK (1024 * 1024)

static bool
Varint(ParquetDelta *d, uint64 *value)
{
	*value = 0;
	for (int shift = 0; shift < 64 && d->at < d->end; shift += 7)
	{
		uint8		byte = *d->at++;

		*value |= (uint64) (byte & 0x7F) << shift;
		if ((byte & 0x80) == 0)
			return true;
	}
	return false;
}

static bool
Zigzag(ParquetDelta *d, uint64 *value)
{
	uint64		raw;

	if (!Varint(d, &raw))
		return false;
	*value = (raw >> 1) ^ (0 - (raw & 1));
	return true;
}

const char *
ParquetDeltaOpen(ParquetDelta *d, const char *bytes, size_t len)
{
	uint64		block;
	uint64		minis;
	uint64		count;

	memset(d, 0, sizeof(*d));
	d->at = (const uint8 *) bytes;
	d->end = d->at + len;
	if (!Varint(d, &block) || !Varint(d, &minis) || !Varint(d, &count) || !Zigzag(d, &d->value))
		return "the head of its differences is cut";
	if (block == 0 || block > MAX_BLOCK || minis == 0 || minis > block || block % minis != 0 ||
		block / minis % 8 != 0 || count > PG_INT32_MAX)
		return "the head of its differences is invalid";
	d->left = count;
	d->minis = d->mini = minis;
	d->mini_size = block / minis;
	return NULL;
}

/* A block without numbers in its last miniblocks may have no bytes for them. */
static bool
NextMini(ParquetDelta *d)
{
	size_t		size;

	if (++d->mini >= d->minis)
	{
		if (!Zigzag(d, &d->least) || d->end - d->at < d->minis)
			return false;
		d->widths = d->at;
		d->at += d->minis;
		d->mini = 0;
	}
	d->width = d->widths[d->mini];
	if (d->width > 64)
		return false;
	size = (size_t) d->mini_size / 8 * d->width;
	d->packed = d->at;
	d->in_mini = d->mini_size;
	d->next = 0;
	/* some writers cut the last one where its numbers end */
	if (size > (size_t) (d->end - d->at))
	{
		size = d->end - d->at;
		d->in_mini = size * 8 / d->width;
	}
	d->at += size;
	return d->in_mini > 0;
}

static inline uint64
Difference(const ParquetDelta *d, int i)
{
	uint64		bit = (uint64) i * d->width;
	const uint8 *at = d->packed + bit / 8;
	int			shift = bit % 8;
	uint64		value;

	if (d->width == 0)
		return 0;
	value = LittleWord(at, d->end) >> shift;
	if (shift + d->width > 64)
		value |= (uint64) at[8] << (64 - shift);
	return d->width == 64 ? value : value & (((uint64) 1 << d->width) - 1);
}

bool
ParquetDeltaRead(ParquetDelta *d, int64 *out, int n)
{
	if (n > d->left)
		return false;
	d->left -= n;
	if (n > 0 && !d->began)
	{
		d->began = true;
		*out++ = (int64) d->value;
		n--;
	}
	while (n > 0)
	{
		int			now;

		if (d->next == d->in_mini && !NextMini(d))
			return false;
		now = Min(n, d->in_mini - d->next);
		for (int i = 0; i < now; i++)
		{
			d->value += d->least + Difference(d, d->next + i);
			out[i] = (int64) d->value;
		}
		d->next += now;
		out += now;
		n -= now;
	}
	return true;
}

/*
 * The bytes of the miniblock at hand are passed already. Those behind it in its block that have numbers
 * have been read too, and the others have no bytes.
 */
const char *
ParquetDeltaEnd(const ParquetDelta *d)
{
	return (const char *) d->at;
}

/*
 * quantile_sketch.c
 *	  Counts of numbers by logarithmic buckets, whose quantiles are within 1 % of the exact ones.
 *
 * The buckets are those of DDSketch (VLDB 2019) with 35 to each power of two, so that the ends of a
 * bucket are 2.0 % apart and the middle is within 1 % of both. The bucket of a number is found by
 * comparing the bits of its fraction with constants: a logarithm may differ in the last bit from machine
 * to machine, and what one added another could not subtract.
 */
#include "base/compat.h"
#include "sketch/quantile_sketch.h"

#include <math.h>

#include "common/hashfn.h"
#include "common/int.h"
#include "sketch/varint.h"
#include "utils/float.h"

/* Magnitudes below the first power of two count as zero, those from the second on as its last bucket. */
#define FIRST_EXPONENT	(-64)
#define LAST_EXPONENT	128
#define PER_OCTAVE		35
#define LAST_BUCKET		((LAST_EXPONENT - FIRST_EXPONENT) * PER_OCTAVE)

/* In the order of PostgreSQL: negative ones mirrored, zero in the middle, NaN behind all. */
#define ZERO_BUCKET		0
#define INFINITY_BUCKET	(LAST_BUCKET + 1)
#define NAN_BUCKET		(LAST_BUCKET + 2)

#define FORMAT_VERSION	1
#define HEADER_BYTES	1

#define FRACTION_BITS	52
#define EXPONENT_BIAS	1023

/* 2^(j / 35) for j from 1 to 34, as the bits behind the point. */
static const uint64 bucket_starts[PER_OCTAVE - 1] = {
	UINT64CONST(0x051ed35254d7b), UINT64CONST(0x0a57de9c16bc7), UINT64CONST(0x0faba81d4e5df),
	UINT64CONST(0x151ab8c56eea2), UINT64CONST(0x1aa59c4115e7d), UINT64CONST(0x204ce10811781),
	UINT64CONST(0x2611186bae675), UINT64CONST(0x2bf2d6a54f7da), UINT64CONST(0x31f2b2e54f85d),
	UINT64CONST(0x381147622f886), UINT64CONST(0x3e4f316812c30), UINT64CONST(0x44ad116889e7b),
	UINT64CONST(0x4b2b8b0aaf3c7), UINT64CONST(0x51cb453b9536c), UINT64CONST(0x588cea3f093be),
	UINT64CONST(0x5f7127c0ac32a), UINT64CONST(0x6678aee5629f8), UINT64CONST(0x6da4345d1e0ad),
	UINT64CONST(0x74f47075017a0), UINT64CONST(0x7c6a1f29e2ce6), UINT64CONST(0x8406003b2ae5c),
	UINT64CONST(0x8bc8d73e16610), UINT64CONST(0x93b36bb158fff), UINT64CONST(0x9bc68911258c0),
	UINT64CONST(0xa402feeb9c533), UINT64CONST(0xac69a0f5a241c), UINT64CONST(0xb4fb472022b1a),
	UINT64CONST(0xbdb8cdadbe120), UINT64CONST(0xc6a31548e794d), UINT64CONST(0xcfbb031a741a5),
	UINT64CONST(0xd90180e09c9e4), UINT64CONST(0xe2777d0676770), UINT64CONST(0xec1deabbe3c14),
	UINT64CONST(0xf5f5c20dfe5f2)
};

typedef struct Bucket
{
	int32		place;
	char		status;
	int64		count;
} Bucket;

#define SH_PREFIX buckets
#define SH_ELEMENT_TYPE Bucket
#define SH_KEY_TYPE int32
#define SH_KEY place
#define SH_HASH_KEY(table, key) murmurhash32((uint32) (key))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct QuantileSketch
{
	buckets_hash *buckets;
};

QuantileSketch *
QuantileSketchCreate(MemoryContext context)
{
	QuantileSketch *sketch = MemoryContextAllocZero(context, sizeof(QuantileSketch));

	sketch->buckets = buckets_create(context, 8, NULL);
	return sketch;
}

/* How many buckets of its octave begin at or below a fraction. */
static inline int
BucketInOctave(uint64 fraction)
{
	int			low = 0;
	int			high = PER_OCTAVE - 1;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (bucket_starts[middle] <= fraction)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int32
BucketOf(float8 value)
{
	uint64		bits;
	int			exponent;
	int32		bucket;

	if (isnan(value))
		return NAN_BUCKET;
	if (isinf(value))
		return value > 0 ? INFINITY_BUCKET : -INFINITY_BUCKET;
	memcpy(&bits, &value, sizeof(bits));
	exponent = (int) ((bits >> FRACTION_BITS) & 0x7ff) - EXPONENT_BIAS;
	if (exponent < FIRST_EXPONENT)
		return ZERO_BUCKET;
	if (exponent >= LAST_EXPONENT)
		bucket = LAST_BUCKET;
	else
		bucket = (exponent - FIRST_EXPONENT) * PER_OCTAVE + 1 +
			BucketInOctave(bits & ((UINT64CONST(1) << FRACTION_BITS) - 1));
	return value > 0 ? bucket : -bucket;
}

/* The number whose distance from both ends of a bucket is the same part of them. */
static float8
ValueOf(int32 bucket)
{
	int32		magnitude = abs(bucket);
	int			octave = (magnitude - 1) / PER_OCTAVE;
	int			j = (magnitude - 1) % PER_OCTAVE;
	float8		start = exp2((float8) j / PER_OCTAVE);
	float8		end = exp2((float8) (j + 1) / PER_OCTAVE);
	float8		value;

	if (bucket == ZERO_BUCKET)
		return 0;
	if (bucket == NAN_BUCKET)
		return get_float8_nan();
	if (magnitude == INFINITY_BUCKET)
		value = get_float8_infinity();
	else
		value = ldexp(2 * start * end / (start + end), octave + FIRST_EXPONENT);
	return bucket > 0 ? value : -value;
}

static void
ReportOutOfRange(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("a sketch of quantiles counts more than 2^63 numbers")));
}

static void
AddToBucket(QuantileSketch *sketch, int32 place, int64 count)
{
	bool		found;
	Bucket	   *bucket = buckets_insert(sketch->buckets, place, &found);

	if (!found)
		bucket->count = 0;
	if (pg_add_s64_overflow(bucket->count, count, &bucket->count) ||
		bucket->count == PG_INT64_MIN)
		ReportOutOfRange();
}

void
QuantileSketchAdd(QuantileSketch *sketch, float8 value, int64 count)
{
	AddToBucket(sketch, BucketOf(value), count);
}

void
QuantileSketchMerge(QuantileSketch *sketch, const QuantileSketch *other)
{
	buckets_iterator i;
	Bucket	   *bucket;

	buckets_start_iterate(other->buckets, &i);
	while ((bucket = buckets_iterate(other->buckets, &i)) != NULL)
		AddToBucket(sketch, bucket->place, bucket->count);
}

static int
CompareBuckets(const void *a, const void *b)
{
	return ((const Bucket *) a)->place - ((const Bucket *) b)->place;
}

/* Those with a count, in ascending order. */
static Bucket *
SortedBuckets(const QuantileSketch *sketch, int *count)
{
	Bucket	   *sorted = palloc(sizeof(Bucket) * Max(sketch->buckets->members, 1));
	buckets_iterator i;
	Bucket	   *bucket;

	*count = 0;
	buckets_start_iterate(sketch->buckets, &i);
	while ((bucket = buckets_iterate(sketch->buckets, &i)) != NULL)
	{
		if (bucket->count != 0)
			sorted[(*count)++] = *bucket;
	}
	qsort(sorted, *count, sizeof(Bucket), CompareBuckets);
	return sorted;
}

/* Each bucket as the distance from the one before, and its count. */
bytea *
QuantileSketchBytes(const QuantileSketch *sketch)
{
	int			count;
	Bucket	   *sorted = SortedBuckets(sketch, &count);
	bytea	   *result = palloc(VARHDRSZ + HEADER_BYTES + (size_t) count * 2 * VARINT_BYTES);
	unsigned char *bytes = (unsigned char *) VARDATA(result);
	size_t		size = HEADER_BYTES;
	int32		before = -NAN_BUCKET;

	bytes[0] = FORMAT_VERSION;
	for (int i = 0; i < count; i++)
	{
		size += PutVarint(bytes + size, sorted[i].place - before);
		size += PutVarint(bytes + size, ZigZag(sorted[i].count));
		before = sorted[i].place;
	}
	SET_VARSIZE(result, VARHDRSZ + size);
	pfree(sorted);
	return result;
}

/* Reads the buckets of bytes, one after the other. */
typedef struct BucketReader
{
	const unsigned char *bytes;
	size_t		len;
	int32		place;
	int64		count;
} BucketReader;

static void
ReadBuckets(BucketReader *reader, const unsigned char *bytes, size_t len)
{
	reader->bytes = bytes + HEADER_BYTES;
	reader->len = len - HEADER_BYTES;
	reader->place = -NAN_BUCKET;
}

/* False at the end, and where no bucket can be read. */
static bool
NextBucket(BucketReader *reader)
{
	uint64		distance;
	uint64		count;
	int			used = GetVarint(reader->bytes, reader->len, &distance);
	int			used_too;

	if (used == 0 || distance == 0 || distance > NAN_BUCKET - reader->place)
		return false;
	used_too = GetVarint(reader->bytes + used, reader->len - used, &count);
	if (used_too == 0 || count == 0 || count == ZigZag(PG_INT64_MIN))
		return false;
	reader->place += distance;
	reader->count = UnZigZag(count);
	reader->bytes += used + used_too;
	reader->len -= used + used_too;
	return true;
}

const char *
QuantileSketchFault(const unsigned char *bytes, size_t len)
{
	BucketReader reader;

	if (len < HEADER_BYTES || bytes[0] != FORMAT_VERSION)
		return "The first byte is not a known version of the format.";
	ReadBuckets(&reader, bytes, len);
	while (NextBucket(&reader))
		;
	return reader.len == 0 ? NULL : "A bucket cannot be read.";
}

void
QuantileSketchMergeBytes(QuantileSketch *sketch, const unsigned char *bytes, size_t len,
						 int sign)
{
	BucketReader reader;

	ReadBuckets(&reader, bytes, len);
	while (NextBucket(&reader))
		AddToBucket(sketch, reader.place, sign * reader.count);
}

int64
QuantileBytesCount(const unsigned char *bytes, size_t len)
{
	BucketReader reader;
	int64		total = 0;

	ReadBuckets(&reader, bytes, len);
	while (NextBucket(&reader))
	{
		if (pg_add_s64_overflow(total, reader.count, &total))
			ReportOutOfRange();
	}
	return total;
}

static void
RequireNoNegative(const unsigned char *bytes, size_t len)
{
	BucketReader reader;

	ReadBuckets(&reader, bytes, len);
	while (NextBucket(&reader))
	{
		if (reader.count < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a sketch with negative counts has no quantiles"),
					 errdetail("More numbers were subtracted than had been added."),
					 errhint("Add the sketch to that of all numbers first.")));
	}
}

bool
QuantileBytesQuantile(const unsigned char *bytes, size_t len, float8 fraction, float8 *value)
{
	BucketReader reader;
	int64		total = QuantileBytesCount(bytes, len);
	float8		exact = ceil(fraction * (float8) total);
	int64		rank;
	int64		passed = 0;

	RequireNoNegative(bytes, len);
	if (total == 0)
		return false;
	/* The greatest total is rounded up to one that an integer cannot have. */
	rank = exact >= (float8) total ? total : Max((int64) exact, 1);
	ReadBuckets(&reader, bytes, len);
	while (NextBucket(&reader))
	{
		passed += reader.count;
		if (passed >= rank)
			break;
	}
	*value = ValueOf(reader.place);
	return true;
}

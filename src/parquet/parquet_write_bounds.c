/*
 * parquet_write_bounds.c
 *	  The lowest and highest value of a page or a column chunk.
 */
#include "base/compat.h"
#include "parquet/parquet_write_bounds.h"

#include <math.h>

#include "mb/pg_wchar.h"

#define LAST_CODE_POINT 0x10FFFF
#define BEFORE_SURROGATES 0xD7FF
#define BEHIND_SURROGATES 0xE000

BoundOrder
BoundOrderOf(const WrittenField *field)
{
	switch (field->type)
	{
		case PARQUET_BOOLEAN:
			return ORDER_BOOL;
		case PARQUET_INT32:
			return ORDER_INT32;
		case PARQUET_INT64:
			return ORDER_INT64;
		case PARQUET_FLOAT:
			return ORDER_FLOAT;
		case PARQUET_DOUBLE:
			return ORDER_DOUBLE;
		case PARQUET_BYTE_ARRAY:
			return field->logical == PARQUET_NO_LOGICAL ? ORDER_BYTES : ORDER_TEXT;
		default:
			return field->logical == PARQUET_LOGICAL_DECIMAL ? ORDER_SIGNED_BYTES : ORDER_BYTES;
	}
}

/* ---- numbers ---- */

static void
SetExact(Bound *bound, const void *data, int len)
{
	memcpy(bound->data, data, len);
	bound->len = len;
	bound->is_exact = true;
}

static void
SetBoth(Bounds *bounds, const void *min, const void *max, int len)
{
	SetExact(&bounds->min, min, len);
	SetExact(&bounds->max, max, len);
	bounds->are_known = true;
}

#define NUMBER_BOUNDS(name, type) \
static void \
name(const char *data, size_t n, Bounds *bounds) \
{ \
	const type *values = (const type *) data; \
	type		min = values[0]; \
	type		max = values[0]; \
\
	for (size_t i = 1; i < n; i++) \
	{ \
		min = Min(min, values[i]); \
		max = Max(max, values[i]); \
	} \
	SetBoth(bounds, &min, &max, sizeof(type)); \
}

NUMBER_BOUNDS(BoundsOfBools, uint8)
NUMBER_BOUNDS(BoundsOfInt32s, int32)
NUMBER_BOUNDS(BoundsOfInt64s, int64)

/* No bounds beside a NaN, and zeros with the sign that takes in both. */
#define FLOAT_BOUNDS(name, type) \
static void \
name(const char *data, size_t n, Bounds *bounds) \
{ \
	const type *values = (const type *) data; \
	type		min = values[0]; \
	type		max = values[0]; \
\
	for (size_t i = 0; i < n; i++) \
	{ \
		if (isnan(values[i])) \
			return; \
		min = Min(min, values[i]); \
		max = Max(max, values[i]); \
	} \
	min = min == 0 ? -(type) 0 : min; \
	max = max == 0 ? (type) 0 : max; \
	SetBoth(bounds, &min, &max, sizeof(type)); \
}

FLOAT_BOUNDS(BoundsOfFloats, float)
FLOAT_BOUNDS(BoundsOfDoubles, double)

/* ---- bytes ---- */

static int
CompareBytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int			order = memcmp(a, b, Min(a_len, b_len));

	if (order != 0)
		return order;
	return a_len < b_len ? -1 : a_len > b_len;
}

static int
CompareSigned(const char *a, const char *b, size_t len)
{
	if (a[0] != b[0])
		return (int8) a[0] < (int8) b[0] ? -1 : 1;
	return memcmp(a, b, len);
}

static inline int
CompareValues(BoundOrder order, const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (order == ORDER_SIGNED_BYTES)
		return CompareSigned(a, b, a_len);
	return CompareBytes(a, a_len, b, b_len);
}

/* As much of it as a bound holds. */
static size_t
CutLength(BoundOrder order, const char *data, size_t len)
{
	size_t		cut = Min(len, BOUND_BYTES);

	while (order == ORDER_TEXT && cut > 0 && cut < len && IS_HIGHBIT_SET(data[cut]) &&
		   ((uint8) data[cut] & 0xC0) == 0x80)
		cut--;
	return cut;
}

static int
Utf8Length(pg_wchar c)
{
	return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

/* A text that is higher than all that begin with these characters. */
static bool
RaiseText(Bound *bound)
{
	while (bound->len > 0)
	{
		int			start = bound->len - 1;
		pg_wchar	c;

		while (start > 0 && ((uint8) bound->data[start] & 0xC0) == 0x80)
			start--;
		c = utf8_to_unicode((unsigned char *) bound->data + start);
		bound->len = start;
		if (c >= LAST_CODE_POINT)
			continue;
		c = c == BEFORE_SURROGATES ? BEHIND_SURROGATES : c + 1;
		if (start + Utf8Length(c) > BOUND_BYTES)
			continue;
		unicode_to_utf8(c, (unsigned char *) bound->data + start);
		bound->len += Utf8Length(c);
		return true;
	}
	return false;
}

static bool
RaiseBytes(Bound *bound)
{
	for (; bound->len > 0; bound->len--)
	{
		uint8		last = (uint8) bound->data[bound->len - 1];

		if (last == 0xFF)
			continue;
		bound->data[bound->len - 1] = (char) (last + 1);
		return true;
	}
	return false;
}

static void
SetCut(BoundOrder order, Bound *bound, const char *data, size_t len)
{
	bound->len = (int) CutLength(order, data, len);
	bound->is_exact = bound->len == len;
	memcpy(bound->data, data, bound->len);
}

static bool
Raise(BoundOrder order, Bound *bound)
{
	return order == ORDER_TEXT ? RaiseText(bound) : RaiseBytes(bound);
}

static const char *
NextValue(const char **at, int width, size_t *len)
{
	const char *value = *at;
	uint32		prefix;

	*len = width;
	if (width == 0)
	{
		memcpy(&prefix, value, sizeof(prefix));
		*len = prefix;
		value += sizeof(prefix);
	}
	*at = value + *len;
	return value;
}

static void
BoundsOfBytes(BoundOrder order, int width, const char *values, size_t n, Bounds *bounds)
{
	const char *min = NULL;
	const char *max = NULL;
	size_t		min_len = 0;
	size_t		max_len = 0;

	for (size_t i = 0; i < n; i++)
	{
		size_t		len;
		const char *value = NextValue(&values, width, &len);

		if (min == NULL || CompareValues(order, value, len, min, min_len) < 0)
		{
			min = value;
			min_len = len;
		}
		if (max == NULL || CompareValues(order, value, len, max, max_len) > 0)
		{
			max = value;
			max_len = len;
		}
	}
	SetCut(order, &bounds->min, min, min_len);
	SetCut(order, &bounds->max, max, max_len);
	bounds->are_known = bounds->max.is_exact || Raise(order, &bounds->max);
}

/* ---- all ---- */

void
BoundsOf(BoundOrder order, int width, const char *values, size_t n, Bounds *bounds)
{
	bounds->are_known = false;
	switch (order)
	{
		case ORDER_BOOL:
			BoundsOfBools(values, n, bounds);
			break;
		case ORDER_INT32:
			BoundsOfInt32s(values, n, bounds);
			break;
		case ORDER_INT64:
			BoundsOfInt64s(values, n, bounds);
			break;
		case ORDER_FLOAT:
			BoundsOfFloats(values, n, bounds);
			break;
		case ORDER_DOUBLE:
			BoundsOfDoubles(values, n, bounds);
			break;
		default:
			BoundsOfBytes(order, width, values, n, bounds);
			break;
	}
}

#define COMPARE_AS(type) \
	do { \
		type		x; \
		type		y; \
\
		memcpy(&x, a->data, sizeof(type)); \
		memcpy(&y, b->data, sizeof(type)); \
		return x < y ? -1 : x > y; \
	} while (0)

int
BoundCompare(BoundOrder order, const Bound *a, const Bound *b)
{
	switch (order)
	{
		case ORDER_BOOL:
			COMPARE_AS(uint8);
		case ORDER_INT32:
			COMPARE_AS(int32);
		case ORDER_INT64:
			COMPARE_AS(int64);
		case ORDER_FLOAT:
			COMPARE_AS(float);
		case ORDER_DOUBLE:
			COMPARE_AS(double);
		default:
			return CompareValues(order, a->data, a->len, b->data, b->len);
	}
}

void
BoundsUnite(BoundOrder order, Bounds *bounds, const Bounds *more)
{
	int			low;
	int			high;

	bounds->are_known &= more->are_known;
	if (!bounds->are_known)
		return;
	low = BoundCompare(order, &more->min, &bounds->min);
	high = BoundCompare(order, &more->max, &bounds->max);
	if (low < 0 || (low == 0 && more->min.is_exact))
		bounds->min = more->min;
	if (high > 0 || (high == 0 && more->max.is_exact))
		bounds->max = more->max;
}

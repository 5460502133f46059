/*
 * parquet_cell.c
 *	  Values of a Parquet column as those of a column of the table.
 */
#include "base/compat.h"

#include "decode/parquet_private.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "decode/parquet_value.h"
#include "mb/pg_wchar.h"
#include "parquet/parquet_read_number.h"
#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

typedef enum CellState
{
	CELL_UNKNOWN,
	CELL_CONVERTED,
	CELL_IS_NULL,
	CELL_SLOW
} CellState;

#define EPOCH_DAYS (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)
#define EPOCH_USECS ((int64) EPOCH_DAYS * USECS_PER_DAY)

/* ---- values ---- */

/* False: it is larger than an int64. */
static inline bool
IntegerAt(const ParquetNode *leaf, const ParquetArray *array, int i, int64 *value)
{
	if (array->width == 8)
		*value = Int64At(array, i);
	else if (leaf->meaning == PARQUET_MEANS_UNSIGNED)
		*value = (uint32) Int32At(array, i);
	else
		*value = Int32At(array, i);
	return array->width == 4 || leaf->meaning != PARQUET_MEANS_UNSIGNED || *value >= 0;
}

float4
ParquetHalf(const char *bytes)
{
	uint32		half = (uint8) bytes[0] | (uint32) (uint8) bytes[1] << 8;
	uint32		sign = (half & 0x8000) << 16;
	uint32		exponent = (half >> 10) & 0x1F;
	uint32		fraction = half & 0x3FF;
	uint32		bits;
	float4		value;

	if (exponent == 0)
	{
		value = (float4) fraction / (1 << 24);
		return sign != 0 ? -value : value;
	}
	bits = sign | (exponent == 0x1F ? 0xFF : exponent + 112) << 23 | fraction << 13;
	memcpy(&value, &bits, 4);
	return value;
}

double
ParquetFloatAt(const ParquetNode *leaf, const ParquetArray *array, int i)
{
	const char *at = array->fixed + (size_t) i * array->width;
	double		wide;
	float4		narrow;

	if (leaf->meaning == PARQUET_MEANS_HALF)
		return ParquetHalf(at);
	if (leaf->meaning == PARQUET_MEANS_FLOAT)
	{
		memcpy(&narrow, at, 4);
		return narrow;
	}
	memcpy(&wide, at, 8);
	return wide;
}

static bool
Float4Datum(double wide, Datum *value)
{
	float4		narrow = (float4) wide;

	*value = Float4GetDatum(narrow);
	return narrow == wide || isnan(wide);
}

/* Of at most 8 bytes, the highest first. */
static bool
ShortDecimal(const ParquetArray *array, int i, int64 *value)
{
	ParquetBytes bytes = BytesAt(array, i);
	int			skip = 0;

	/* bytes of the sign */
	while (bytes.len - skip > 8 && (bytes.data[skip] == 0 || bytes.data[skip] == -1) &&
		   bytes.data[skip] == bytes.data[0] && (bytes.data[skip] < 0) == (bytes.data[skip + 1] < 0))
		skip++;
	if (bytes.len - skip > 8 || bytes.len == 0)
		return false;
	*value = bytes.data[skip] < 0 ? -1 : 0;
	for (; skip < bytes.len; skip++)
		*value = (int64) ((uint64) *value << 8 | (uint8) bytes.data[skip]);
	return true;
}

static bool
DecimalDatum(const ParquetField *f, const ParquetArray *array, int i, Datum *value)
{
	static const int64 limits[] = {
		1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
		INT64CONST(10000000000), INT64CONST(100000000000), INT64CONST(1000000000000),
		INT64CONST(10000000000000), INT64CONST(100000000000000), INT64CONST(1000000000000000),
		INT64CONST(10000000000000000), INT64CONST(100000000000000000),
		INT64CONST(1000000000000000000)
	};
	int64		unscaled;

	if (f->node->type == PARQUET_INT32 || f->node->type == PARQUET_INT64)
		unscaled = WholeAt(array, i);
	else if (!ShortDecimal(array, i, &unscaled))
		return false;
	if (unscaled <= -limits[f->node->precision] || unscaled >= limits[f->node->precision])
		return false;
	*value = NumericGetDatum(int64_div_fast_to_numeric(unscaled, f->node->scale));
	return true;
}

static inline bool
DateDatum(int32 days, Datum *value)
{
	int64		date = (int64) days - EPOCH_DAYS;

	*value = DateADTGetDatum((DateADT) date);
	return date >= (int64) DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE &&
		date < (int64) DATE_END_JULIAN - POSTGRES_EPOCH_JDATE;
}

/* Microseconds; false when it would have to be rounded or is too large. */
static inline bool
Microseconds(const ParquetNode *leaf, int64 v, int64 *usecs)
{
	switch (leaf->unit)
	{
		case PARQUET_MILLIS:
			return !pg_mul_s64_overflow(v, 1000, usecs);
		case PARQUET_MICROS:
			*usecs = v;
			return true;
		case PARQUET_NANOS:
			*usecs = v / 1000;
			return v % 1000 == 0;
	}
	return false;
}

/* Microseconds since 1970 as those since 2000. */
static inline bool
TimestampOf(int64 usecs, Timestamp *ts)
{
	return !pg_sub_s64_overflow(usecs, EPOCH_USECS, ts) && IS_VALID_TIMESTAMP(*ts);
}

static bool
InstantDatum(const ParquetField *f, int64 ticks, Datum *value)
{
	int64		usecs;
	Timestamp	ts;

	return Microseconds(f->node, ticks, &usecs) && TimestampOf(usecs, &ts) &&
		InstantToColumn(&f->converter, ts, value);
}

static bool
LocalDatum(const ParquetField *f, int64 ticks, Datum *value)
{
	int64		usecs;
	Timestamp	ts;

	if (!Microseconds(f->node, ticks, &usecs) || !TimestampOf(usecs, &ts))
		return false;
	*value = TimestampGetDatum(ts);
	return true;
}

bool
ParquetInt96(const char *bytes, int64 *days, int64 *nanos)
{
	memcpy(nanos, bytes, 8);
	*days = (int64) (int32) Little32(bytes + 8) - PARQUET_JULIAN_EPOCH;
	return *nanos >= 0 && *nanos < USECS_PER_DAY * 1000;
}

static bool
Int96Datum(const ParquetField *f, const ParquetArray *array, int i, Datum *value)
{
	int64		days;
	int64		nanos;
	int64		usecs;
	Timestamp	ts;

	if (!ParquetInt96(array->fixed + (size_t) i * 12, &days, &nanos) || nanos % 1000 != 0)
		return false;
	return !pg_mul_s64_overflow(days, USECS_PER_DAY, &usecs) &&
		!pg_add_s64_overflow(usecs, nanos / 1000, &usecs) && TimestampOf(usecs, &ts) &&
		InstantToColumn(&f->converter, ts, value);
}

static bool
TimeDatum(const ParquetField *f, int64 ticks, Datum *value)
{
	int64		usecs;

	if (!Microseconds(f->node, ticks, &usecs) || usecs < 0 || usecs >= USECS_PER_DAY)
		return false;
	*value = TimeADTGetDatum(usecs);
	return true;
}

void
ParquetIntervalAt(const ParquetArray *array, int i, uint32 parts[3])
{
	const char *bytes = array->fixed + (size_t) i * 12;

	for (int k = 0; k < 3; k++)
		parts[k] = Little32(bytes + 4 * k);
}

static bool
IntervalDatum(RowBatch *batch, const ParquetArray *array, int i, Datum *value)
{
	Interval   *interval = BatchAlloc(batch, sizeof(Interval));
	uint32		parts[3];

	ParquetIntervalAt(array, i, parts);
	interval->month = (int32) parts[0];
	interval->day = (int32) parts[1];
	interval->time = (int64) parts[2] * 1000;
	*value = IntervalPGetDatum(interval);
	return parts[0] <= PG_INT32_MAX && parts[1] <= PG_INT32_MAX;
}

static bool
ByteaDatum(RowBatch *batch, ParquetBytes bytes, Datum *value)
{
	bytea	   *copy = BatchAlloc(batch, VARHDRSZ + bytes.len);

	SET_VARSIZE(copy, VARHDRSZ + bytes.len);
	memcpy(VARDATA(copy), bytes.data, bytes.len);
	*value = PointerGetDatum(copy);
	return true;
}

static bool
UuidDatum(RowBatch *batch, const char *bytes, Datum *value)
{
	pg_uuid_t  *uuid = BatchAlloc(batch, sizeof(pg_uuid_t));

	memcpy(uuid->data, bytes, UUID_LEN);
	*value = UUIDPGetDatum(uuid);
	return true;
}

bool
ParquetIsText(const char *s, size_t len)
{
	return pg_encoding_verifymbstr(PG_UTF8, s, len) == len;
}

static bool
StringDatum(const ParquetField *f, RowBatch *batch, ParquetBytes bytes, Datum *value)
{
	return f->converter.spelling == NULL && !f->converter.takes_json &&
		ParquetIsText(bytes.data, bytes.len) &&
		ConvertFast(&f->converter, batch, bytes.data, bytes.len, value);
}

bool
ParquetCellDatum(const ParquetField *f, RowBatch *batch, const ParquetArray *array, int i, Datum *value)
{
	int64		whole;

	switch (f->cell)
	{
		case PARQUET_CELL_TEXT:
			return false;
		case PARQUET_CELL_STRING:
			return StringDatum(f, batch, BytesAt(array, i), value);
		case PARQUET_CELL_BOOL:
			*value = BoolGetDatum(array->fixed[i] != 0);
			return true;
		case PARQUET_CELL_INTEGER:
			return IntegerAt(f->node, array, i, &whole) && IntegerToColumn(&f->converter, whole, value);
		case PARQUET_CELL_INT4:
			*value = Int32GetDatum(Int32At(array, i));
			return true;
		case PARQUET_CELL_INT8:
			*value = Int64GetDatum(Int64At(array, i));
			return true;
		case PARQUET_CELL_FLOAT4:
			return Float4Datum(ParquetFloatAt(f->node, array, i), value);
		case PARQUET_CELL_FLOAT8:
		case PARQUET_CELL_DOUBLE:
			*value = Float8GetDatum(ParquetFloatAt(f->node, array, i));
			return true;
		case PARQUET_CELL_WHOLE_NUMERIC:
			if (!IntegerAt(f->node, array, i, &whole))
				return false;
			*value = NumericGetDatum(int64_to_numeric(whole));
			return true;
		case PARQUET_CELL_DECIMAL:
			return DecimalDatum(f, array, i, value);
		case PARQUET_CELL_DATE:
			return DateDatum(Int32At(array, i), value);
		case PARQUET_CELL_TIME:
			return TimeDatum(f, WholeAt(array, i), value);
		case PARQUET_CELL_INSTANT:
			return InstantDatum(f, Int64At(array, i), value);
		case PARQUET_CELL_LOCAL_TIME:
			return LocalDatum(f, Int64At(array, i), value);
		case PARQUET_CELL_INT96:
			return Int96Datum(f, array, i, value);
		case PARQUET_CELL_INTERVAL:
			return IntervalDatum(batch, array, i, value);
		case PARQUET_CELL_UUID:
			return UuidDatum(batch, array->fixed + (size_t) i * UUID_LEN, value);
		case PARQUET_CELL_BYTEA:
			return ByteaDatum(batch, BytesAt(array, i), value);
	}
	return false;
}

/* ---- vectors ---- */

int
ParquetValueOfRow(const ParquetReader *column, int row)
{
	uint8		most = column->leaf->def_level;
	int			value = 0;

	if (column->no_nulls)
		return row;
	if (column->def[row] != most)
		return -1;
	for (int i = 0; i < row; i++)
		value += column->def[i] == most;
	return value;
}

void
ParquetAddSlow(ParquetDecoder *d, int field, int row, int value)
{
	SlowCell   *cell;

	if (d->nslow == d->slow_room)
	{
		d->slow_room *= 2;
		d->slow_cells = repalloc(d->slow_cells, d->slow_room * sizeof(SlowCell));
	}
	cell = &d->slow_cells[d->nslow];
	cell->field = field;
	cell->value = value;
	cell->next = d->slow[row];
	d->slow[row] = d->nslow++;
}

/* Cells of a column of the batch are as far from each other as rows are wide. */
typedef struct CellPlace
{
	Datum	   *value;
	bool	   *isnull;
	int			natts;
} CellPlace;

static CellPlace
PlaceOf(const ParquetDecoder *d, const ParquetField *f)
{
	int			natts = d->batch->desc->natts;
	size_t		at = (size_t) d->base * natts + f->converter.attindex;

	return (CellPlace) {d->batch->values + at, d->batch->isnull + at, natts};
}

/* The commonest conversions, without nulls: each loop knows its own. */
#define PUT_ALL(conversion) \
	do { \
		for (int i = 0; i < d->n; i++, place.value += place.natts, place.isnull += place.natts) \
		{ \
			*place.value = (conversion); \
			*place.isnull = false; \
		} \
		return true; \
	} while (0)

static bool
PutPlain(ParquetDecoder *d, const ParquetField *f)
{
	const ParquetArray *array = &f->column->vector.values;
	CellPlace	place = PlaceOf(d, f);
	double		wide;

	switch (f->cell)
	{
		case PARQUET_CELL_INT4:
			PUT_ALL(Int32GetDatum(Int32At(array, i)));
		case PARQUET_CELL_INT8:
			PUT_ALL(Int64GetDatum(Int64At(array, i)));
		case PARQUET_CELL_DOUBLE:
			PUT_ALL((memcpy(&wide, array->fixed + (size_t) i * 8, 8), Float8GetDatum(wide)));
		default:
			return false;
	}
}

static void
PrepareCache(ParquetCache *cache, const ParquetDictionary *dictionary, MemoryContext cxt)
{
	int			n = dictionary->values.n;

	if (cache->serial == dictionary->serial)
		return;
	cache->serial = dictionary->serial;
	if (n > cache->room)
	{
		if (cache->room > 0)
		{
			pfree(cache->state);
			pfree(cache->values);
		}
		cache->room = n;
		cache->state = MemoryContextAlloc(cxt, n);
		cache->values = MemoryContextAllocHuge(cxt, n * sizeof(Datum));
	}
	memset(cache->state, CELL_UNKNOWN, n);
}

/* A value of the dictionary, which is converted once. */
static inline CellState
CachedDatum(ParquetDecoder *d, ParquetField *f, uint32 index, Datum *value)
{
	ParquetCache *cache = &f->cache;

	if (unlikely(cache->state[index] == CELL_UNKNOWN))
	{
		const ParquetArray *array = &f->column->vector.dictionary->values;
		MemoryContext old = MemoryContextSwitchTo(d->keeper->cxt);

		cache->state[index] = ParquetCellDatum(f, d->keeper, array, index, &cache->values[index]) ?
			CELL_CONVERTED : CELL_SLOW;
		MemoryContextSwitchTo(old);
	}
	*value = cache->values[index];
	return cache->state[index];
}

/* The value k of the vector, for a row. */
static inline void
PutCell(ParquetDecoder *d, int field, int row, int k, CellPlace *place)
{
	ParquetField *f = &d->fields[field];
	const ParquetVector *vector = &f->column->vector;
	bool		done;

	if (vector->indexes != NULL)
		done = CachedDatum(d, f, vector->indexes[k], place->value) == CELL_CONVERTED;
	else
		done = ParquetCellDatum(f, d->batch, &vector->values, k, place->value);
	*place->isnull = !done;
	if (unlikely(!done))
		ParquetAddSlow(d, field, row, k);
}

void
ParquetPutVector(ParquetDecoder *d, int field)
{
	ParquetField *f = &d->fields[field];
	const ParquetReader *column = f->column;
	CellPlace	place = PlaceOf(d, f);
	uint8		most = column->leaf->def_level;
	int			k = 0;

	if (column->vector.indexes != NULL)
		PrepareCache(&f->cache, column->vector.dictionary, d->page_cxt);
	else if (column->no_nulls && PutPlain(d, f))
		return;
	for (int i = 0; i < d->n; i++, place.value += place.natts, place.isnull += place.natts)
	{
		if (column->no_nulls || column->def[i] == most)
			PutCell(d, field, i, k++, &place);
		else
			*place.isnull = true;
	}
}

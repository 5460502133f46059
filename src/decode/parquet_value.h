/*
 * parquet_value.h
 *	  Single values of a vector of a Parquet column.
 */
#ifndef ELT_DECODE_PARQUET_VALUE_H
#define ELT_DECODE_PARQUET_VALUE_H

#include "postgres.h"
#include "parquet/parquet_read_column.h"

static inline int32
Int32At(const ParquetArray *array, int i)
{
	int32		value;

	memcpy(&value, array->fixed + (size_t) i * 4, 4);
	return value;
}

static inline int64
Int64At(const ParquetArray *array, int i)
{
	int64		value;

	memcpy(&value, array->fixed + (size_t) i * 8, 8);
	return value;
}

/* Of a leaf that has numbers of either size. */
static inline int64
WholeAt(const ParquetArray *array, int i)
{
	return array->width == 8 ? Int64At(array, i) : Int32At(array, i);
}

static inline ParquetBytes
BytesAt(const ParquetArray *array, int i)
{
	if (array->width == 0)
		return array->bytes[i];
	return (ParquetBytes) {array->fixed + (size_t) i * array->width, array->width};
}

/* Where the values of the vector are, and at which place this one of them. */
static inline const ParquetArray *
ArrayOf(const ParquetReader *column, int *value)
{
	const ParquetVector *vector = &column->vector;

	if (vector->indexes == NULL)
		return &vector->values;
	*value = vector->indexes[*value];
	return &vector->dictionary->values;
}

#endif

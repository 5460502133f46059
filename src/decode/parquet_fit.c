/*
 * parquet_fit.c
 *	  Which types of Parquet fit which types of PostgreSQL.
 *
 * Where one has all values of the other, or the other way around, values are converted directly. All others,
 * and those that do not fit, take the way that text takes.
 */
#include "base/compat.h"

#include "decode/parquet_private.h"

#include "catalog/pg_type.h"
#include "utils/timestamp.h"

#define MAX_FAST_DIGITS 18		/* of a decimal in an int64 */

static ParquetCell
IntegerCell(const ParquetNode *leaf, const Converter *c)
{
	bool		is_signed = leaf->meaning == PARQUET_MEANS_SIGNED;

	switch (c->kind)
	{
		case CONVERT_INT2:
			return PARQUET_CELL_INTEGER;
		case CONVERT_INT4:
			return is_signed && leaf->width == 4 ? PARQUET_CELL_INT4 : PARQUET_CELL_INTEGER;
		case CONVERT_INT8:
			return is_signed && leaf->width == 8 ? PARQUET_CELL_INT8 : PARQUET_CELL_INTEGER;
		case CONVERT_NUMERIC:
			return c->typmod < 0 ? PARQUET_CELL_WHOLE_NUMERIC : PARQUET_CELL_TEXT;
		default:
			return PARQUET_CELL_TEXT;
	}
}

static ParquetCell
FloatCell(const ParquetNode *leaf, const Converter *c)
{
	if (c->kind == CONVERT_FLOAT8)
		return leaf->meaning == PARQUET_MEANS_DOUBLE ? PARQUET_CELL_DOUBLE : PARQUET_CELL_FLOAT8;
	return c->kind == CONVERT_FLOAT4 ? PARQUET_CELL_FLOAT4 : PARQUET_CELL_TEXT;
}

/* numeric(p,s), as its typmod has it. */
static bool
FitsNumeric(const ParquetNode *leaf, int32 typmod)
{
	int			precision = ((typmod - VARHDRSZ) >> 16) & 0xFFFF;
	int			scale = (((typmod - VARHDRSZ) & 0x7FF) ^ 1024) - 1024;

	if (typmod < VARHDRSZ)
		return true;
	return leaf->scale == scale && leaf->precision <= precision;
}

static ParquetCell
DecimalCell(const ParquetNode *leaf, const Converter *c)
{
	return c->kind == CONVERT_NUMERIC && leaf->precision <= MAX_FAST_DIGITS &&
		FitsNumeric(leaf, c->typmod) ? PARQUET_CELL_DECIMAL : PARQUET_CELL_TEXT;
}

static ParquetCell
TimestampCell(const ParquetNode *leaf, const Converter *c)
{
	bool		is_int96 = leaf->meaning == PARQUET_MEANS_INT96;

	if (c->kind == CONVERT_TIMESTAMPTZ && (is_int96 || leaf->is_utc))
		return is_int96 ? PARQUET_CELL_INT96 : PARQUET_CELL_INSTANT;
	if (c->kind != CONVERT_TIMESTAMP)
		return PARQUET_CELL_TEXT;
	if (is_int96)
		return PARQUET_CELL_INT96;
	if (leaf->is_utc)
		return PARQUET_CELL_INSTANT;
	return c->typmod < 0 || c->typmod >= MAX_TIMESTAMP_PRECISION ?
		PARQUET_CELL_LOCAL_TIME : PARQUET_CELL_TEXT;
}

static ParquetCell
CellOf(const ParquetNode *leaf, const Converter *c)
{
	switch (leaf->meaning)
	{
		case PARQUET_MEANS_BOOL:
			return c->kind == CONVERT_BOOL ? PARQUET_CELL_BOOL : PARQUET_CELL_TEXT;
		case PARQUET_MEANS_SIGNED:
		case PARQUET_MEANS_UNSIGNED:
			return IntegerCell(leaf, c);
		case PARQUET_MEANS_HALF:
		case PARQUET_MEANS_FLOAT:
		case PARQUET_MEANS_DOUBLE:
			return FloatCell(leaf, c);
		case PARQUET_MEANS_DECIMAL:
			return DecimalCell(leaf, c);
		case PARQUET_MEANS_DATE:
			return c->kind == CONVERT_DATE ? PARQUET_CELL_DATE : PARQUET_CELL_TEXT;
		case PARQUET_MEANS_TIME:
			return c->type == TIMEOID && c->typmod < 0 ? PARQUET_CELL_TIME : PARQUET_CELL_TEXT;
		case PARQUET_MEANS_TIMESTAMP:
		case PARQUET_MEANS_INT96:
			return TimestampCell(leaf, c);
		case PARQUET_MEANS_INTERVAL:
			return c->type == INTERVALOID && c->typmod < 0 ? PARQUET_CELL_INTERVAL : PARQUET_CELL_TEXT;
		case PARQUET_MEANS_UUID:
			return c->kind == CONVERT_UUID ? PARQUET_CELL_UUID : PARQUET_CELL_TEXT;
		case PARQUET_MEANS_BYTES:
			return c->type == BYTEAOID ? PARQUET_CELL_BYTEA : PARQUET_CELL_STRING;
		case PARQUET_MEANS_TEXT:
		case PARQUET_MEANS_JSON:
			return PARQUET_CELL_STRING;
		case PARQUET_MEANS_NOTHING:
			return PARQUET_CELL_TEXT;
	}
	return PARQUET_CELL_TEXT;
}

ParquetCell
ParquetCellOf(const ParquetNode *leaf, const Converter *c)
{
	ParquetCell cell = CellOf(leaf, c);

	/* what the column's options say is said of texts */
	if (cell != PARQUET_CELL_STRING && (c->spelling != NULL || c->format != DECODE_DEFAULT))
		return PARQUET_CELL_TEXT;
	return cell;
}

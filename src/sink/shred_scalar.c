/*
 * shred_scalar.c
 *	  Single values of PostgreSQL as values of Parquet.
 *
 * A type that Parquet does not know is written as its text.
 */
#include "base/compat.h"
#include "sink/shred.h"

#include "base/type_text.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "sink/decimal.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Parquet counts days and times from 1970, PostgreSQL from 2000. */
#define EPOCH_DAYS (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)
#define EPOCH_MICROS (EPOCH_DAYS * USECS_PER_DAY)

/* 0001-01-01 */
#define FIRST_DATE (1721426 - POSTGRES_EPOCH_JDATE)

/* Of numeric without precision, when what does not fit may become null. */
#define LENIENT_PRECISION 38
#define LENIENT_SCALE 18

/* ---- numbers and times ---- */

static bool
PutBool(ShredNode *node, Datum value, int rep, int def)
{
	char		byte = DatumGetBool(value);

	ParquetPut(node->leaves[0], rep, def, &byte, sizeof(byte));
	return true;
}

static bool
Put32(ShredNode *node, int32 number, int rep, int def)
{
	ParquetPut(node->leaves[0], rep, def, (const char *) &number, sizeof(number));
	return true;
}

static bool
Put64(ShredNode *node, int64 number, int rep, int def)
{
	ParquetPut(node->leaves[0], rep, def, (const char *) &number, sizeof(number));
	return true;
}

static bool
PutInt2(ShredNode *node, Datum value, int rep, int def)
{
	return Put32(node, DatumGetInt16(value), rep, def);
}

static bool
PutInt4(ShredNode *node, Datum value, int rep, int def)
{
	return Put32(node, DatumGetInt32(value), rep, def);
}

static bool
PutInt8(ShredNode *node, Datum value, int rep, int def)
{
	return Put64(node, DatumGetInt64(value), rep, def);
}

static bool
PutOid(ShredNode *node, Datum value, int rep, int def)
{
	return Put64(node, DatumGetObjectId(value), rep, def);
}

static bool
PutFloat4(ShredNode *node, Datum value, int rep, int def)
{
	float4		number = DatumGetFloat4(value);

	ParquetPut(node->leaves[0], rep, def, (const char *) &number, sizeof(number));
	return true;
}

static bool
PutFloat8(ShredNode *node, Datum value, int rep, int def)
{
	float8		number = DatumGetFloat8(value);

	ParquetPut(node->leaves[0], rep, def, (const char *) &number, sizeof(number));
	return true;
}

static bool
PutDate(ShredNode *node, Datum value, int rep, int def)
{
	DateADT		date = DatumGetDateADT(value);

	if (DATE_NOT_FINITE(date) || date < FIRST_DATE)
		return false;
	return Put32(node, date + EPOCH_DAYS, rep, def);
}

static bool
PutTimestamp(ShredNode *node, Datum value, int rep, int def)
{
	Timestamp	time = DatumGetTimestamp(value);

	if (TIMESTAMP_NOT_FINITE(time) || time < FIRST_DATE * USECS_PER_DAY ||
		time > PG_INT64_MAX - EPOCH_MICROS)
		return false;
	return Put64(node, time + EPOCH_MICROS, rep, def);
}

static bool
PutTime(ShredNode *node, Datum value, int rep, int def)
{
	TimeADT		time = DatumGetTimeADT(value);

	return time < USECS_PER_DAY && Put64(node, time, rep, def);
}

static bool
PutNumeric(ShredNode *node, Datum value, int rep, int def)
{
	const WrittenField *field = node->field;
	Unscaled	unscaled;
	char		bytes[16];

	if (!NumericUnscaled(DatumGetNumeric(value), field->precision, field->scale, &unscaled))
		return false;
	if (field->type == PARQUET_INT32)
		return Put32(node, (int32) unscaled, rep, def);
	if (field->type == PARQUET_INT64)
		return Put64(node, (int64) unscaled, rep, def);
	for (int i = field->length - 1; i >= 0; i--, unscaled >>= 8)
		bytes[i] = (char) unscaled;
	ParquetPut(node->leaves[0], rep, def, bytes, field->length);
	return true;
}

/* ---- text and bytes ---- */

static bool
PutBytes(ShredNode *node, Datum value, int rep, int def)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);

	ParquetPut(node->leaves[0], rep, def, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	return true;
}

static bool
PutUuid(ShredNode *node, Datum value, int rep, int def)
{
	ParquetPut(node->leaves[0], rep, def, (const char *) DatumGetUUIDP(value)->data, UUID_LEN);
	return true;
}

/* Text of Parquet is UTF-8. */
static bool
PutUtf8(ShredNode *node, const char *text, size_t len, int rep, int def)
{
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
	{
		if (!pg_verify_mbstr(PG_UTF8, text, (int) len, true))
			return false;
	}
	else if (GetDatabaseEncoding() != PG_UTF8)
	{
		char	   *converted = pg_server_to_any(text, (int) len, PG_UTF8);

		len = converted == text ? len : strlen(converted);
		text = converted;
	}
	ParquetPut(node->leaves[0], rep, def, text, len);
	return true;
}

static bool
PutText(ShredNode *node, Datum value, int rep, int def)
{
	text	   *data = DatumGetTextPP(value);

	return PutUtf8(node, VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data), rep, def);
}

static bool
PutJsonb(ShredNode *node, Datum value, int rep, int def)
{
	Jsonb	   *jsonb = DatumGetJsonbP(value);
	char	   *text = JsonbToCString(NULL, &jsonb->root, VARSIZE(jsonb));

	return PutUtf8(node, text, strlen(text), rep, def);
}

static bool
PutOutput(ShredNode *node, Datum value, int rep, int def)
{
	char	   *text = OutputFunctionCall(&node->output, value);

	return PutUtf8(node, text, strlen(text), rep, def);
}

/* ---- types ---- */

typedef struct ScalarType
{
	Oid			type;
	ShredPut	put;
	ParquetType physical;
	ParquetConverted converted;
	ParquetLogical logical;
	int			bits;			/* of an integer; bytes of a value of fixed length */
	bool		is_utc;
	const char *problem;
} ScalarType;

#define TIME_PROBLEM "Parquet has no infinite times, and readers know none before Christ."

static const ScalarType scalar_types[] = {
	{BOOLOID, PutBool, PARQUET_BOOLEAN, PARQUET_NOT_CONVERTED},
	{INT2OID, PutInt2, PARQUET_INT32, PARQUET_CONVERTED_INT_16, PARQUET_LOGICAL_INTEGER, 16},
	{INT4OID, PutInt4, PARQUET_INT32, PARQUET_NOT_CONVERTED},
	{INT8OID, PutInt8, PARQUET_INT64, PARQUET_NOT_CONVERTED},
	{OIDOID, PutOid, PARQUET_INT64, PARQUET_NOT_CONVERTED},
	{FLOAT4OID, PutFloat4, PARQUET_FLOAT, PARQUET_NOT_CONVERTED},
	{FLOAT8OID, PutFloat8, PARQUET_DOUBLE, PARQUET_NOT_CONVERTED},
	{DATEOID, PutDate, PARQUET_INT32, PARQUET_CONVERTED_DATE, PARQUET_LOGICAL_DATE,
	.problem = TIME_PROBLEM},
	{TIMESTAMPOID, PutTimestamp, PARQUET_INT64, PARQUET_NOT_CONVERTED,
	PARQUET_LOGICAL_TIMESTAMP, .problem = TIME_PROBLEM},
	{TIMESTAMPTZOID, PutTimestamp, PARQUET_INT64, PARQUET_CONVERTED_TIMESTAMP_MICROS,
	PARQUET_LOGICAL_TIMESTAMP, .is_utc = true, .problem = TIME_PROBLEM},
	{TIMEOID, PutTime, PARQUET_INT64, PARQUET_NOT_CONVERTED, PARQUET_LOGICAL_TIME,
	.problem = "Times of Parquet end before 24:00:00."},
	{TEXTOID, PutText, PARQUET_BYTE_ARRAY, PARQUET_CONVERTED_UTF8, PARQUET_LOGICAL_STRING},
	{VARCHAROID, PutText, PARQUET_BYTE_ARRAY, PARQUET_CONVERTED_UTF8, PARQUET_LOGICAL_STRING},
	{BPCHAROID, PutText, PARQUET_BYTE_ARRAY, PARQUET_CONVERTED_UTF8, PARQUET_LOGICAL_STRING},
	{JSONOID, PutText, PARQUET_BYTE_ARRAY, PARQUET_CONVERTED_JSON, PARQUET_LOGICAL_JSON},
	{JSONBOID, PutJsonb, PARQUET_BYTE_ARRAY, PARQUET_CONVERTED_JSON, PARQUET_LOGICAL_JSON},
	{BYTEAOID, PutBytes, PARQUET_BYTE_ARRAY, PARQUET_NOT_CONVERTED},
	{UUIDOID, PutUuid, PARQUET_FIXED_LEN_BYTE_ARRAY, PARQUET_NOT_CONVERTED,
	PARQUET_LOGICAL_UUID, UUID_LEN},
};

static const ScalarType enum_type = {
	InvalidOid, PutOutput, PARQUET_BYTE_ARRAY, PARQUET_CONVERTED_ENUM, PARQUET_LOGICAL_ENUM
};

static const ScalarType other_type = {
	InvalidOid, PutOutput, PARQUET_BYTE_ARRAY, PARQUET_CONVERTED_UTF8, PARQUET_LOGICAL_STRING
};

static const ScalarType *
ScalarTypeOf(Oid type)
{
	for (int i = 0; i < lengthof(scalar_types); i++)
		if (scalar_types[i].type == type)
			return &scalar_types[i];
	return get_typtype(type) == TYPTYPE_ENUM ? &enum_type : &other_type;
}

static void
RefusePrecision(const ShredNode *node, int precision)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("column \"%s\" of type %s cannot be written to Parquet", node->label,
					format_type_with_typemod(node->type, node->typmod)),
			 precision == 0 ?
			 errdetail("Decimals of Parquet have a precision and a scale.") :
			 errdetail("Decimals of Parquet have at most %d digits.", DECIMAL_MAX_PRECISION),
			 precision == 0 ?
			 errhint("Cast it in the query, such as to numeric(18,4), float8 or text, or set "
					 "on_unrepresentable to 'null', which writes numeric(%d,%d).",
					 LENIENT_PRECISION, LENIENT_SCALE) :
			 errhint("Cast it in the query, such as to numeric(18,4), float8 or text.")));
}

static void
SetDecimal(ShredNode *node, bool is_lenient)
{
	WrittenField *field = node->field;

	if (!NumericPrecision(node->typmod, &field->precision, &field->scale))
	{
		if (!is_lenient)
			RefusePrecision(node, 0);
		field->precision = LENIENT_PRECISION;
		field->scale = LENIENT_SCALE;
	}
	if (field->precision > DECIMAL_MAX_PRECISION)
		RefusePrecision(node, field->precision);
	field->converted = PARQUET_CONVERTED_DECIMAL;
	field->logical = PARQUET_LOGICAL_DECIMAL;
	field->type = field->precision <= 9 ? PARQUET_INT32 :
		field->precision <= 18 ? PARQUET_INT64 : PARQUET_FIXED_LEN_BYTE_ARRAY;
	field->length = DecimalBytes(field->precision);
	node->put = PutNumeric;
	node->problem = psprintf("The column is written as decimal(%d,%d), which has neither NaN nor "
							 "infinity.", field->precision, field->scale);
}

void
ShredSetScalar(ShredNode *node, bool is_lenient)
{
	const ScalarType *scalar = ScalarTypeOf(node->type);
	WrittenField *field = node->field;

	if (node->type == NUMERICOID)
	{
		SetDecimal(node, is_lenient);
		return;
	}
	if (get_typtype(node->type) == TYPTYPE_PSEUDO)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of pseudo-type %s cannot be written to Parquet",
						node->label, format_type_be(node->type)),
				 errhint("Cast it in the query to a type with known fields, or to text.")));
	field->type = scalar->physical;
	field->converted = scalar->converted;
	field->logical = scalar->logical;
	field->bits = scalar->bits;
	field->length = scalar->bits;
	field->is_utc = scalar->is_utc;
	node->put = scalar->put;
	node->problem = scalar->problem != NULL ? scalar->problem :
		"Text of Parquet is UTF-8.";
	if (scalar->put == PutOutput)
		OutputFunctionOf(node->type, &node->output);
}

/*
 * connect_column.c
 *	  What a column can take of values that Kafka Connect's JSON converter has written.
 */
#include "postgres.h"

#include "decode/connect_value.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#define MILLIS INT64CONST(1000000)
#define MICROS INT64CONST(1000)

static ConnectTarget
TargetOf(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return CONNECT_TO_NUMBER;
		case DATEOID:
			return CONNECT_TO_DATE;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return CONNECT_TO_TIMESTAMP;
		case TIMEOID:
		case TIMETZOID:
			return CONNECT_TO_TIME;
		case INTERVALOID:
			return CONNECT_TO_INTERVAL;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return CONNECT_TO_TEXT;
		case JSONOID:
		case JSONBOID:
			return CONNECT_TO_JSON;
		case BYTEAOID:
			return CONNECT_TO_BYTES;
		case BITOID:
		case VARBITOID:
			return CONNECT_TO_BITS;
		case POINTOID:
			return CONNECT_TO_POINT;
		default:
			return CONNECT_TO_OTHER;
	}
}

/* The ticks that a format names; 0: it names none. */
static int64
TickOf(const DecodeColumn *given)
{
	static const struct
	{
		const char *name;
		int64		tick;
	}			known[] = {
		{"unix_us", MICROS}, {"unix_ns", 1}, {"microseconds", MICROS}, {"nanoseconds", 1}
	};

	if (given->format == DECODE_UNIX_MS || given->format == DECODE_MILLISECONDS)
		return MILLIS;
	for (int i = 0; given->format == DECODE_PATTERN && i < lengthof(known); i++)
		if (strcmp(given->pattern, known[i].name) == 0)
			return known[i].tick;
	return 0;
}

/* The scale of numeric(p, s). */
static int
ScaleOf(Form_pg_attribute att)
{
	if (att->atttypmod < (int32) VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("format 'base64' of column \"%s\" requires a type with a scale",
						NameStr(att->attname)),
				 errhint("Use the type of the source's column, such as numeric(10,2).")));
	/* as numeric_typmod_scale */
	return ((((att->atttypmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024);
}

static ConnectType
TypeOfTicks(ConnectTarget target, int64 tick)
{
	switch (target)
	{
		case CONNECT_TO_TIME:
			return (ConnectType) {CONNECT_TIME, tick};
		case CONNECT_TO_INTERVAL:
			return (ConnectType) {CONNECT_DURATION, tick};
		default:
			return (ConnectType) {CONNECT_TIMESTAMP, tick};
	}
}

/* What a format says, if it is one of those that schemas say too. */
static bool
TypeOfFormat(const ConnectColumn *column, Form_pg_attribute att, const DecodeColumn *given,
			 ConnectType *type)
{
	int64		tick = TickOf(given);

	if (tick != 0 && (column->target == CONNECT_TO_TIME || column->target == CONNECT_TO_INTERVAL ||
					  column->target == CONNECT_TO_TIMESTAMP || column->target == CONNECT_TO_DATE))
		*type = TypeOfTicks(column->target, tick);
	else if (given->format == DECODE_BASE64 && att->atttypid == NUMERICOID)
		*type = (ConnectType) {CONNECT_DECIMAL, .scale = ScaleOf(att)};
	else
		return false;
	return true;
}

ConnectColumn *
ConnectColumnCreate(Form_pg_attribute att, DecodeColumn *given)
{
	ConnectColumn *column = palloc0(sizeof(ConnectColumn));

	column->target = TargetOf(getBaseType(att->atttypid));
	if (column->target == CONNECT_TO_DATE)
		column->absent.kind = CONNECT_DATE;
	if (column->target == CONNECT_TO_INTERVAL)
		column->absent = (ConnectType) {CONNECT_DURATION, MICROS};
	if (given->format != DECODE_DEFAULT)
	{
		column->is_declared = true;
		column->absent = (ConnectType) {CONNECT_PLAIN};
		if (TypeOfFormat(column, att, given, &column->absent))
		{
			given->format = DECODE_DEFAULT;
			given->pattern = NULL;
		}
	}
	column->type = column->absent;
	return column;
}

/*
 * parquet_text.c
 *	  Values of a Parquet column as text, and as JSON.
 *
 * A text has all of the value, so that the type of the column decides what becomes of it.
 */
#include "base/compat.h"

#include "decode/parquet_private.h"

#include "common/shortest_dec.h"
#include "decode/decimal_text.h"
#include "decode/parquet_value.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#define NANOS_PER_SEC INT64CONST(1000000000)
#define NANOS_PER_DAY (SECS_PER_DAY * NANOS_PER_SEC)
#define MAX_DECIMAL 64			/* bytes of one that is shown as a number */
#define MAX_SHOWN_DAYS 1000000000	/* since 1970 */

/* ---- numbers ---- */

static void
AppendInteger(StringInfo out, const ParquetNode *leaf, int64 v)
{
	if (leaf->meaning != PARQUET_MEANS_UNSIGNED)
		appendStringInfo(out, INT64_FORMAT, v);
	else
		appendStringInfo(out, UINT64_FORMAT, leaf->width == 4 ? (uint64) (uint32) v : (uint64) v);
}

static void
AppendFloat(StringInfo out, const ParquetNode *leaf, double v)
{
	char		text[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (isnan(v))
		appendStringInfoString(out, "NaN");
	else if (isinf(v))
		appendStringInfoString(out, v < 0 ? "-Infinity" : "Infinity");
	else
	{
		if (leaf->meaning == PARQUET_MEANS_DOUBLE)
			double_to_shortest_decimal_buf(v, text);
		else
			float_to_shortest_decimal_buf((float4) v, text);
		appendStringInfoString(out, text);
	}
}

static void
AppendDecimal(StringInfo out, const ParquetNode *leaf, const ParquetArray *array, int i)
{
	uint8		bytes[MAX_DECIMAL];
	ParquetBytes value = BytesAt(array, i);

	if (leaf->type == PARQUET_INT32 || leaf->type == PARQUET_INT64)
	{
		uint64		whole = WholeAt(array, i);

		value.len = 8;
		for (int k = 0; k < 8; k++)
			bytes[k] = whole >> (56 - 8 * k);
	}
	else if (value.len == 0 || value.len > MAX_DECIMAL)
	{
		appendStringInfo(out, "decimal of %d bytes", value.len);
		return;
	}
	else
		memcpy(bytes, value.data, value.len);
	AppendDecimalBytes(out, bytes, value.len, leaf->scale);
}

/* ---- times ---- */

/* False: the calendar does not reach as far, and the number itself is appended. */
static bool
AppendDate(StringInfo out, int64 days)
{
	int			year;
	int			month;
	int			day;

	if (days < -UNIX_EPOCH_JDATE || days > MAX_SHOWN_DAYS)
	{
		appendStringInfo(out, INT64_FORMAT " days", days);
		return false;
	}
	j2date(days + UNIX_EPOCH_JDATE, &year, &month, &day);
	appendStringInfo(out, "%04d-%02d-%02d", year > 0 ? year : 1 - year, month, day);
	return true;
}

static bool
IsBeforeChrist(int64 days)
{
	return days < -719162;		/* 0001-01-01 */
}

static void
AppendClock(StringInfo out, int64 nanos)
{
	int64		seconds = nanos / NANOS_PER_SEC;
	int			fraction = nanos % NANOS_PER_SEC;
	int			digits = 9;

	appendStringInfo(out, "%02d:%02d:%02d", (int) (seconds / 3600), (int) (seconds / 60 % 60),
					 (int) (seconds % 60));
	if (fraction == 0)
		return;
	while (digits > 6 && fraction % 10 == 0)
	{
		fraction /= 10;
		digits--;
	}
	appendStringInfo(out, ".%0*d", digits, fraction);
}

static void
AppendTimestamp(StringInfo out, int64 days, int64 nanos, bool is_utc)
{
	if (!AppendDate(out, days))
		return;
	appendStringInfoChar(out, 'T');
	AppendClock(out, nanos);
	if (is_utc)
		appendStringInfoChar(out, 'Z');
	if (IsBeforeChrist(days))
		appendStringInfoString(out, " BC");
}

static int64
TicksPerDay(const ParquetNode *leaf)
{
	switch (leaf->unit)
	{
		case PARQUET_MILLIS:
			return NANOS_PER_DAY / 1000000;
		case PARQUET_MICROS:
			return NANOS_PER_DAY / 1000;
		default:
			return NANOS_PER_DAY;
	}
}

static void
AppendTicks(StringInfo out, const ParquetNode *leaf, int64 ticks)
{
	int64		per_day = TicksPerDay(leaf);
	int64		days = ticks / per_day - (ticks % per_day < 0);

	AppendTimestamp(out, days, (ticks - days * per_day) * (NANOS_PER_DAY / per_day), leaf->is_utc);
}

static void
AppendTime(StringInfo out, const ParquetNode *leaf, int64 ticks)
{
	int64		per_day = TicksPerDay(leaf);

	if (ticks >= 0 && ticks <= per_day)
		AppendClock(out, ticks * (NANOS_PER_DAY / per_day));
	else
		appendStringInfo(out, INT64_FORMAT " ticks", ticks);
}

static void
AppendInt96(StringInfo out, const char *bytes)
{
	int64		days;
	int64		nanos;

	if (ParquetInt96(bytes, &days, &nanos))
		AppendTimestamp(out, days, nanos, true);
	else
		appendStringInfo(out, INT64_FORMAT " days and " INT64_FORMAT " nanoseconds", days, nanos);
}

static void
AppendInterval(StringInfo out, const ParquetArray *array, int i)
{
	uint32		parts[3];

	ParquetIntervalAt(array, i, parts);
	appendStringInfo(out, "%u mons %u days %u.%03u secs", parts[0], parts[1], parts[2] / 1000,
					 parts[2] % 1000);
}

/* ---- bytes ---- */

static void
AppendHex(StringInfo out, ParquetBytes bytes)
{
	appendStringInfoString(out, "\\x");
	enlargeStringInfo(out, 2 * bytes.len);
	out->len += hex_encode(bytes.data, bytes.len, out->data + out->len);
	out->data[out->len] = '\0';
}

static void
AppendUuid(StringInfo out, const char *bytes)
{
	for (int i = 0; i < 16; i++)
		appendStringInfo(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
						 (uint8) bytes[i]);
}

/* ---- values ---- */

void
ParquetAppendText(StringInfo out, const ParquetNode *leaf, const ParquetArray *array, int i)
{
	switch (leaf->meaning)
	{
		case PARQUET_MEANS_BOOL:
			appendStringInfoString(out, array->fixed[i] != 0 ? "true" : "false");
			break;
		case PARQUET_MEANS_SIGNED:
		case PARQUET_MEANS_UNSIGNED:
			AppendInteger(out, leaf, WholeAt(array, i));
			break;
		case PARQUET_MEANS_HALF:
		case PARQUET_MEANS_FLOAT:
		case PARQUET_MEANS_DOUBLE:
			AppendFloat(out, leaf, ParquetFloatAt(leaf, array, i));
			break;
		case PARQUET_MEANS_DECIMAL:
			AppendDecimal(out, leaf, array, i);
			break;
		case PARQUET_MEANS_DATE:
			if (AppendDate(out, WholeAt(array, i)) && IsBeforeChrist(WholeAt(array, i)))
				appendStringInfoString(out, " BC");
			break;
		case PARQUET_MEANS_TIME:
			AppendTime(out, leaf, WholeAt(array, i));
			break;
		case PARQUET_MEANS_TIMESTAMP:
			AppendTicks(out, leaf, WholeAt(array, i));
			break;
		case PARQUET_MEANS_INT96:
			AppendInt96(out, array->fixed + (size_t) i * 12);
			break;
		case PARQUET_MEANS_INTERVAL:
			AppendInterval(out, array, i);
			break;
		case PARQUET_MEANS_UUID:
			AppendUuid(out, array->fixed + (size_t) i * 16);
			break;
		case PARQUET_MEANS_TEXT:
		case PARQUET_MEANS_JSON:
		case PARQUET_MEANS_BYTES:
			appendBinaryStringInfo(out, BytesAt(array, i).data, BytesAt(array, i).len);
			break;
		case PARQUET_MEANS_NOTHING:
			appendStringInfoString(out, "value of a column of nulls");
			break;
	}
}

void
ParquetAppendString(StringInfo out, const char *s, size_t len)
{
	appendStringInfoChar(out, '"');
	for (size_t i = 0; i < len; i++)
	{
		unsigned char ch = s[i];

		if (ch == '"' || ch == '\\')
			appendStringInfoChar(out, '\\');
		if (ch < ' ')
			appendStringInfo(out, "\\u%04x", ch);
		else
			appendStringInfoChar(out, ch);
	}
	appendStringInfoChar(out, '"');
}

static bool
IsBareJson(const ParquetNode *leaf, const ParquetArray *array, int i)
{
	switch (leaf->meaning)
	{
		case PARQUET_MEANS_BOOL:
		case PARQUET_MEANS_SIGNED:
		case PARQUET_MEANS_UNSIGNED:
			return true;
		case PARQUET_MEANS_HALF:
		case PARQUET_MEANS_FLOAT:
		case PARQUET_MEANS_DOUBLE:
			return isfinite(ParquetFloatAt(leaf, array, i));
		case PARQUET_MEANS_DECIMAL:
			return leaf->type == PARQUET_INT32 || leaf->type == PARQUET_INT64 ||
				(BytesAt(array, i).len > 0 && BytesAt(array, i).len <= MAX_DECIMAL);
		default:
			return false;
	}
}

void
ParquetAppendJson(StringInfo out, const ParquetNode *leaf, const ParquetArray *array, int i, bool plain)
{
	StringInfoData text;

	if (IsBareJson(leaf, array, i))
	{
		ParquetAppendText(out, leaf, array, i);
		return;
	}
	if (leaf->meaning == PARQUET_MEANS_TEXT || leaf->meaning == PARQUET_MEANS_JSON ||
		(leaf->meaning == PARQUET_MEANS_BYTES && plain))
	{
		ParquetAppendString(out, BytesAt(array, i).data, BytesAt(array, i).len);
		return;
	}
	initStringInfo(&text);
	if (leaf->meaning == PARQUET_MEANS_BYTES)
		AppendHex(&text, BytesAt(array, i));
	else
		ParquetAppendText(&text, leaf, array, i);
	ParquetAppendString(out, text.data, text.len);
	pfree(text.data);
}

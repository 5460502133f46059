/*
 * connect_value.c
 *	  Turn values that Kafka Connect's JSON converter has written into texts that types read.
 *
 * What a value means is told by its schema. Without one the type of the column decides, or its format.
 */
#include "postgres.h"

#include "decode/connect_value.h"

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "common/int.h"
#include "decode/connect_struct.h"
#include "decode/connect_time.h"
#include "decode/convert_number.h"
#include "decode/decimal_text.h"
#include "decode/event.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define MICROS INT64CONST(1000)

#define SHOWN 60				/* bytes of a value in a message */

/* ---- problems ---- */

/* As much of a value as a message shows. */
static char *
Shown(const JsonValue *value)
{
	int			len = pg_encoding_mbcliplen(PG_UTF8, value->text, (int) Min(value->len, PG_INT32_MAX),
											SHOWN);
	char	   *text = psprintf("%.*s%s", len, value->text, (size_t) len < value->len ? "..." : "");

	for (char *p = text; GetDatabaseEncoding() != PG_UTF8 && *p != '\0'; p++)
		if (IS_HIGHBIT_SET(*p))
			*p = '?';
	return text;
}

static bool
Refuse(Decoder *d, PathColumn *c, const JsonValue *value, const char *what)
{
	const ConnectType *type = &c->connect->type;
	const char *type_name = format_type_with_typemod(c->converter.type, c->converter.typmod);

	if (type->name != NULL)
		MarkProblem(d, c, psprintf("value %s of %s %s %s", Shown(value), type->name, what, type_name));
	else
		MarkProblem(d, c, psprintf("value %s %s %s", Shown(value), what, type_name));
	return false;
}

#define NOT_OF "cannot be stored in type"
#define OUT_OF_RANGE "is out of range of type"

/* ---- values ---- */

/* Its text is read as it is, whatever it was in JSON. */
static bool
Give(EventReader *e, JsonValue *plain)
{
	*plain = (JsonValue) {JSON_NUMBER, false, e->text.data, e->text.len};
	return true;
}

static bool
NumberOf(const JsonValue *value, int64 *number)
{
	return value->token == JSON_NUMBER &&
		(TextToInt64(value->text, value->len, number) ||
		 TextToWholeInt64(value->text, value->len, number));
}

/* Bytes of base64 into the reader's. */
static bool
Decode64(EventReader *e, const JsonValue *value)
{
	int			size;
	int			len;

	if (value->token != JSON_STRING || value->escaped || value->len > MaxAllocSize / 2)
		return false;
	size = pg_b64_dec_len((int) value->len - 2);
	resetStringInfo(&e->bytes);
	enlargeStringInfo(&e->bytes, size);
	len = pg_b64_decode(value->text + 1, (int) value->len - 2, (void *) e->bytes.data, size);
	e->bytes.len = Max(len, 0);
	return len >= 0;
}

/* No text is needed of what the column stores as it is. False: nothing was stored. */
static bool
Store(Decoder *d, const PathColumn *c, Oid type, Datum value)
{
	if (c->converter.type != type || c->converter.typmod >= 0)
		return false;
	RowBatchPut(d->batch, d->row, c->converter.attindex + 1, value);
	return true;
}

static bool
StoreDate(Decoder *d, const PathColumn *c, int64 days)
{
	int64		date = days - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE);

	return days >= PG_INT32_MIN && days <= PG_INT32_MAX && IS_VALID_DATE(date) &&
		Store(d, c, DATEOID, DateADTGetDatum((DateADT) date));
}

static bool
StoreTimestamp(Decoder *d, const PathColumn *c, int64 ticks, int64 tick)
{
	Timestamp	at;

	if (tick < MICROS || InstantIsInfinite(ticks) || pg_mul_s64_overflow(ticks, tick / MICROS, &at) ||
		pg_sub_s64_overflow(at, (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY, &at))
		return false;
	return IS_VALID_TIMESTAMP(at) && Store(d, c, TIMESTAMPOID, TimestampGetDatum(at));
}

static bool
TakesNumber(const ConnectColumn *column)
{
	return column->target == CONNECT_TO_NUMBER || column->target == CONNECT_TO_JSON;
}

static bool
TakesTime(const ConnectColumn *column)
{
	ConnectKind kind = column->type.kind;

	switch (column->target)
	{
		case CONNECT_TO_TEXT:
			return true;
		case CONNECT_TO_DATE:
		case CONNECT_TO_TIMESTAMP:
			return kind == CONNECT_DATE || kind == CONNECT_TIMESTAMP;
		case CONNECT_TO_TIME:
		case CONNECT_TO_INTERVAL:
			return kind == CONNECT_TIME || kind == CONNECT_DURATION;
		default:
			return false;
	}
}

static bool
ReadDate(Decoder *d, PathColumn *c, const JsonValue *value, int64 days, JsonValue *plain)
{
	EventReader *e = d->events;

	if (StoreDate(d, c, days))
		return false;
	if (!AppendDays(&e->text, days))
		return Refuse(d, c, value, OUT_OF_RANGE);
	return Give(e, plain);
}

static bool
ReadTimestamp(Decoder *d, PathColumn *c, const JsonValue *value, int64 ticks, JsonValue *plain)
{
	EventReader *e = d->events;
	ConnectTarget target = c->connect->target;
	int64		tick = c->connect->type.tick;

	if (StoreTimestamp(d, c, ticks, tick))
		return false;
	if (!AppendInstant(&e->text, ticks, tick))
		return Refuse(d, c, value, OUT_OF_RANGE);
	if (target != CONNECT_TO_TEXT && !TicksAreMicros(ticks, tick))
		return Refuse(d, c, value, "has digits beyond the microseconds of type");
	if (target == CONNECT_TO_DATE && strstr(e->text.data, "T00:00:00") == NULL)
		return Refuse(d, c, value, "has a time of day, unlike type");
	return Give(e, plain);
}

static bool
ReadTime(Decoder *d, PathColumn *c, const JsonValue *value, int64 ticks, JsonValue *plain)
{
	EventReader *e = d->events;
	ConnectTarget target = c->connect->target;
	int64		tick = c->connect->type.tick;

	if (target == CONNECT_TO_TIME && (ticks < 0 || ticks > SECS_PER_DAY * (INT64CONST(1000000000) / tick)))
		return Refuse(d, c, value, OUT_OF_RANGE);
	if (target != CONNECT_TO_TEXT && !TicksAreMicros(ticks, tick))
		return Refuse(d, c, value, "has digits beyond the microseconds of type");
	AppendClockTime(&e->text, ticks, tick);
	return Give(e, plain);
}

/* A number of days or ticks. */
static bool
ReadTicks(Decoder *d, PathColumn *c, const JsonValue *value, JsonValue *plain)
{
	int64		ticks;

	if (value->token != JSON_NUMBER || TakesNumber(c->connect))
		return true;
	if (!TakesTime(c->connect))
		return Refuse(d, c, value, NOT_OF);
	if (!NumberOf(value, &ticks))
		return Refuse(d, c, value, OUT_OF_RANGE);
	switch (c->connect->type.kind)
	{
		case CONNECT_DATE:
			return ReadDate(d, c, value, ticks, plain);
		case CONNECT_TIMESTAMP:
			return ReadTimestamp(d, c, value, ticks, plain);
		default:
			return ReadTime(d, c, value, ticks, plain);
	}
}

/* A year alone is no date. */
static bool
ReadYear(Decoder *d, PathColumn *c, const JsonValue *value)
{
	if (TakesNumber(c->connect) || c->connect->target == CONNECT_TO_TEXT)
		return true;
	return Refuse(d, c, value, NOT_OF);
}

/* An integer in base64 of which scale digits are a fraction; a negative scale adds zeros. */
static bool
AppendDecimal(EventReader *e, const JsonValue *value, int scale)
{
	if (!Decode64(e, value) || e->bytes.len == 0)
		return false;
	AppendDecimalBytes(&e->text, (uint8 *) e->bytes.data, e->bytes.len, Max(scale, 0));
	if (strcmp(e->text.data, "0") != 0)
		for (; scale < 0; scale++)
			appendStringInfoChar(&e->text, '0');
	return true;
}

static bool
TakesDecimal(const ConnectColumn *column)
{
	return column->target == CONNECT_TO_NUMBER || column->target == CONNECT_TO_TEXT ||
		column->target == CONNECT_TO_JSON || column->target == CONNECT_TO_OTHER;
}

static bool
ReadDecimal(Decoder *d, PathColumn *c, const JsonValue *value, JsonValue *plain)
{
	EventReader *e = d->events;

	if (value->token != JSON_STRING)
		return true;
	if (!TakesDecimal(c->connect))
		return Refuse(d, c, value, NOT_OF);
	if (!AppendDecimal(e, value, c->connect->type.scale))
		return Refuse(d, c, value, "is no number in base64 for type");
	return Give(e, plain);
}

/* As bytea is written; a text gets the base64 as it is. */
static bool
ReadBytes(Decoder *d, PathColumn *c, const JsonValue *value, JsonValue *plain)
{
	EventReader *e = d->events;
	ConnectTarget target = c->connect->target;
	bytea	   *bytes;
	int			len;

	if (target != CONNECT_TO_BYTES)
		return target == CONNECT_TO_TEXT || target == CONNECT_TO_JSON ? true : Refuse(d, c, value, NOT_OF);
	if (!Decode64(e, value))
		return Refuse(d, c, value, "is no base64 for type");
	len = e->bytes.len;
	if (c->converter.type != BYTEAOID)
	{
		/* a domain over it has its own checks */
		char	   *hex = psprintf("\\x%*s", 2 * len, "");

		hex_encode(e->bytes.data, len, hex + 2);
		*plain = (JsonValue) {JSON_NUMBER, false, hex, 2 * len + 2};
		return true;
	}
	bytes = BatchAlloc(d->batch, len + VARHDRSZ);
	SET_VARSIZE(bytes, len + VARHDRSZ);
	memcpy(VARDATA(bytes), e->bytes.data, len);
	RowBatchPut(d->batch, d->row, c->converter.attindex + 1, PointerGetDatum(bytes));
	return false;
}

/* How many bits a value has: as its schema says, or the column. */
static int
BitsOf(const PathColumn *c, int len)
{
	if (c->connect->type.length > 0)
		return c->connect->type.length;
	if (c->connect->target == CONNECT_TO_BITS && c->converter.typmod > 0)
		return c->converter.typmod;
	return len * 8;
}

static bool
ReadBits(Decoder *d, PathColumn *c, const JsonValue *value, JsonValue *plain)
{
	EventReader *e = d->events;
	ConnectTarget target = c->connect->target;
	const uint8 *bytes;
	int			len;
	int			bits;

	if (target == CONNECT_TO_BYTES)
		return ReadBytes(d, c, value, plain);
	if (target != CONNECT_TO_BITS && target != CONNECT_TO_TEXT)
		return Refuse(d, c, value, NOT_OF);
	if (!Decode64(e, value))
		return Refuse(d, c, value, "is no bits in base64 for type");
	bytes = (const uint8 *) e->bytes.data;
	len = e->bytes.len;
	bits = BitsOf(c, len);
	for (int i = bits - 1; i >= 0; i--)
		appendStringInfoChar(&e->text, i / 8 < len && (bytes[i / 8] >> (i % 8)) & 1 ? '1' : '0');
	for (int i = bits; i < len * 8; i++)
		if ((bytes[i / 8] >> (i % 8)) & 1)
			return Refuse(d, c, value, "has more bits than type");
	return Give(e, plain);
}

/* ---- without a schema ---- */

/* A text of JSON, which nobody has looked into. */
static bool
ReadJsonText(Decoder *d, PathColumn *c, const JsonValue *value)
{
	size_t		len = value->len - 2;
	const char *text = UnescapedText(d, value->text + 1, &len, value->escaped);

	if (text == NULL)
		MarkProblem(d, c, "\\u0000 and unpaired surrogates cannot be converted to text");
	else
		BatchDefer(d->batch, &c->converter, text, len);
	return false;
}

/* A text of bytes may be written in several ways, unless there is no schema that says text. */
static bool
ReadBytesText(Decoder *d, PathColumn *c, const JsonValue *value, JsonValue *plain)
{
	if (c->connect->is_declared)
		return true;
	if (c->connect->type.kind == CONNECT_UNKNOWN)
		return ReadBytes(d, c, value, plain);
	return Refuse(d, c, value, "needs column option format 'base64' or 'hex' for type");
}

static bool
ReadText(Decoder *d, PathColumn *c, const JsonValue *value, JsonValue *plain)
{
	switch (c->connect->target)
	{
		case CONNECT_TO_JSON:
			return ReadJsonText(d, c, value);
		case CONNECT_TO_BYTES:
			return ReadBytesText(d, c, value, plain);
		case CONNECT_TO_BITS:
			return ReadBits(d, c, value, plain);
		default:
			return true;
	}
}

static bool
ReadNumber(Decoder *d, PathColumn *c, const JsonValue *value)
{
	if (c->connect->type.kind != CONNECT_UNKNOWN)
		return true;
	switch (c->connect->target)
	{
		case CONNECT_TO_TIMESTAMP:
			return Refuse(d, c, value, "needs column option format 'unix_ms', 'unix_us' or 'unix_ns' for "
						  "type");
		case CONNECT_TO_TIME:
			return Refuse(d, c, value, "needs column option format 'milliseconds', 'microseconds' or "
						  "'nanoseconds' for type");
		default:
			return true;
	}
}

/* A struct of a value and what tells how to read it. */
static bool
ReadStruct(Decoder *d, PathColumn *c, const JsonValue *value, JsonValue *plain)
{
	EventReader *e = d->events;
	ConnectStruct parts;

	if (c->connect->target == CONNECT_TO_JSON || !ConnectStructRead(e->structs, value, &parts))
		return true;
	if (parts.has_scale && parts.value.token != JSON_END && TakesDecimal(c->connect))
	{
		if (!AppendDecimal(e, &parts.value, parts.scale))
			return Refuse(d, c, value, "is no number in base64 for type");
		return Give(e, plain);
	}
	if (c->connect->target == CONNECT_TO_POINT && parts.x.token == JSON_NUMBER &&
		parts.y.token == JSON_NUMBER)
	{
		appendStringInfo(&e->text, "(%.*s,%.*s)", (int) parts.x.len, parts.x.text, (int) parts.y.len,
						 parts.y.text);
		return Give(e, plain);
	}
	if (parts.wkb.token == JSON_STRING && c->connect->target == CONNECT_TO_BYTES)
		return ReadBytes(d, c, &parts.wkb, plain);
	if (parts.wkb.token == JSON_STRING)
	{
		if (!Decode64(e, &parts.wkb) || !ConnectAppendGeometry(&e->text, &e->bytes, parts.srid))
			return Refuse(d, c, value, "is no geometry for type");
		return Give(e, plain);
	}
	return true;
}

/* Values of JSON whose meaning is not that of their schema. */
static bool
ReadPlain(Decoder *d, PathColumn *c, const JsonValue *value, JsonValue *plain)
{
	switch (value->token)
	{
		case JSON_STRING:
			return ReadText(d, c, value, plain);
		case JSON_NUMBER:
			return ReadNumber(d, c, value);
		case JSON_OBJECT_START:
			return ReadStruct(d, c, value, plain);
		case JSON_TRUE:
		case JSON_FALSE:
			if (c->connect->target != CONNECT_TO_BITS)
				return true;
			appendStringInfoChar(&d->events->text, value->token == JSON_TRUE ? '1' : '0');
			return Give(d->events, plain);
		default:
			return true;
	}
}

/* ---- all ---- */

/* "__debezium_unavailable_value" as a text, as bytes in base64 or hex, or as the only element of a list. */
static bool
IsUnsent(const EventReader *e, const JsonValue *value)
{
	for (int i = 0; i < e->nunsent; i++)
		if (value->len == e->unsent[i].len && value->token == e->unsent[i].token &&
			memcmp(value->text, e->unsent[i].text, value->len) == 0)
			return true;
	return false;
}

bool
ConnectRead(Decoder *d, PathColumn *c, const JsonValue *value, JsonValue *plain)
{
	EventReader *e = d->events;

	*plain = *value;
	if (unlikely(IsUnsent(e, value)))
	{
		EventNoteUnsent(d, c);
		return false;
	}
	resetStringInfo(&e->text);
	switch (c->connect->type.kind)
	{
		case CONNECT_DATE:
		case CONNECT_TIMESTAMP:
		case CONNECT_TIME:
		case CONNECT_DURATION:
			return ReadTicks(d, c, value, plain);
		case CONNECT_YEAR:
			return ReadYear(d, c, value);
		case CONNECT_DECIMAL:
			return ReadDecimal(d, c, value, plain);
		case CONNECT_BYTES:
			return ReadBytes(d, c, value, plain);
		case CONNECT_BITS:
			return ReadBits(d, c, value, plain);
		case CONNECT_OTHERS:
			return c->connect->target == CONNECT_TO_JSON || Refuse(d, c, value, "has elements that cannot be "
																   "read into type");
		default:
			return ReadPlain(d, c, value, plain);
	}
}

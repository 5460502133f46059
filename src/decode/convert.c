/*
 * convert.c
 *	  Convert the text of a value to a Datum of its column's type.
 *
 * There is a fast and a slow path. The fast path reads the common forms of the common types and
 * never fails: it either returns what the type's input function would, or leaves the value to
 * the slow path in convert_slow.c, which calls that function.
 */
#include "postgres.h"

#include "base/type_text.h"
#include "decode/batch_private.h"
#include "decode/convert_number.h"
#include "decode/convert_time.h"
#include "decode/spelling.h"
#include "decode/time_patterns.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Digits that numeric holds on either side of the point. */
#define MAX_PLAIN_DIGITS 16000
/* More text is read where an error can be caught. */
#define MAX_PLAIN_JSON 100000
/* A number that is longer when its marks are gone is for the slow path. */
#define MAX_SPELLED 120

static bool
FastText(RowBatch *batch, const char *s, size_t len, Datum *value)
{
	text	   *t;

	if (len > MaxAllocSize - VARHDRSZ)
		return false;
	t = BatchAlloc(batch, len + VARHDRSZ);
	SET_VARSIZE(t, len + VARHDRSZ);
	memcpy(VARDATA(t), s, len);
	*value = PointerGetDatum(t);
	return true;
}

/* A varchar(n) that fits even if every character is one byte. */
static inline bool
FitsVarchar(int32 typmod, size_t len)
{
	return typmod < (int32) VARHDRSZ || len <= typmod - VARHDRSZ;
}

/* character(n), padded as its input function does; only when no character is cut. */
static bool
FastBpchar(const Converter *c, RowBatch *batch, const char *s, size_t len, Datum *value)
{
	size_t		width;
	size_t		chars;
	text	   *t;

	if (c->typmod < (int32) VARHDRSZ)
		return FastText(batch, s, len, value);
	width = c->typmod - VARHDRSZ;
	if (len > width * 4)
		return false;
	chars = pg_mbstrlen_with_len(s, len);
	if (chars > width)
		return false;
	t = BatchAlloc(batch, VARHDRSZ + len + width - chars);
	SET_VARSIZE(t, VARHDRSZ + len + width - chars);
	memcpy(VARDATA(t), s, len);
	memset(VARDATA(t) + len, ' ', width - chars);
	*value = PointerGetDatum(t);
	return true;
}

static bool
HasLongNumber(const char *s, size_t len)
{
	size_t		digits = 0;

	for (size_t i = 0; i < len && digits <= MAX_PLAIN_DIGITS; i++)
		digits = isdigit((unsigned char) s[i]) ? digits + 1 : 0;
	return digits > MAX_PLAIN_DIGITS;
}

static inline bool
BeginsWith(const char *p, const char *end, const char *word)
{
	size_t		len = strlen(word);

	return (size_t) (end - p) >= len && memcmp(p, word, len) == 0;
}

/*
 * What jsonb_in refuses of what the reader takes needs an escape by code point, a number beyond
 * numeric's range, a word for one that is not finite, or more text than this.
 */
static bool
IsPlainJson(const char *s, size_t len)
{
	const char *end = s + len;

	if (len >= MAX_PLAIN_JSON || (len > MAX_PLAIN_DIGITS && HasLongNumber(s, len)))
		return false;
	for (const char *p = s + 1; p < end; p++)
	{
		switch (*p)
		{
			case 'u':
				if (p[-1] == '\\')
					return false;
				break;
			case 'e':
			case 'E':
				if (isdigit((unsigned char) p[-1]))
					return false;
				break;
			case 'N':
				if (BeginsWith(p, end, "NaN"))
					return false;
				break;
			case 'I':
				if (BeginsWith(p, end, "Infinity"))
					return false;
				break;
			default:
				break;
		}
	}
	return true;
}

/* jsonb_in leaves many times the text behind, so it works in memory of its own. */
static bool
FastJsonb(RowBatch *batch, const char *s, size_t len, Datum *value)
{
	MemoryContext old;
	Datum		jsonb;
	size_t		size;
	void	   *copy;

	if (!IsPlainJson(s, len))
		return false;
	old = MemoryContextSwitchTo(batch->scratch);
	jsonb = DirectFunctionCall1(jsonb_in, CStringGetDatum(pnstrdup(s, len)));
	MemoryContextSwitchTo(old);
	size = VARSIZE(DatumGetPointer(jsonb));
	copy = BatchAlloc(batch, size);
	memcpy(copy, DatumGetPointer(jsonb), size);
	*value = PointerGetDatum(copy);
	MemoryContextReset(batch->scratch);
	return true;
}

static inline int
HexValue(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static bool
FastUuid(RowBatch *batch, const char *s, size_t len, Datum *value)
{
	pg_uuid_t  *uuid;

	if (len != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-')
		return false;
	uuid = BatchAlloc(batch, sizeof(pg_uuid_t));
	for (int i = 0; i < UUID_LEN; i++)
	{
		int			high;
		int			low;

		if (*s == '-')
			s++;
		high = HexValue(*s++);
		low = HexValue(*s++);
		if (high < 0 || low < 0)
			return false;
		uuid->data[i] = high << 4 | low;
	}
	*value = UUIDPGetDatum(uuid);
	return true;
}

bool
IntegerToColumn(const Converter *c, int64 v, Datum *value)
{
	switch (c->kind)
	{
		case CONVERT_INT2:
			*value = Int16GetDatum((int16) v);
			return v >= PG_INT16_MIN && v <= PG_INT16_MAX;
		case CONVERT_INT4:
			*value = Int32GetDatum((int32) v);
			return v >= PG_INT32_MIN && v <= PG_INT32_MAX;
		default:
			*value = Int64GetDatum(v);
			return true;
	}
}

static bool
FastInt(const Converter *c, const char *s, size_t len, Datum *value)
{
	int64		v;

	if (!TextToInt64(s, len, &v) && !TextToWholeInt64(s, len, &v))
		return false;
	return IntegerToColumn(c, v, value);
}

static bool
FastFloat(const Converter *c, const char *s, size_t len, Datum *value)
{
	float8		wide;
	float4		narrow;

	if (c->kind == CONVERT_FLOAT4)
	{
		if (!TextToFloat4(s, len, &narrow))
			return false;
		*value = Float4GetDatum(narrow);
		return true;
	}
	if (!TextToFloat8(s, len, &wide))
		return false;
	*value = Float8GetDatum(wide);
	return true;
}

static bool
FastBool(const char *s, size_t len, Datum *value)
{
	bool		b;

	if (!ParseBoolean(s, len, &b))
		return false;
	*value = BoolGetDatum(b);
	return true;
}

static bool
FastTime(const Converter *c, const char *s, size_t len, Datum *value)
{
	DateADT		date;
	Timestamp	ts;

	switch (c->kind)
	{
		case CONVERT_DATE:
			if (!TextToDate(s, len, &date))
				return false;
			*value = DateADTGetDatum(date);
			return true;
		case CONVERT_TIMESTAMP:
			if (!TextToTimestamp(s, len, c->typmod, &ts))
				return false;
			*value = TimestampGetDatum(ts);
			return true;
		default:
			if (!TextToTimestampTz(s, len, c->typmod, c->tz, c->ambiguous, &ts))
				return false;
			*value = TimestampTzGetDatum(ts);
			return true;
	}
}

/* timestamp(p) rounds; only whole seconds need no look. */
static inline bool
FitsPrecision(const Converter *c, Timestamp ts)
{
	return c->typmod < 0 || c->typmod >= MAX_TIMESTAMP_PRECISION || ts % USECS_PER_SEC == 0;
}

bool
InstantToColumn(const Converter *c, TimestampTz instant, Datum *value)
{
	Timestamp	local;

	if (!FitsPrecision(c, instant))
		return false;
	if (c->kind == CONVERT_TIMESTAMPTZ)
		*value = TimestampTzGetDatum(instant);
	else if (!LocalTime(instant, c->tz, &local))
		return false;
	else if (c->kind == CONVERT_TIMESTAMP)
		*value = TimestampGetDatum(local);
	else
		*value = DateADTGetDatum(DateOfTimestamp(local));
	return true;
}

static bool
FastPattern(const Converter *c, const char *s, size_t len, Datum *value)
{
	Timestamp	local;
	TimestampTz instant;

	if (!TextToPatternTime(s, len, c->patterns, &local))
		return false;
	if (c->kind == CONVERT_DATE)
		*value = DateADTGetDatum(DateOfTimestamp(local));
	else if (c->kind == CONVERT_TIMESTAMP)
		*value = TimestampGetDatum(local);
	else if (InstantOf(local, c->tz, c->ambiguous, &instant))
		*value = TimestampTzGetDatum(instant);
	else
		return false;
	return true;
}

static bool
FastFormat(const Converter *c, const char *s, size_t len, Datum *value)
{
	TimestampTz instant;

	if (c->format == DECODE_PATTERN)
		return FastPattern(c, s, len, value);
	if (c->format != DECODE_UNIX && c->format != DECODE_UNIX_MS)
		return false;
	if (!TextToInstant(s, len, c->format == DECODE_UNIX ? 6 : 3, &instant))
		return false;
	return InstantToColumn(c, instant, value);
}

static bool
HasHighByte(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if (IS_HIGHBIT_SET(s[i]))
			return true;
	}
	return false;
}

bool
ConvertFast(const Converter *c, RowBatch *batch, const char *s, size_t len, Datum *value)
{
	if (c->format != DECODE_DEFAULT)
		return FastFormat(c, s, len, value);
	switch (c->kind)
	{
		case CONVERT_INT2:
		case CONVERT_INT4:
		case CONVERT_INT8:
			return FastInt(c, s, len, value);
		case CONVERT_FLOAT4:
		case CONVERT_FLOAT8:
			return FastFloat(c, s, len, value);
		case CONVERT_NUMERIC:
			return TextToNumeric(s, len, c->typmod, value);
		case CONVERT_BOOL:
			return FastBool(s, len, value);
		case CONVERT_DATE:
		case CONVERT_TIMESTAMP:
		case CONVERT_TIMESTAMPTZ:
			return FastTime(c, s, len, value);
		case CONVERT_UUID:
			return FastUuid(batch, s, len, value);
		default:
			break;
	}
	if (c->kind == CONVERT_INPUT || (c->ascii_only && HasHighByte(s, len)))
		return false;
	if (c->kind == CONVERT_JSONB)
		return FastJsonb(batch, s, len, value);
	if (c->kind == CONVERT_BPCHAR)
		return FastBpchar(c, batch, s, len, value);
	return (c->kind == CONVERT_JSON || FitsVarchar(c->typmod, len)) &&
		FastText(batch, s, len, value);
}

/* A number as it is most often; false when it is not, or is not of the column's type. */
static bool
SpelledPlain(const Converter *c, RowBatch *batch, const char *s, size_t len, char *buf, Datum *value)
{
	size_t		plain_len;
	char		mark;
	char		group;

	if (!SpellingBareNumber(c->spelling, &s, &len, &mark, &group))
		return false;
	if (c->kind == CONVERT_NUMERIC && TextToMarkedNumeric(s, len, mark, group, c->typmod, value))
		return true;
	return len <= MAX_SPELLED && SpellingPlainNumber(c->spelling, s, len, buf, &plain_len) &&
		ConvertFast(c, batch, buf, plain_len, value);
}

bool
ConvertSpelled(const Converter *c, RowBatch *batch, const char *s, size_t len, Datum *value,
			   bool *isnull)
{
	char		buf[MAX_SPELLED + SPELLING_GROWTH];
	const char *text;
	size_t		text_len;

	if (SpelledPlain(c, batch, s, len, buf, value))
		return true;
	SpellingTrim(c->spelling, &s, &len);
	if (len > MAX_SPELLED && SpellingRewrites(c->spelling))
		return false;
	switch (SpellingRead(c->spelling, s, len, buf, &text, &text_len))
	{
		case SPELLED_TEXT:
			return ConvertFast(c, batch, text, text_len, value);
		case SPELLED_NULL:
			*isnull = true;
			return true;
		default:
			return false;
	}
}

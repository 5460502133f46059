/*
 * convert_format.c
 *	  Read a text in the format of its column: times since 1970 or in patterns, encoded bytes,
 *	  numbers of a unit.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "decode/convert_format.h"
#include "decode/convert_number.h"
#include "decode/time_patterns.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

/* ---- times ---- */

static Datum
ReadUnix(const Converter *c, const char *text)
{
	TimestampTz instant;
	Timestamp	local;
	Datum		value;

	if (!TextToInstant(text, strlen(text), c->format == DECODE_UNIX ? 6 : 3, &instant))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("invalid time in %s since 1970: \"%s\"",
						c->format == DECODE_UNIX ? "seconds" : "milliseconds", text)));
	if (InstantToColumn(c, instant, &value))
		return value;
	if (c->kind != CONVERT_TIMESTAMPTZ && !LocalTime(instant, c->tz, &local))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	if (c->kind == CONVERT_DATE)
		return DateADTGetDatum(DateOfTimestamp(local));
	if (c->kind == CONVERT_TIMESTAMP)
		return DirectFunctionCall2(timestamp_scale, TimestampGetDatum(local),
								   Int32GetDatum(c->typmod));
	return DirectFunctionCall2(timestamptz_scale, TimestampTzGetDatum(instant),
							   Int32GetDatum(c->typmod));
}

/*
 * to_timestamp reads a local time in the session's zone. For a column that holds a local
 * time this has to be one without gaps.
 */
static Datum
ToTime(const Converter *c, const char *text, const char *format)
{
	Datum		source = CStringGetTextDatum(text);
	Datum		pattern = CStringGetTextDatum(format);
	Datum		instant;

	if (c->kind == CONVERT_DATE)
		return DirectFunctionCall2Coll(to_date, DEFAULT_COLLATION_OID, source, pattern);
	if (c->kind == CONVERT_TIMESTAMP && !PatternHasOffset(format))
		session_timezone = pg_tzset("UTC");
	instant = DirectFunctionCall2Coll(to_timestamp, DEFAULT_COLLATION_OID, source, pattern);
	if (c->kind == CONVERT_TIMESTAMPTZ)
		return DirectFunctionCall2(timestamptz_scale, instant, Int32GetDatum(c->typmod));
	return DirectFunctionCall2(timestamp_scale,
							   DirectFunctionCall1(timestamptz_timestamp, instant),
							   Int32GetDatum(c->typmod));
}

/* 0: none that a calendar has. */
static int
YearOf(const Converter *c, Datum value)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			west;
	bool		zoned = c->kind == CONVERT_TIMESTAMPTZ;

	if (c->kind == CONVERT_DATE)
	{
		if (DATE_NOT_FINITE(DatumGetDateADT(value)))
			return 0;
		j2date(DatumGetDateADT(value) + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
		return tm.tm_year;
	}
	if (TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value)) ||
		timestamp2tm(DatumGetTimestamp(value), zoned ? &west : NULL, &tm, &fsec, NULL,
					 zoned ? c->tz : NULL) != 0)
		return 0;
	return tm.tm_year;
}

/* YYYY takes 26 for a year of the first century: nearly always the format is wrong. */
static Datum
ReadPattern(const Converter *c, const char *text, const char *format)
{
	Datum		value = ToTime(c, text, format);
	int			year = YearOf(c, value);

	if (year > 0 && year < 1000 && strstr(text, psprintf("%04d", year)) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("time \"%s\" has implausible year %d in format \"%s\"", text, year,
						format)));
	return value;
}

/* The same; false when the text does not fit the pattern. */
static bool
FitsPattern(const Converter *c, const char *text, const char *format, Datum *value)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool fits = false;

	if (!SeparatorsFit(text, format))
		return false;
	PG_TRY();
	{
		*value = ReadPattern(c, text, format);
		fits = true;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		FlushErrorState();
	}
	PG_END_TRY();
	return fits;
}

static Datum
LocalToColumn(const Converter *c, Timestamp local)
{
	TimestampTz instant;

	if (c->kind == CONVERT_DATE)
		return DateADTGetDatum(DateOfTimestamp(local));
	if (c->kind == CONVERT_TIMESTAMP)
		return TimestampGetDatum(local);
	if (!InstantOf(local, session_timezone, AMBIGUOUS_SECOND, &instant))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return TimestampTzGetDatum(instant);
}

/*
 * One pattern is read as patiently as to_timestamp does. Of several ones each takes only texts with
 * its own separators.
 */
static Datum
ReadPatterns(const Converter *c, const char *text)
{
	const TimePatterns *patterns = c->patterns;
	Timestamp	local;
	Datum		value;

	if (patterns->n == 1)
		return ReadPattern(c, text, patterns->texts[0]);
	for (int i = 0; i < patterns->n; i++)
	{
		if (patterns->compiled[i] != NULL)
		{
			if (TextToTime(text, strlen(text), patterns->compiled[i], true, &local))
				return LocalToColumn(c, local);
		}
		else if (FitsPattern(c, text, patterns->texts[i], &value))
			return value;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("time \"%s\" fits none of the formats \"%s\"", text, patterns->list)));
}

/* ---- bytes ---- */

static Datum
ReadBytes(const char *text, const char *encoding)
{
	return DirectFunctionCall2(binary_decode, CStringGetTextDatum(text),
							   CStringGetTextDatum(encoding));
}

/* ---- numbers of a unit ---- */

typedef struct Unit
{
	const char *name;
	int64		micros;			/* or else ... */
	int			days;
	int			months;
} Unit;

static const Unit *
UnitOf(DecodeFormat format)
{
	static const Unit units[] = {
		{"milliseconds", 1000}, {"seconds", USECS_PER_SEC}, {"minutes", USECS_PER_MINUTE},
		{"hours", USECS_PER_HOUR}, {"days", 0, 1}, {"weeks", 0, 7}, {"months", 0, 0, 1},
		{"years", 0, 0, 12}
	};

	return &units[format - DECODE_MILLISECONDS];
}

pg_attribute_noreturn()
static void
RefuseUnits(const char *text, const Unit *unit, bool whole)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid %snumber of %s: \"%s\"", whole ? "whole " : "", unit->name, text)));
	pg_unreachable();
}

/* Exactly, and to the microsecond. */
static int64
MicrosOf(const char *text, const Unit *unit)
{
	Datum		number = DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	Datum		factor = NumericGetDatum(int64_to_numeric(unit->micros));

	return DatumGetInt64(DirectFunctionCall1(numeric_int8, DirectFunctionCall2(numeric_mul, number,
																			   factor)));
}

static Datum
ReadUnits(const Converter *c, const char *text)
{
	const Unit *unit = UnitOf(c->format);
	Interval   *interval = palloc0(sizeof(Interval));
	int64		n;

	if (unit->micros != 0)
		interval->time = MicrosOf(text, unit);
	else if (!TextToInt64(text, strlen(text), &n) && !TextToWholeInt64(text, strlen(text), &n))
		RefuseUnits(text, unit, true);
	else if (n < -PG_INT32_MAX / 12 || n > PG_INT32_MAX / 12)
		RefuseUnits(text, unit, false);
	else
	{
		interval->day = n * unit->days;
		interval->month = n * unit->months;
	}
	return DirectFunctionCall2(interval_scale, IntervalPGetDatum(interval),
							   Int32GetDatum(c->typmod));
}

Datum
FormatRead(const Converter *c, const char *text)
{
	switch (c->format)
	{
		case DECODE_UNIX:
		case DECODE_UNIX_MS:
			return ReadUnix(c, text);
		case DECODE_PATTERN:
			return ReadPatterns(c, text);
		case DECODE_BASE64:
			return ReadBytes(text, "base64");
		case DECODE_HEX:
			return ReadBytes(text, "hex");
		default:
			return ReadUnits(c, text);
	}
}

/*
 * convert_slow.c
 *	  Convert text to a Datum with the type's input function.
 *
 * The result does not depend on session settings: dates and intervals are read as ISO 8601 or in
 * style ISO, and a time without an offset is in the column's time zone.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "decode/convert.h"
#include "decode/convert_number.h"
#include "decode/convert_time.h"
#include "decode/date_text.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"
#include "utils/guc.h"
#include "utils/timestamp.h"
#include "utils/xml.h"

/* ---- how the session reads ---- */

void
ReadingSave(ReadingRules *rules)
{
	rules->tz = session_timezone;
	rules->date_style = DateStyle;
	rules->date_order = DateOrder;
	rules->interval_style = IntervalStyle;
	rules->array_nulls = Array_nulls;
	rules->xml_option = xmloption;
}

void
ReadingRestore(const ReadingRules *rules)
{
	session_timezone = rules->tz;
	DateStyle = rules->date_style;
	DateOrder = rules->date_order;
	IntervalStyle = rules->interval_style;
	Array_nulls = rules->array_nulls;
	xmloption = rules->xml_option;
}

/*
 * EST is what PostgreSQL's own set of abbreviations says. The end of the subtransaction that values
 * are converted in gives the session its set back.
 */
static void
PinAbbreviations(void)
{
	const char *set = GetConfigOption("timezone_abbreviations", false, false);

	if (strcmp(set, "Default") != 0)
		(void) set_config_option("timezone_abbreviations", "Default", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

/* For each value anew: a function that a domain calls may have set its own. */
static void
ReadAsColumn(const Converter *c)
{
	session_timezone = c->tz;
	DateStyle = USE_ISO_DATES;
	DateOrder = DATEORDER_YMD;
	IntervalStyle = INTSTYLE_POSTGRES;
	Array_nulls = true;
	xmloption = XMLOPTION_CONTENT;
	if (c->dates != NULL)
		PinAbbreviations();
}

/* ---- formats ---- */

static Datum
SlowUnix(const Converter *c, const char *text)
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

/* Does the pattern read an offset, so that it means an instant? */
static bool
PatternHasOffset(const char *pattern)
{
	for (; *pattern != '\0'; pattern++)
	{
		if (pg_strncasecmp(pattern, "TZ", 2) == 0 || pg_strncasecmp(pattern, "OF", 2) == 0)
			return true;
	}
	return false;
}

/*
 * to_timestamp reads a local time in the session's zone. For a column that holds a local
 * time this has to be one without gaps.
 */
static Datum
ToTime(const Converter *c, const char *text)
{
	Datum		source = CStringGetTextDatum(text);
	Datum		pattern = CStringGetTextDatum(c->pattern_text);
	Datum		instant;

	if (c->kind == CONVERT_DATE)
		return DirectFunctionCall2Coll(to_date, DEFAULT_COLLATION_OID, source, pattern);
	if (c->kind == CONVERT_TIMESTAMP && !PatternHasOffset(c->pattern_text))
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
SlowPattern(const Converter *c, const char *text)
{
	Datum		value = ToTime(c, text);
	int			year = YearOf(c, value);

	if (year > 0 && year < 1000 && strstr(text, psprintf("%04d", year)) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("time \"%s\" has implausible year %d in format \"%s\"", text, year,
						c->pattern_text)));
	return value;
}

static Datum
InputValue(Converter *c, const char *text, Node *escontext)
{
#if HAVE_SOFT_INPUT_ERRORS
	Datum		value;

	if (!InputFunctionCallSafe(&c->input, unconstify(char *, text), c->ioparam, c->typmod,
							   escontext, &value))
		return (Datum) 0;
	return value;
#else
	return InputFunctionCall(&c->input, unconstify(char *, text), c->ioparam, c->typmod);
#endif
}

static Datum
SlowValue(Converter *c, const char *text, Node *escontext)
{
	int64		whole;

	if (c->ascii_only && text != NULL)
		text = pg_any_to_server(text, strlen(text), PG_UTF8);
	switch (c->format)
	{
		case DECODE_UNIX:
		case DECODE_UNIX_MS:
			return SlowUnix(c, text);
		case DECODE_PATTERN:
			return SlowPattern(c, text);
		case DECODE_DEFAULT:
			break;
	}
	if (c->takes_whole && text != NULL && TextToWholeInt64(text, strlen(text), &whole))
		text = psprintf(INT64_FORMAT, whole);
	if (c->dates != NULL && text != NULL)
		DateTextCheck(c->dates, text);
	return InputValue(c, text, escontext);
}

Datum
ConvertSlow(Converter *c, const char *text)
{
	ReadAsColumn(c);
	return SlowValue(c, text, NULL);
}

#if HAVE_SOFT_INPUT_ERRORS
Datum
ConvertSlowSoft(Converter *c, const char *text, Node *escontext)
{
	ReadAsColumn(c);
	return SlowValue(c, text, escontext);
}
#endif

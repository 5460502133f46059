/*
 * convert_slow.c
 *	  Convert text to a Datum with the type's input function.
 *
 * The result does not depend on session settings: dates and intervals are read as ISO 8601 or in
 * style ISO, and a time without an offset is in the column's time zone.
 */
#include "base/compat.h"

#include "decode/container.h"
#include "decode/convert.h"
#include "decode/convert_format.h"
#include "decode/convert_number.h"
#include "decode/date_text.h"
#include "decode/spelling.h"
#include "decode/time_order.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#if HAVE_SOFT_INPUT_ERRORS
#include "nodes/miscnodes.h"
#endif
#include "utils/array.h"
#include "utils/datetime.h"
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

void
ReadingSet(pg_tz *tz)
{
	session_timezone = tz;
	DateStyle = USE_ISO_DATES;
	DateOrder = DATEORDER_YMD;
	IntervalStyle = INTSTYLE_POSTGRES;
	Array_nulls = true;
	xmloption = XMLOPTION_CONTENT;
}

/* For each value anew: a function that a domain calls may have set its own. */
static void
ReadAsColumn(const Converter *c)
{
	ReadingSet(c->tz);
	if (c->dates != NULL)
		PinAbbreviations();
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

static bool
HasSoftError(Node *escontext)
{
#if HAVE_SOFT_INPUT_ERRORS
	return SOFT_ERROR_OCCURRED(escontext);
#else
	return false;
#endif
}

static char *
ServerText(const char *text, size_t len)
{
	char	   *copy = pnstrdup(text, len);

	return pg_any_to_server(copy, len, PG_UTF8);
}

/* The text that the type's input function, or the format, reads; a null is none. */
static const char *
PlainText(const Converter *c, const char *text)
{
	size_t		len = strlen(text);
	const char *plain;
	size_t		plain_len;
	char	   *buf;

	if (c->spelling == NULL)
		return c->ascii_only ? pg_any_to_server(text, len, PG_UTF8) : text;
	buf = palloc(len + SPELLING_GROWTH);
	if (SpellingRead(c->spelling, text, len, buf, &plain, &plain_len) != SPELLED_TEXT)
		SpellingRefuse(c->spelling, ServerText(text, len));
	return ServerText(plain, plain_len);
}

static Datum
SlowInput(Converter *c, const char *text, Node *escontext)
{
	int64		whole;

	if (c->takes_whole && TextToWholeInt64(text, strlen(text), &whole))
		text = psprintf(INT64_FORMAT, whole);
	if (c->container != NULL)
		text = ContainerLiteral(c->container, text);
	if (c->dates != NULL)
		DateTextCheck(c->dates, text);
	return InputValue(c, text, escontext);
}

static Datum
ReadText(Converter *c, const char *text, Node *escontext)
{
	return c->format == DECODE_DEFAULT ? SlowInput(c, text, escontext) : FormatRead(c, text);
}

/*
 * Read in a zone that no other has, a text without an offset of its own is another instant, whose
 * local time there is the one that it shows.
 */
static Datum
Disambiguate(Converter *c, const char *text, Datum value, Node *escontext)
{
	const long	east = 13 * SECS_PER_HOUR + 37 * SECS_PER_MINUTE;
	TimestampTz elsewhere;
	TimestampTz first;
	TimestampTz second;
	Timestamp	local;
	bool		is_second = false;

	if (TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value)))
		return value;
	session_timezone = pg_tzset_offset(-east);
	elsewhere = DatumGetTimestampTz(ReadText(c, text, escontext));
	session_timezone = c->tz;
	if (elsewhere == DatumGetTimestampTz(value))
		return value;
	local = elsewhere + east * USECS_PER_SEC;
	if (!ComesTwice(local, c->tz, &first, &second))
	{
		ConverterRestart(c);
		return value;
	}
	if (c->ambiguous == AMBIGUOUS_ORDER && !TimeOrderNext(c->order, local, &is_second))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("time \"%s\" comes twice in time zone \"%s\", and the order of the values "
						"does not tell which is meant", text, pg_get_timezone_name(c->tz))));
	return TimestampTzGetDatum(is_second ? second : first);
}

static Datum
SlowValue(Converter *c, const char *text, Node *escontext)
{
	Datum		value;

	if (text == NULL)
		return InputValue(c, NULL, escontext);
	text = PlainText(c, text);
	value = ReadText(c, text, escontext);
	if (c->ambiguous == AMBIGUOUS_SECOND || HasSoftError(escontext))
		return value;
	return Disambiguate(c, text, value, escontext);
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

/*
 * value_text.c
 *	  Values as text that is the same in every session, in UTF-8.
 *
 * Output functions read variables that belong to settings. The settings themselves stay, because they
 * also say what the expressions of the exported query mean.
 */
#include "base/compat.h"
#include "sink/value_text.h"

#include "base/type_text.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/bytea.h"
#include "utils/float.h"

typedef struct Style
{
	int			date_style;
	int			interval_style;
	int			float_digits;
	int			bytea_style;
	pg_tz	   *time_zone;
} Style;

static Style
CurrentStyle(void)
{
	return (Style)
	{
		DateStyle, IntervalStyle, extra_float_digits, bytea_output, session_timezone
	};
}

static void
SetStyle(const Style *style)
{
	DateStyle = style->date_style;
	IntervalStyle = style->interval_style;
	extra_float_digits = style->float_digits;
	bytea_output = style->bytea_style;
	session_timezone = style->time_zone;
}

void
WithFixedStyle(void (*fn) (void *arg), void *arg)
{
	Style		session = CurrentStyle();
	Style		fixed = {USE_ISO_DATES, INTSTYLE_POSTGRES, 1, BYTEA_OUTPUT_HEX, pg_tzset("GMT")};

	SetStyle(&fixed);
	PG_TRY();
	{
		fn(arg);
	}
	PG_FINALLY();
	{
		SetStyle(&session);
	}
	PG_END_TRY();
}

typedef struct TextOf
{
	Oid			type;
	Datum		value;
	char	   *text;
} TextOf;

static void
Output(void *arg)
{
	TextOf	   *of = arg;

	of->text = TextOfValue(of->type, of->value);
}

char *
ValueText(Oid type, Datum value)
{
	TextOf		of = {type, value};

	WithFixedStyle(Output, &of);
	return of.text;
}

const char *
Utf8Of(const char *text)
{
	return pg_server_to_any(text, (int) strlen(text), PG_UTF8);
}

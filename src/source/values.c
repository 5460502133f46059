/*
 * values.c
 *	  Parse option values such as durations, rates, sizes and time zones.
 */
#include "base/compat.h"
#include "source/values.h"

#include <limits.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

typedef struct Unit
{
	const char *name;
	double		factor;
} Unit;

static const Unit duration_units[] = {
	{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {NULL, 0}
};

static const Unit rate_units[] = {
	{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}, {NULL, 0}
};

static const Unit byte_units[] = {
	{"B", 1}, {"kB", 1024}, {"MB", 1048576}, {"GB", 1073741824}, {NULL, 0}
};

static bool
LookUpUnit(const Unit *units, const char *name, double *factor)
{
	for (; units->name != NULL; units++)
		if (strcmp(units->name, name) == 0)
		{
			*factor = units->factor;
			return true;
		}
	return false;
}

/* A plain decimal number; *rest is what follows it, spaces skipped. */
static bool
ParseNumber(const char *text, double *number, const char **rest)
{
	size_t		length = strspn(text, "0123456789.");
	char	   *end;

	if (length == 0)
		return false;
	*number = strtod(text, &end);
	if (end != text + length)
		return false;
	*rest = end + strspn(end, " ");
	return true;
}

bool
ParseDuration(const char *text, int *milliseconds)
{
	double		number;
	double		factor;
	const char *unit;

	if (!ParseNumber(text, &number, &unit) ||
		!LookUpUnit(duration_units, unit, &factor))
		return false;
	if (number * factor < 1 || number * factor > INT_MAX)
		return false;
	*milliseconds = (int) (number * factor);
	return true;
}

bool
ParseRate(const char *text, double *per_second, int *burst)
{
	double		number;
	double		seconds;
	const char *rest;

	if (!ParseNumber(text, &number, &rest) || *rest++ != '/')
		return false;
	rest += strspn(rest, " ");
	if (!LookUpUnit(rate_units, rest, &seconds) || number <= 0 || number > 1e6)
		return false;
	*per_second = number / seconds;

	/* A second's worth may start at once, never an hour's. */
	*burst = Max(1, (int) *per_second);
	return true;
}

bool
ParseBytes(const char *text, int64 *bytes)
{
	double		number;
	double		factor;
	const char *unit;

	if (!ParseNumber(text, &number, &unit) || !LookUpUnit(byte_units, unit, &factor))
		return false;
	if (number * factor < 1 || number * factor > 1e15)
		return false;
	*bytes = (int64) (number * factor);
	return true;
}

bool
ParseCount(const char *text, int min, int max, int *count)
{
	char	   *end;
	long		number;

	if (strspn(text, "0123456789") == 0)
		return false;
	errno = 0;
	number = strtol(text, &end, 10);
	if (*end != '\0' || errno != 0 || number < min || number > max)
		return false;
	*count = (int) number;
	return true;
}

pg_tz *
ParseTimeZone(const char *text)
{
	pg_tz	   *zone = pg_tzset(text);

	return zone != NULL && pg_tz_acceptable(zone) ? zone : NULL;
}

static const char *
WindowProblem(const Interval *window)
{
	int			fields = (window->month != 0) + (window->day != 0) + (window->time != 0);

	if (fields != 1)
		return "A window must consist of months, of days, or of hours, minutes and seconds.";
	if (window->month < 0 || window->day < 0 || window->time < 0)
		return "A window must be positive.";
	if (window->time > USECS_PER_DAY)
		return "Specify days as days, because they are not always 24 hours long.";
	if (window->time == USECS_PER_DAY)
		return "Specify a day as '1 day', because it is not always 24 hours long.";
	if (window->time % USECS_PER_SEC != 0)
		return "A window must be a whole number of seconds.";
	return NULL;
}

/* interval_in of this text, its error as *problem instead of thrown. */
static Interval *
ReadInterval(const char *text, const char **problem)
{
	MemoryContext caller = CurrentMemoryContext;
	Interval   *volatile result = NULL;

	PG_TRY();
	{
		result = DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(text),
													   ObjectIdGetDatum(InvalidOid),
													   Int32GetDatum(-1)));
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		FlushErrorState();
		*problem = "It is not an interval.";
	}
	PG_END_TRY();
	return result;
}

Interval *
ParseWindow(const char *text, const char **problem)
{
	Interval   *window = ReadInterval(text, problem);

	if (window == NULL)
		return NULL;
	*problem = WindowProblem(window);
	return *problem == NULL ? window : NULL;
}

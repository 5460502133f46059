/*
 * windows.c
 *	  Compute the grid of windows and format their bounds.
 */
#include "base/compat.h"
#include "source/windows.h"

#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

/* Units of days are counted from a Monday, so that 7 days are ISO weeks. */
#define DAY_ORIGIN date2j(2000, 1, 3)

static const Interval one_day = {0, 1, 0};

static int64
FloorDivide(int64 a, int64 b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

static void
LocalTime(pg_tz *zone, TimestampTz ts, struct pg_tm *tm, fsec_t *fsec)
{
	int			offset;

	if (timestamp2tm(ts, &offset, tm, fsec, NULL, zone) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
}

TimestampTz
LocalMidnight(pg_tz *zone, int julian_day)
{
	struct pg_tm tm = {0};
	TimestampTz result;
	int			offset;

	j2date(julian_day, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	offset = DetermineTimeZoneOffset(&tm, zone);
	if (tm2timestamp(&tm, 0, &offset, &result) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return result;
}

TimestampTz
LocalInstant(pg_tz *zone, Timestamp local)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			offset;
	TimestampTz result;

	if (TIMESTAMP_NOT_FINITE(local))
		return local;
	if (timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "timestamp out of range");
	offset = DetermineTimeZoneOffset(&tm, zone);
	if (tm2timestamp(&tm, fsec, &offset, &result) != 0)
		elog(ERROR, "timestamp out of range");
	return result;
}

/* First instant of a unit of months or days. */
static TimestampTz
UnitStart(const Interval *step, pg_tz *zone, int64 unit)
{
	int64		months = unit * step->month;

	if (step->month == 0)
		return LocalMidnight(zone, DAY_ORIGIN + unit * step->day);
	return LocalMidnight(zone, date2j(FloorDivide(months, 12),
									  months - FloorDivide(months, 12) * 12 + 1, 1));
}

/* The unit that ts lies in. */
static int64
UnitOf(const Interval *step, pg_tz *zone, TimestampTz ts)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int64		unit;

	LocalTime(zone, ts, &tm, &fsec);
	if (step->month != 0)
		unit = FloorDivide(tm.tm_year * INT64CONST(12) + tm.tm_mon - 1, step->month);
	else
		unit = FloorDivide(date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - DAY_ORIGIN,
						   step->day);

	/* Where clocks go back across midnight, a date is seen before its unit begins. */
	while (UnitStart(step, zone, unit) > ts)
		unit--;
	return unit;
}

TimestampTz
WindowFloor(const Interval *step, pg_tz *zone, TimestampTz ts)
{
	TimestampTz midnight;

	if (step->time == 0)
		return UnitStart(step, zone, UnitOf(step, zone, ts));
	midnight = WindowFloor(&one_day, zone, ts);
	return midnight + (ts - midnight) / step->time * step->time;
}

TimestampTz
WindowNext(const Interval *step, pg_tz *zone, TimestampTz ts)
{
	TimestampTz next;
	int64		unit;

	if (step->time != 0)
	{
		next = WindowFloor(step, zone, ts) + step->time;
		return Min(next, WindowNext(&one_day, zone, ts));
	}
	unit = UnitOf(step, zone, ts);

	/* A date that a zone skipped begins together with the date after it. */
	do
		next = UnitStart(step, zone, ++unit);
	while (next <= ts);
	return next;
}

static char *
IsoText(TimestampTz ts)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (timestamp2tm(ts, NULL, &tm, &fsec, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return psprintf("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year, tm.tm_mon, tm.tm_mday,
					tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static char *
UnixText(TimestampTz ts, int64 unit)
{
	int64		since_1970 = ts + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;

	return psprintf(INT64_FORMAT, FloorDivide(since_1970, unit));
}

/* to_char prints in the session's zone, which is the window's for the length of a call. */
static char *
PatternText(const char *pattern, pg_tz *zone, TimestampTz ts)
{
	pg_tz	   *saved = session_timezone;
	volatile Datum result = (Datum) 0;

	session_timezone = zone;
	PG_TRY();
	{
		result = DirectFunctionCall2Coll(timestamptz_to_char, C_COLLATION_OID,
										 TimestampTzGetDatum(ts),
										 CStringGetTextDatum(pattern));
	}
	PG_CATCH();
	{
		session_timezone = saved;
		PG_RE_THROW();
	}
	PG_END_TRY();
	session_timezone = saved;
	return TextDatumGetCString(result);
}

TimeStyle
TimeStyleOf(char *name, pg_tz *zone)
{
	TimeStyle	style = {TIME_PATTERN, name, zone};

	if (name == NULL || strcmp(name, "iso") == 0)
		style.format = TIME_ISO;
	else if (strcmp(name, "unix") == 0)
		style.format = TIME_UNIX;
	else if (strcmp(name, "unix_ms") == 0)
		style.format = TIME_UNIX_MS;
	return style;
}

char *
TimeText(const TimeStyle *style, TimestampTz ts)
{
	switch (style->format)
	{
		case TIME_UNIX:
			return UnixText(ts, USECS_PER_SEC);
		case TIME_UNIX_MS:
			return UnixText(ts, 1000);
		case TIME_PATTERN:
			return PatternText(style->pattern, style->zone, ts);
		default:
			return IsoText(ts);
	}
}

char *
WindowBoundText(const SourceDefinition *def, TimestampTz ts)
{
	return TimeText(&def->window_style, ts);
}

bool
IsWindowName(const char *name)
{
	return strcmp(name, "window_start") == 0 || strcmp(name, "window_end") == 0 ||
		strcmp(name, "window_last") == 0;
}

/* Some sources refuse an end that is still to come. */
static TimestampTz
Clamped(const SourceDefinition *def, const Slice *slice, TimestampTz bound)
{
	if (!def->window_clamp)
		return bound;
	return Max(slice->window_start, Min(bound, GetCurrentTimestamp()));
}

/* The last wanted unit is the one that the window's last instant lies in. */
char *
WindowText(const SourceDefinition *def, const Slice *slice, const char *name)
{
	if (strcmp(name, "window_start") == 0)
		return WindowBoundText(def, slice->window_start);
	if (strcmp(name, "window_end") == 0)
		return WindowBoundText(def, Clamped(def, slice, slice->window_end));
	return WindowBoundText(def, Clamped(def, slice, slice->window_end - 1));
}

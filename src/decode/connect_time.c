/*
 * connect_time.c
 *	  Write dates and times that are numbers as texts.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "decode/connect_time.h"
#include "utils/datetime.h"

#define NANOS_PER_SEC INT64CONST(1000000000)

/* What PostgreSQL's JDBC driver has for infinite times, in milliseconds. */
#define JDBC_INFINITY INT64CONST(9223372036825200000)
#define JDBC_MINUS_INFINITY (-INT64CONST(9223372036832400000))

/* The days that a date of PostgreSQL may have, since 1970. */
#define MIN_DAYS (-UNIX_EPOCH_JDATE)
#define MAX_DAYS (DATE_END_JULIAN - UNIX_EPOCH_JDATE - 1)

static void
AppendDay(StringInfo out, int64 days)
{
	int			year;
	int			month;
	int			day;

	j2date((int) days + UNIX_EPOCH_JDATE, &year, &month, &day);
	appendStringInfo(out, "%04d-%02d-%02d", year > 0 ? year : 1 - year, month, day);
}

static bool
IsBeforeChrist(int64 days)
{
	int			year;
	int			month;
	int			day;

	j2date((int) days + UNIX_EPOCH_JDATE, &year, &month, &day);
	return year <= 0;
}

bool
AppendDays(StringInfo out, int64 days)
{
	if (days < MIN_DAYS || days > MAX_DAYS)
		return false;
	AppendDay(out, days);
	if (IsBeforeChrist(days))
		appendStringInfoString(out, " BC");
	return true;
}

/* Digits of a fraction of a second, which are few where it has few. */
static void
AppendFraction(StringInfo out, int64 nanos)
{
	int			digits = 9;

	if (nanos == 0)
		return;
	while (nanos % 10 == 0)
	{
		nanos /= 10;
		digits--;
	}
	appendStringInfo(out, ".%0*d", digits, (int) nanos);
}

void
AppendClockTime(StringInfo out, int64 ticks, int64 tick)
{
	int64		per_second = NANOS_PER_SEC / tick;
	uint64		left = ticks < 0 ? -(uint64) ticks : (uint64) ticks;
	uint64		seconds = left / per_second;

	appendStringInfo(out, "%s%02lld:%02d:%02d", ticks < 0 ? "-" : "",
					 (long long) (seconds / 3600), (int) (seconds / 60 % 60), (int) (seconds % 60));
	AppendFraction(out, left % per_second * tick);
}

bool
InstantIsInfinite(int64 ticks)
{
	return ticks == JDBC_INFINITY || ticks == JDBC_MINUS_INFINITY;
}

bool
AppendInstant(StringInfo out, int64 ticks, int64 tick)
{
	int64		per_day = SECS_PER_DAY * (NANOS_PER_SEC / tick);
	int64		days = ticks / per_day - (ticks % per_day < 0);

	if (InstantIsInfinite(ticks))
	{
		appendStringInfoString(out, ticks > 0 ? "infinity" : "-infinity");
		return true;
	}
	if (days < MIN_DAYS || days > MAX_DAYS)
		return false;
	AppendDay(out, days);
	appendStringInfoChar(out, 'T');
	AppendClockTime(out, ticks - days * per_day, tick);
	if (IsBeforeChrist(days))
		appendStringInfoString(out, " BC");
	return true;
}

bool
TicksAreMicros(int64 ticks, int64 tick)
{
	return tick >= 1000 || ticks % (1000 / tick) == 0;
}

/*
 * recurrence.c
 *	  Read schedules and find their slots.
 *
 * Between two changes of a zone's offset to UTC, clocks run as the calendar does. So slots are
 * searched in one such stretch after the other, and the rules for the hours that are left out or
 * come twice concern the beginning of a stretch.
 */
#include "base/compat.h"
#include "base/recurrence.h"

#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#define EPOCH_OFFSET ((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/* Longer than clocks are ever set back, so that what comes a second time is known to. */
#define LOOK_BACK (26 * SECS_PER_HOUR)

/* The longest pause of a schedule: a 29 February that falls on a given day of the week. */
#define LOOK_AHEAD ((int64) 41 * DAYS_PER_YEAR * SECS_PER_DAY)

typedef struct Word
{
	const char *word;
	const char *fields;
} Word;

static const Word words[] = {
	{"@hourly", "0 * * * *"},
	{"@daily", "0 0 * * *"},
	{"@midnight", "0 0 * * *"},
	{"@weekly", "0 0 * * 0"},
	{"@monthly", "0 0 1 * *"},
	{"@yearly", "0 0 1 1 *"},
	{"@annually", "0 0 1 1 *"},
};

/* ---- reading ---- */

static const char *
FieldsOfWord(const char *schedule)
{
	for (int i = 0; i < lengthof(words); i++)
		if (pg_strcasecmp(schedule, words[i].word) == 0)
			return words[i].fields;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized schedule \"%s\"", schedule),
			 errhint("Valid words are @hourly, @daily, @weekly, @monthly and @yearly.")));
}

static void
ReadCalendar(const char *schedule, const char *time_zone, Recurrence *r)
{
	CronFieldsParse(schedule[0] == '@' ? FieldsOfWord(schedule) : schedule, &r->fields);
	r->kind = RECUR_CALENDAR;
	r->zone = pg_tzset(time_zone);
	if (r->zone == NULL || !pg_tz_acceptable(r->zone))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", time_zone),
				 errhint("Specify a name listed in the view pg_timezone_names, such as "
						 "'Europe/Berlin'.")));
}

/* A month and a day have no length of their own. */
static bool
HasLength(const Interval *interval)
{
	return interval->month == 0 && interval->day == 0 && interval->time >= USECS_PER_SEC &&
		interval->time % USECS_PER_SEC == 0;
}

static int
DetailOfLength(void)
{
	return errdetail("It must be a whole number of seconds, minutes or hours, and at least one "
					 "second.");
}

/* In microseconds. */
static int64
LengthOf(const Interval *interval, const char *schedule)
{
	if (!HasLength(interval))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid interval in schedule \"%s\"", schedule),
				 DetailOfLength(),
				 errhint("Use five fields or a word such as @daily for days and months.")));
	return interval->time;
}

static int64
LengthOfDelay(const Interval *delay)
{
	if (!HasLength(delay))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"max_delay\" with a continuous schedule"),
				 DetailOfLength(),
				 errhint("Specify it as in options => '{\"max_delay\": \"24 hours\"}'.")));
	return delay->time;
}

static void
SayHowOften(void *arg)
{
	errhint("Specify a number and a unit, as in 'every 30 seconds'.");
}

static void
ReadEvery(const char *schedule, const char *interval, Recurrence *r)
{
	ErrorContextCallback context = {error_context_stack, SayHowOften, NULL};
	Datum		value;

	/* called directly, because a setting is also read where there are no catalogues */
	error_context_stack = &context;
	value = DirectFunctionCall3(interval_in, CStringGetDatum(interval),
								ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	error_context_stack = context.previous;
	r->kind = RECUR_EVERY;
	r->interval = LengthOf(DatumGetIntervalP(value), schedule);
}

static void
CheckHasNoZone(const char *schedule, const char *time_zone)
{
	if (pg_strcasecmp(time_zone, "UTC") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("schedule \"%s\" cannot have time zone \"%s\"", schedule, time_zone),
				 errdetail("An interval has the same length in every time zone."),
				 errhint("Omit the time zone, or use a schedule of five fields.")));
}

/* What others write for an interval would be taken for fields. */
static void
CheckIsNoInterval(const char *schedule)
{
	if (strstr(schedule, "second") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid schedule \"%s\"", schedule),
				 errhint("Specify an interval as in 'every 30 seconds'.")));
}

void
RecurrenceParse(const char *schedule, const char *time_zone, const Interval *delay, Recurrence *r)
{
	memset(r, 0, sizeof(Recurrence));
	if (pg_strcasecmp(schedule, "continuous") == 0)
	{
		r->kind = RECUR_CONTINUOUS;
		r->interval = LengthOfDelay(delay);
		CheckHasNoZone(schedule, time_zone);
	}
	else if (pg_strncasecmp(schedule, "every ", 6) == 0)
	{
		ReadEvery(schedule, schedule + 6, r);
		CheckHasNoZone(schedule, time_zone);
	}
	else
	{
		CheckIsNoInterval(schedule);
		ReadCalendar(schedule, time_zone, r);
	}
}

void
RecurrenceCheck(const Recurrence *r, const char *schedule)
{
	TimestampTz slot;

	if (!RecurrenceNext(r, GetCurrentTimestamp(), &slot))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("schedule \"%s\" never occurs", schedule),
				 errdetail("No day of the calendar matches its day of month and its month.")));
}

const char *
RecurrenceName(const Recurrence *r)
{
	static const char *const names[] = {"cron", "every", "continuous"};

	return names[r->kind];
}

/* ---- slots of a calendar; times are seconds since 2000-01-01 00:00 UTC ---- */

/* Part of the time line in which the offset to UTC is the same. */
typedef struct Stretch
{
	int64		begin;
	int64		end;			/* exclusive */
	int64		offset;
} Stretch;

static Stretch
StretchFrom(pg_tz *zone, int64 begin, int64 horizon)
{
	pg_time_t	at = begin + EPOCH_OFFSET;
	pg_time_t	boundary;
	long		before;
	long		after;
	int			before_isdst;
	int			after_isdst;
	int			found = pg_next_dst_boundary(&at, &before, &before_isdst, &boundary, &after,
											 &after_isdst, zone);
	Stretch		stretch = {begin, horizon, before};

	if (found > 0)
		stretch.end = boundary - EPOCH_OFFSET;
	return stretch;
}

static int64
CeilMinute(int64 seconds)
{
	return seconds >= 0 ? (seconds + 59) / 60 : -(-seconds / 60);
}

/* Does a slot fall into the time that clocks passed over when the stretch began? */
static bool
LeftOut(const CronFields *fields, int64 from, int64 until)
{
	LocalMinute found;

	return from < until && CronFieldsNext(fields, CeilMinute(from), CeilMinute(until), &found);
}

/* The first slot of a stretch that is later than after. */
static bool
SlotOf(const Recurrence *r, const Stretch *s, const Stretch *previous, int64 after, int64 *slot)
{
	int64		from = s->begin + s->offset;
	LocalMinute found;

	if (previous != NULL && !CronFieldsEveryHour(&r->fields))
	{
		int64		reached = s->begin + previous->offset;

		if (s->begin > after && LeftOut(&r->fields, reached, from))
		{
			*slot = s->begin;
			return true;
		}
		from = Max(from, reached);
	}
	from = Max(from, after + s->offset + 1);
	if (!CronFieldsNext(&r->fields, CeilMinute(from), CeilMinute(s->end + s->offset), &found))
		return false;
	*slot = found * 60 - s->offset;
	return true;
}

static bool
NextOfCalendar(const Recurrence *r, int64 after, int64 *slot)
{
	int64		horizon = after + LOOK_AHEAD;
	Stretch		s = StretchFrom(r->zone, after - LOOK_BACK, horizon);
	Stretch		previous = s;

	for (bool first = true; s.begin < horizon; first = false)
	{
		if (s.end > after && SlotOf(r, &s, first ? NULL : &previous, after, slot))
			return true;
		previous = s;
		s = StretchFrom(r->zone, s.end, horizon);
	}
	return false;
}

/* ---- slots ---- */

static int64
FloorTo(int64 value, int64 step)
{
	int64		rest = value % step;

	return value - (rest < 0 ? rest + step : rest);
}

bool
RecurrenceNext(const Recurrence *r, TimestampTz after, TimestampTz *slot)
{
	int64		seconds;

	if (r->kind == RECUR_CONTINUOUS)
		*slot = after + r->interval;
	else if (r->kind == RECUR_EVERY)
		*slot = FloorTo(after, r->interval) + r->interval;
	else
	{
		if (!NextOfCalendar(r, FloorTo(after, USECS_PER_SEC) / USECS_PER_SEC, &seconds))
			return false;
		*slot = seconds * USECS_PER_SEC;
	}
	return true;
}

/* Looks back twice as far each time, so that few slots lie between what it finds and until. */
bool
RecurrenceLast(const Recurrence *r, TimestampTz after, TimestampTz until, TimestampTz *slot)
{
	int64		back = USECS_PER_MINUTE;
	TimestampTz from;
	TimestampTz next;

	do
	{
		from = until - after <= back ? after : until - back;
		if (!RecurrenceNext(r, from, &next))
			return false;
		back *= 2;
	} while (next > until && from > after);
	if (next > until)
		return false;
	while (next <= until)
	{
		*slot = next;
		if (!RecurrenceNext(r, next, &next))
			break;
	}
	return true;
}

/*
 * grid.c
 *	  Where partitions begin and end: a policy's intervals on its wall clock.
 */
#include "base/compat.h"
#include "partition/grid.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* Monday, 2000-01-03: where weeks and other spans of days are counted from. */
#define FIRST_MONDAY (2 * USECS_PER_DAY)

void
GridCheckInterval(const Interval *interval, const char *time_zone, Oid column_type)
{
	int			parts = (interval->month != 0) + (interval->day != 0) + (interval->time != 0);

	if (parts != 1 || interval->month < 0 || interval->day < 0 || interval->time < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition interval must be whole months, whole days or a part of a day"),
				 errhint("Specify it as in '1 month', '7 days' or '6 hours'.")));
	if (interval->time == 0)
		return;
	if (interval->time % USECS_PER_MINUTE != 0 || interval->time >= USECS_PER_DAY ||
		USECS_PER_DAY % interval->time != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition interval of less than a day must be minutes or hours that "
						"divide a day"),
				 errhint("Specify it as in '15 minutes', '1 hour' or '6 hours', or use '1 day'.")));
	if (column_type == DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition interval for a column of type date must be days or months")));

	/* Where clocks are set back, an hour of wall-clock time is two hours. */
	if (column_type == TIMESTAMPOID && pg_strcasecmp(time_zone, "UTC") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition interval of less than a day for a timestamp without time zone "
						"requires time zone UTC"),
				 errhint("Use a timestamptz column, an interval of days, or time zone UTC.")));
}

void
GridCheckZone(const char *time_zone)
{
	DirectFunctionCall2(timestamptz_zone, CStringGetTextDatum(time_zone),
						TimestampTzGetDatum(0));
}

Timestamp
GridLocal(const Policy *policy, TimestampTz at)
{
	return DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone,
												 CStringGetTextDatum(policy->time_zone),
												 TimestampTzGetDatum(at)));
}

TimestampTz
GridInstant(const Policy *policy, Timestamp local)
{
	return DatumGetTimestampTz(DirectFunctionCall2(timestamp_zone,
												   CStringGetTextDatum(policy->time_zone),
												   TimestampGetDatum(local)));
}

static int64
FloorTo(int64 value, int64 step)
{
	int64		rest = value % step;

	return value - (rest < 0 ? rest + step : rest);
}

/* Midnight of the first day of a month counted from year 0. */
static Timestamp
MonthStart(int64 month)
{
	int64		year = FloorTo(month, MONTHS_PER_YEAR) / MONTHS_PER_YEAR;
	int			day = date2j((int) year, (int) (month - year * MONTHS_PER_YEAR) + 1, 1);

	return (int64) (day - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;
}

static int64
MonthOf(Timestamp local)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return (int64) tm.tm_year * MONTHS_PER_YEAR + tm.tm_mon - 1;
}

/*
 * Where clocks are set back across midnight there are two midnights. A span begins at the one
 * that GridInstant means; what lies before it belongs to the span before.
 */
static PartitionBounds
MonthSpan(const Policy *policy, TimestampTz at)
{
	int			step = policy->interval->month;
	int64		first = FloorTo(MonthOf(GridLocal(policy, at)), step);
	PartitionBounds span;

	if (at < GridInstant(policy, MonthStart(first)))
		first -= step;
	span.lower = GridInstant(policy, MonthStart(first));
	span.upper = GridInstant(policy, MonthStart(first + step));
	return span;
}

static PartitionBounds
DaySpan(const Policy *policy, TimestampTz at)
{
	int64		step = policy->interval->day * USECS_PER_DAY;
	Timestamp	first = FloorTo(GridLocal(policy, at) - FIRST_MONDAY, step) + FIRST_MONDAY;
	PartitionBounds span;

	if (at < GridInstant(policy, first))
		first -= step;
	span.lower = GridInstant(policy, first);
	span.upper = GridInstant(policy, first + step);
	return span;
}

PartitionBounds
GridSpan(const Policy *policy, TimestampTz at)
{
	PartitionBounds span;

	if (policy->by_number)
	{
		span.lower = FloorTo(at, policy->step);
		span.upper = span.lower + policy->step;
		return span;
	}
	if (policy->interval->month > 0)
		return MonthSpan(policy, at);
	if (policy->interval->day > 0)
		return DaySpan(policy, at);
	span.lower = FloorTo(at, policy->interval->time);
	span.upper = span.lower + policy->interval->time;
	return span;
}

const char *
GridUnit(const Policy *policy)
{
	if (policy->by_number)
		return NULL;
	if (policy->interval->month > 0)
		return "month";
	return policy->interval->day > 0 ? "day" : NULL;
}

TimestampTz
GridCutoff(const Policy *policy, const Interval *age)
{
	Timestamp	now = GridLocal(policy, GetCurrentTransactionStartTimestamp());
	Datum		oldest = DirectFunctionCall2(timestamp_mi_interval, TimestampGetDatum(now),
											 IntervalPGetDatum(age));

	return GridSpan(policy, GridInstant(policy, DatumGetTimestamp(oldest))).lower;
}

bool
GridRetainCutoff(Oid relation, TimestampTz *cutoff)
{
	Policy	   *policy = PolicyOf(relation);

	if (policy == NULL || policy->by_rows || policy->retain == NULL)
		return false;
	*cutoff = GridCutoff(policy, policy->retain);
	return true;
}

/* Of a partition_interval in a time zone, the span that contains an instant. */
PG_FUNCTION_INFO_V1(elt_partition_span);
Datum
elt_partition_span(PG_FUNCTION_ARGS)
{
	Policy		policy = {0};
	PartitionBounds span;
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	policy.interval = PG_GETARG_INTERVAL_P(1);
	policy.time_zone = text_to_cstring(PG_GETARG_TEXT_PP(2));
	GridCheckInterval(policy.interval, policy.time_zone, TIMESTAMPTZOID);
	span = GridSpan(&policy, PG_GETARG_TIMESTAMPTZ(0));
	(void) get_call_result_type(fcinfo, NULL, &desc);
	values[0] = TimestampTzGetDatum(span.lower);
	values[1] = TimestampTzGetDatum(span.upper);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

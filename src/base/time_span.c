/*
 * time_span.c
 *	  Add an interval to a time and subtract it, in the session's time zone.
 */
#include "base/compat.h"
#include "base/time_span.h"

#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

/* So that no time near ours gets out of the range of timestamps. */
#define LONGEST_YEARS 1000

static int
Compare(const Interval *a, const Interval *b)
{
	return DatumGetInt32(DirectFunctionCall2(interval_cmp, IntervalPGetDatum(a),
											 IntervalPGetDatum(b)));
}

int
IntervalSign(const Interval *interval)
{
	static const Interval none = {0};

	return Compare(interval, &none);
}

bool
IntervalIsTooLong(const Interval *interval)
{
	Interval	longest = {.month = LONGEST_YEARS * MONTHS_PER_YEAR};
	Interval	longest_before = {.month = -LONGEST_YEARS * MONTHS_PER_YEAR};

	return Compare(interval, &longest) > 0 || Compare(interval, &longest_before) < 0;
}

TimestampTz
TimeMinus(TimestampTz time, const Interval *interval)
{
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_mi_interval,
												   TimestampTzGetDatum(time),
												   IntervalPGetDatum(interval)));
}

TimestampTz
TimePlus(TimestampTz time, const Interval *interval)
{
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
												   TimestampTzGetDatum(time),
												   IntervalPGetDatum(interval)));
}

/*
 * time_span.c
 *	  Add an interval to a time and subtract it, in the session's time zone.
 */
#include "base/compat.h"
#include "base/time_span.h"

#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

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

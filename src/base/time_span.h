/*
 * time_span.h
 *	  Add intervals to times and subtract them, as SQL does.
 */
#ifndef ELT_BASE_TIME_SPAN_H
#define ELT_BASE_TIME_SPAN_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* Less than 0, 0 or more, as the interval is compared with none. */
extern int	IntervalSign(const Interval *interval);

/* Does the interval exceed the limit of pipelines and policies, 1000 years? */
extern bool IntervalIsTooLong(const Interval *interval);

extern TimestampTz TimeMinus(TimestampTz time, const Interval *interval);
extern TimestampTz TimePlus(TimestampTz time, const Interval *interval);

#endif

/*
 * time_span.h
 *	  A time before or after another one, by an interval as SQL counts it.
 */
#ifndef ELT_BASE_TIME_SPAN_H
#define ELT_BASE_TIME_SPAN_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* Longer than the intervals of pipelines and policies may be, before or after: 1000 years. */
extern bool IntervalIsTooLong(const Interval *interval);

extern TimestampTz TimeMinus(TimestampTz time, const Interval *interval);
extern TimestampTz TimePlus(TimestampTz time, const Interval *interval);

#endif

/*
 * recurrence.h
 *	  When something recurs: five fields of cron in a time zone, a word such as @daily, an interval
 *	  such as 'every 30 seconds', or 'continuous'.
 *
 * A time that a schedule names is a slot. Where clocks are set forward, a slot in the hour that is
 * left out comes when that hour would have begun. Where they are set back, a slot in the hour that
 * comes twice comes the first time only. A schedule with every hour of the day needs neither rule:
 * its slots are all the times that match. Intervals are counted in UTC from midnight of 2000-01-01.
 */
#ifndef ELT_BASE_RECURRENCE_H
#define ELT_BASE_RECURRENCE_H

#include "postgres.h"
#include "base/cron_fields.h"
#include "datatype/timestamp.h"
#include "pgtime.h"

typedef enum RecurrenceKind
{
	RECUR_CALENDAR,
	RECUR_EVERY,
	RECUR_CONTINUOUS
} RecurrenceKind;

typedef struct Recurrence
{
	RecurrenceKind kind;
	CronFields	fields;			/* of a calendar */
	pg_tz	   *zone;			/* the same */
	int64		interval;		/* of the others, in microseconds */
} Recurrence;

/* Raises an error unless both texts are valid. delay is the interval of 'continuous'. */
extern void RecurrenceParse(const char *schedule, const char *time_zone, const Interval *delay,
							Recurrence *r);
/* Raises an error when that is nothing that ever comes. */
extern void RecurrenceCheck(const Recurrence *r, const char *schedule);
/* cron, every or continuous */
extern const char *RecurrenceName(const Recurrence *r);

/* The first slot after a time; false: there is none in the next decades. */
extern bool RecurrenceNext(const Recurrence *r, TimestampTz after, TimestampTz *slot);
/* The last slot in (after, until]; false: there is none. */
extern bool RecurrenceLast(const Recurrence *r, TimestampTz after, TimestampTz until,
						   TimestampTz *slot);

#endif

/*
 * cron_fields.h
 *	  The five fields of a cron schedule: minute, hour, day of month, month, day of week.
 *
 * As in cron, a day matches when both fields of days match; if neither begins with *, one of them
 * is enough.
 */
#ifndef ELT_BASE_CRON_FIELDS_H
#define ELT_BASE_CRON_FIELDS_H

#include "postgres.h"

/* One minute of a calendar without a time zone, in minutes since 2000-01-01 00:00. */
typedef int64 LocalMinute;

typedef struct CronFields
{
	uint64		minutes;		/* a bit for each value */
	uint32		hours;
	uint32		days;			/* of the month, from 1 */
	bool		last_day;		/* of the month, whichever day that is */
	uint32		months;			/* from 1 */
	uint32		weekdays;		/* 0 is Sunday */
	bool		any_day;		/* days begins with * */
	bool		any_weekday;	/* weekdays begins with * */
} CronFields;

/* Raises an error unless the text has five valid fields. */
extern void CronFieldsParse(const char *text, CronFields *fields);

/* Does it come in every hour of its days, so that the hours need not be told apart? */
extern bool CronFieldsEveryHour(const CronFields *fields);

/* The first minute in [from, until) that matches; false: there is none. */
extern bool CronFieldsNext(const CronFields *fields, LocalMinute from, LocalMinute until,
						   LocalMinute *found);

#endif

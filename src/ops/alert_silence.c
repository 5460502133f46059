/*
 * alert_silence.c
 *	  elt.silence_alert: once until some time, or again and again.
 */
#include "base/compat.h"
#include "ops/alert_silence.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/extension.h"
#include "base/recurrence.h"
#include "base/sql.h"
#include "base/time_span.h"
#include "fmgr.h"
#include "ops/alert_rights.h"
#include "utils/timestamp.h"

static void
ParseSchedule(const Alert *alert, Recurrence *r)
{
	static const Interval minute = {.time = USECS_PER_MINUTE};

	RecurrenceParse(alert->silent_schedule, alert->silent_time_zone, &minute, r);
}

bool
AlertIsSilent(const Alert *alert, TimestampTz now)
{
	Recurrence	r;
	TimestampTz begin;

	if (alert->silent_from <= now && now < alert->silent_until)
		return true;
	if (alert->silent_schedule == NULL)
		return false;
	ParseSchedule(alert, &r);
	return RecurrenceLast(&r, TimeMinus(now, alert->silent_for), now, &begin);
}

static void
CheckWindows(const Alert *alert)
{
	Recurrence	r;

	if ((alert->silent_schedule == NULL) != (alert->silent_for == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("schedule and silent_for must be specified together")));
	if (alert->silent_schedule == NULL)
		return;
	ParseSchedule(alert, &r);
	RecurrenceCheck(&r, alert->silent_schedule);
	if (r.kind == RECUR_CONTINUOUS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("silence cannot be continuous"),
				 errhint("Use silent_until => 'infinity'.")));
	if (IntervalSign(alert->silent_for) <= 0 || IntervalIsTooLong(alert->silent_for))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("silent_for must be greater than zero and at most 1000 years")));
}

/* What is not specified is silent no more. */
static void
Silence(Alert *alert, FunctionCallInfo fcinfo)
{
	alert->silent_from = PG_ARGISNULL(1) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(2);
	alert->silent_until = PG_ARGISNULL(1) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(1);
	alert->silent_schedule = TextArgOrNull(fcinfo, 3);
	alert->silent_for = PG_ARGISNULL(4) ? NULL : PG_GETARG_INTERVAL_P(4);
	alert->silent_time_zone = TextArg(fcinfo, 5);
	CheckWindows(alert);
	AlertUpdate(alert);
}

/*
 * elt.silence_alert(alert, silent_until, silent_from, schedule, silent_for, schedule_time_zone)
 */
PG_FUNCTION_INFO_V1(elt_silence_alert);
Datum
elt_silence_alert(PG_FUNCTION_ARGS)
{
	List	   *alerts;
	ListCell   *lc;
	char	   *name;

	RequireArg(fcinfo, 0, "alert");
	RequireArg(fcinfo, 2, "silent_from");
	RequireArg(fcinfo, 5, "schedule_time_zone");
	ExtensionCheckVersion();
	name = TextArg(fcinfo, 0);
	SPI_connect();
	CheckMayDefineAlerts();
	alerts = strcmp(name, "*") == 0 ? AlertsAll() : list_make1(AlertNamed(name));
	foreach(lc, alerts)
		Silence(lfirst(lc), fcinfo);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

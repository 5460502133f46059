/*
 * maintenance_time.c
 *	  The time of the next maintenance. It is known to the scheduler alone: a maintenance that is
 *	  missed while no scheduler runs is made at the next time.
 */
#include "base/compat.h"
#include "worker/maintenance_time.h"

#include "base/recurrence.h"
#include "base/sql.h"
#include "catalog/run_history.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

/* A time further ahead was computed before the clock was set back. */
#define LONGEST_PAUSE (5 * 366 * USECS_PER_DAY)

static char *schedule;
static char *planned_by = NULL; /* the schedule from which due_at was computed */
static TimestampTz due_at;

static void
Parse(const char *text, Recurrence *r)
{
	Interval	delay = {.time = USECS_PER_MINUTE};

	RecurrenceParse(text, "UTC", &delay, r);
	RecurrenceCheck(r, text);
}

static bool
CheckSchedule(char **newval, void **extra, GucSource source)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool valid = true;

	if (**newval == '\0')
		return true;
	PG_TRY();
	{
		Recurrence	r;

		Parse(*newval, &r);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		GUC_check_errmsg("%s", error->message);
		if (error->hint != NULL)
			GUC_check_errhint("%s", error->hint);
		valid = false;
	}
	PG_END_TRY();
	return valid;
}

void
MaintenanceTimeInit(void)
{
	DefineCustomStringVariable("elt.maintenance_schedule",
							   "Sets when partitions are created in advance, retention is applied "
							   "and old history is deleted, in UTC, while there is a schedule or "
							   "a policy.",
							   "An empty string disables it.",
							   &schedule, "7 * * * *", PGC_SIGHUP, 0, CheckSchedule, NULL, NULL);
	DefineCustomIntVariable("elt.run_retention",
							"Sets how long runs are kept in elt.runs, with their steps and results "
							"of checks, and slots in elt.slots; 0 keeps them forever.",
							"The last successful run of each pipeline is kept, with later ones.",
							&RunRetention, 90 * 24 * 60, 0, PG_INT32_MAX, PGC_SUSET, GUC_UNIT_MIN,
							NULL, NULL, NULL);
}

static void
PlanNext(TimestampTz now)
{
	Recurrence	r;

	if (planned_by != NULL)
		free(planned_by);
	planned_by = strdup(schedule);
	Parse(schedule, &r);
	if (!RecurrenceNext(&r, now, &due_at))
		due_at = DT_NOEND;
}

/* False when there is none. */
static bool
IsPlanned(void)
{
	TimestampTz now = GetCurrentTimestamp();

	if (*schedule == '\0')
		return false;
	if (planned_by == NULL || strcmp(planned_by, schedule) != 0 ||
		(!TIMESTAMP_NOT_FINITE(due_at) && due_at > now + LONGEST_PAUSE))
		PlanNext(now);
	return !TIMESTAMP_NOT_FINITE(due_at);
}

/* Is there a schedule or a policy for which to maintain anything? */
static bool
IsWanted(void)
{
	Sql			q;

	SqlBeginKept(&q, "select where exists (select from elt_catalog.schedule) "
				 "or exists (select from elt_catalog.policy)");
	return SqlDo(&q, AsCatalog()) > 0;
}

bool
MaintenanceIsDue(void)
{
	return IsPlanned() && due_at <= GetCurrentTimestamp() && IsWanted();
}

void
MaintenanceBegins(void)
{
	PlanNext(GetCurrentTimestamp());
}

bool
MaintenanceTime(TimestampTz *when)
{
	if (!IsPlanned() || due_at <= GetCurrentTimestamp())
		return false;
	*when = due_at;
	return true;
}

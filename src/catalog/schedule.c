/*
 * schedule.c
 *	  The pg_cron jobs of this database: one per pipeline with a schedule, and maintenance.
 */
#include "base/compat.h"
#include "catalog/schedule.h"

#include "base/errors.h"
#include "base/extension.h"
#include "base/identity.h"
#include "base/shmem.h"
#include "base/sql.h"
#include "catalog/pg_authid.h"
#include "commands/dbcommands.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/syscache.h"

/* No pipeline can have this name. */
#define MAINTENANCE ":maintenance"
#define MAINTENANCE_SCHEDULE "7 * * * *"
#define MAINTENANCE_COMMAND "CALL elt_catalog.maintain()"

static bool
HasCron(void)
{
	return OidIsValid(get_extension_oid("pg_cron", true));
}

static char *
JobName(const char *what)
{
	return psprintf("elt:%s:%s", get_database_name(MyDatabaseId), what);
}

static char *
EnqueueCommand(const char *pipeline)
{
	return psprintf("SELECT elt.enqueue(%s)", quote_literal_cstr(pipeline));
}

/* What creates a job where pg_cron is. */
static char *
RemoteJob(const char *what, const char *schedule, const char *command)
{
	return psprintf("SELECT cron.schedule_in_database(%s, %s, %s, %s);",
					quote_literal_cstr(JobName(what)), quote_literal_cstr(schedule),
					quote_literal_cstr(command),
					quote_literal_cstr(get_database_name(MyDatabaseId)));
}

static void
CheckHasCron(const char *pipeline, const char *schedule)
{
	const char *where = GetConfigOption("cron.database_name", true, false);

	if (HasCron())
		return;
	if (where == NULL || strcmp(where, get_database_name(MyDatabaseId)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("schedules require extension \"pg_cron\" in this database"),
				 errhint("Add pg_cron to shared_preload_libraries, set cron.database_name = '%s', "
						 "restart the server, and run CREATE EXTENSION pg_cron.",
						 get_database_name(MyDatabaseId))));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("schedules require extension \"pg_cron\", which is configured for database "
					"\"%s\"",
					where),
			 errhint("Omit the schedule and run in database \"%s\": %s For partition maintenance "
					 "and retention, run there once: %s", where,
					 RemoteJob(pipeline, schedule, EnqueueCommand(pipeline)),
					 RemoteJob(MAINTENANCE, MAINTENANCE_SCHEDULE, MAINTENANCE_COMMAND))));
}

/* pg_cron connects as the job's owner. */
static void
CheckOwnerCanLogin(void)
{
	Oid			owner = ExtensionOwner();
	HeapTuple	tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(owner));
	bool		can_login = HeapTupleIsValid(tuple) &&
		((Form_pg_authid) GETSTRUCT(tuple))->rolcanlogin;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	if (!can_login)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("pg_cron cannot run jobs of the extension's owner \"%s\", which is not "
						"permitted to log in",
						GetUserNameFromId(owner, true)),
				 errhint("Use ALTER ROLE %s LOGIN, or call elt.enqueue from another scheduler.",
						 quote_identifier(GetUserNameFromId(owner, true)))));
}

static void
AddScheduleContext(void *pipeline)
{
	if (geterrcode() == ERRCODE_INVALID_PARAMETER_VALUE)
		errhint("Specify minute, hour, day of month, month and day of week, for example "
				"'*/15 * * * *'.");
	errcontext("schedule of pipeline \"%s\"", (const char *) pipeline);
}

static int
CountFields(const char *schedule)
{
	int			fields = 0;

	for (const char *c = schedule; *c != '\0'; c++)
		if (!isspace((unsigned char) *c) && (c == schedule || isspace((unsigned char) c[-1])))
			fields++;
	return fields;
}

/* pg_cron reads five fields and leaves the rest unread. */
static void
CheckFields(const char *schedule)
{
	int			fields = CountFields(schedule);

	if (fields > 5)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("schedule \"%s\" must have five fields, not %d", schedule, fields),
				 errdetail("Fields for seconds or years are not supported."),
				 errhint("Specify minute, hour, day of month, month and day of week, for example "
						 "'*/15 * * * *'.")));
}

static void
SetJob(const char *what, const char *schedule, const char *command)
{
	Sql			q;

	SqlBegin(&q, "select cron.schedule($1::text, $2::text, $3::text)");
	SqlAddText(&q, JobName(what));
	SqlAddText(&q, schedule);
	SqlAddText(&q, command);
	SqlDo(&q, AsCatalog());
}

/*
 * By id: the name that unschedule takes is cut at 63 bytes in older versions of pg_cron. An
 * extension of any version is dropped with its jobs.
 */
static void
RemoveJobs(const char *what, const char *condition)
{
	Sql			q;

	SqlBegin(&q, psprintf("select cron.unschedule(j.jobid) from cron.job j "
						  "where j.username = current_user::text "
						  "and j.database = current_database()::text and %s", condition));
	SqlAddText(&q, what);
	SqlDo(&q, ExtensionOwner());
}

static bool
OnlyMaintenanceIsLeft(void)
{
	Sql			q;

	SqlBegin(&q, "select from cron.job j where j.username = current_user::text "
			 "and j.database = current_database()::text and starts_with(j.jobname, $1) "
			 "and j.jobname <> $2 limit 1");
	SqlAddText(&q, JobName(""));
	SqlAddText(&q, JobName(MAINTENANCE));
	return SqlDo(&q, AsCatalog()) == 0;
}

static void
TellTimeZone(void)
{
	const char *zone = GetConfigOption("cron.timezone", true, false);

	ereport(NOTICE,
			(errmsg("pg_cron interprets schedules in time zone \"%s\"", zone ? zone : "GMT"),
			 zone ? 0 : errdetail("This version of pg_cron does not support other time zones.")));
}

void
ScheduleSet(const Pipeline *p, const char *schedule)
{
	ErrorContextCallback context;

	CheckFields(schedule);
	RequirePreload("a schedule");
	CheckHasCron(p->name, schedule);
	CheckOwnerCanLogin();

	context.callback = AddScheduleContext;
	context.arg = p->name;
	context.previous = error_context_stack;
	error_context_stack = &context;
	/* One that came with a dump has the port of its original. */
	RemoveJobs(JobName(p->name), "j.jobname = $1");
	SetJob(p->name, schedule, EnqueueCommand(p->name));
	SetJob(MAINTENANCE, MAINTENANCE_SCHEDULE, MAINTENANCE_COMMAND);
	error_context_stack = context.previous;
	TellTimeZone();
}

void
ScheduleRemove(const char *pipeline_name)
{
	if (!HasCron())
		return;
	RemoveJobs(JobName(pipeline_name), "j.jobname = $1");
	if (OnlyMaintenanceIsLeft())
		RemoveJobs(JobName(MAINTENANCE), "j.jobname = $1");
}

void
ScheduleRename(const char *pipeline_name, const char *new_name)
{
	Sql			q;

	if (!HasCron())
		return;
	SqlBegin(&q, "update cron.job j set jobname = $2, command = $3 "
			 "where j.username = current_user::text and j.jobname = $1");
	SqlAddText(&q, JobName(pipeline_name));
	SqlAddText(&q, JobName(new_name));
	SqlAddText(&q, EnqueueCommand(new_name));
	SqlDo(&q, AsCatalog());
}

void
ScheduleRemoveAll(void)
{
	if (!HasCron())
		return;
	SPI_connect();
	RemoveJobs(JobName(""), "starts_with(j.jobname, $1)");
	SPI_finish();
}

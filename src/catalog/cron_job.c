/*
 * cron_job.c
 *	  Create and remove the pg_cron job of this database.
 *
 * What is due is decided by elt.tick and not by pg_cron, so that a time zone, a missed slot and two
 * calls at once mean the same with every version of pg_cron, and with any other clock.
 */
#include "base/compat.h"
#include "catalog/cron_job.h"

#include "base/extension.h"
#include "base/shmem.h"
#include "base/sql.h"
#include "base/tick_time.h"
#include "catalog/pg_authid.h"
#include "commands/dbcommands.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/syscache.h"

#define JOB "tick"
#define JOB_SCHEDULE "* * * * *"
#define JOB_COMMAND "SELECT elt.tick()"

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

/* Where pg_cron works; NULL: it is not loaded. */
static const char *
CronDatabase(void)
{
	return GetConfigOption("cron.database_name", true, false);
}

static bool
WorksHere(void)
{
	const char *where = CronDatabase();

	return where == NULL || strcmp(where, get_database_name(MyDatabaseId)) == 0;
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
				 errhint("Use ALTER ROLE %s LOGIN, or call elt.tick each minute from another "
						 "scheduler.",
						 quote_identifier(GetUserNameFromId(owner, true)))));
}

void
CronJobCheck(void)
{
	if (HasCron())
		CheckOwnerCanLogin();
	else if (WorksHere() && !TickedRecently())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("schedules require extension \"pg_cron\" in this database"),
				 errhint("Add pg_cron to shared_preload_libraries, set cron.database_name = '%s', "
						 "restart the server, and run CREATE EXTENSION pg_cron; or call elt.tick "
						 "each minute from another scheduler, then try again.",
						 get_database_name(MyDatabaseId))));
}

/* What creates the job where pg_cron is. */
static char *
RemoteJob(void)
{
	return psprintf("SELECT cron.schedule_in_database(%s, %s, %s, %s);",
					quote_literal_cstr(JobName(JOB)), quote_literal_cstr(JOB_SCHEDULE),
					quote_literal_cstr(JOB_COMMAND),
					quote_literal_cstr(get_database_name(MyDatabaseId)));
}

static void
WarnNotHere(void)
{
	if (WorksHere())
		ereport(WARNING,
				(errmsg("schedules do not start runs, because nothing calls elt.tick in this "
						"database"),
				 errhint("Run CREATE EXTENSION pg_cron, then set a schedule again.")));
	else
		ereport(WARNING,
				(errmsg("schedules do not start runs before pg_cron calls elt.tick in this "
						"database"),
				 errdetail("The database of pg_cron is \"%s\".", CronDatabase()),
				 errhint("Run there once: %s", RemoteJob())));
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

/* One that came with a dump has the port of its original, and is replaced. */
static bool
IsThere(void)
{
	Sql			q;

	SqlBegin(&q, "select from cron.job j where j.username = current_user::text "
			 "and j.database = current_database()::text and j.jobname = $1 and j.command = $2 "
			 "and j.nodeport = current_setting('port')::int");
	SqlAddText(&q, JobName(JOB));
	SqlAddText(&q, JOB_COMMAND);
	return SqlDo(&q, AsCatalog()) > 0;
}

static void
CreateJob(void)
{
	Sql			q;

	SqlBegin(&q, "select cron.schedule($1::text, $2::text, $3::text)");
	SqlAddText(&q, JobName(JOB));
	SqlAddText(&q, JOB_SCHEDULE);
	SqlAddText(&q, JOB_COMMAND);
	SqlDo(&q, AsCatalog());
}

void
CronJobEnsure(void)
{
	if (!HasCron())
	{
		if (!TickedRecently())
			WarnNotHere();
		return;
	}
	if (IsThere())
		return;
	CronJobRemove();
	CreateJob();
}

void
CronJobRemove(void)
{
	if (HasCron())
		RemoveJobs(JobName(JOB), "j.jobname = $1");
}

bool
CronJobOfPipeline(const char *pipeline, char **schedule, char **time_zone)
{
	const char *zone = GetConfigOption("cron.timezone", true, false);
	bool		found;
	Sql			q;

	if (!HasCron())
		return false;
	SqlBegin(&q, "select j.schedule from cron.job j where j.username = current_user::text "
			 "and j.database = current_database()::text and j.jobname = $1 and j.active");
	SqlAddText(&q, JobName(pipeline));
	found = SqlRun(&q, AsCatalog()) > 0;
	if (found)
		*schedule = SqlText(&q, 0, 1);
	SqlDone(&q);
	*time_zone = pstrdup(zone == NULL || pg_strcasecmp(zone, "GMT") == 0 ? "UTC" : zone);
	return found;
}

void
CronJobRemoveOf(const char *pipeline)
{
	if (HasCron())
		RemoveJobs(JobName(pipeline), "j.jobname = $1 and j.command <> '" JOB_COMMAND "'");
}

void
CronJobRemoveAll(void)
{
	if (!HasCron())
		return;
	SPI_connect();
	RemoveJobs(JobName(""), "starts_with(j.jobname, $1)");
	SPI_finish();
}

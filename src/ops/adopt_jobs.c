/*
 * adopt_jobs.c
 *	  Take over what an earlier version has scheduled, at the end of the update of the extension.
 *
 * It had a pg_cron job for each pipeline and one for the maintenance. What the job says is what
 * has started runs, so it counts where it differs from the definition.
 */
#include "base/compat.h"

#include "base/attempt.h"
#include "base/sql.h"
#include "catalog/cron_job.h"
#include "catalog/schedule.h"
#include "utils/builtins.h"

/* No pipeline can have this name. */
#define MAINTENANCE ":maintenance"

static List *
PipelinesToAdopt(void)
{
	Sql			q;

	SqlBegin(&q, "select p.name from elt_catalog.pipeline p where p.schedule is not null"
			 " and not exists (select from elt_catalog.schedule s where s.pipeline_id = p.id)"
			 " order by p.name");
	return SqlDoTexts(&q, AsCatalog());
}

static void
StoreSchedule(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.pipeline set schedule = $2, schedule_time_zone = $3 where id = $1");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, p->schedule);
	SqlAddText(&q, p->schedule_time_zone);
	SqlDo(&q, AsCatalog());
}

static void
WarnInactive(const Pipeline *p)
{
	ereport(WARNING,
			(errmsg("pipeline \"%s\" has no schedule any more", p->name),
			 errdetail("Its job in pg_cron was inactive or had been removed."),
			 errhint("Use SELECT elt.alter_pipeline(%s, schedule => %s) to let the schedule start "
					 "runs.", quote_literal_cstr(p->name), quote_literal_cstr(p->schedule))));
}

static void
WarnNotAdopted(const Pipeline *p, const ErrorData *error)
{
	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("the schedule of pipeline \"%s\" is still a job of pg_cron: %s", p->name,
					error->message),
			 errhint("Use SELECT elt.alter_pipeline(%s, schedule => ...) to set it in another form, "
					 "then cron.unschedule to remove the job.", quote_literal_cstr(p->name))));
}

static void
Adopt(void *arg)
{
	const Pipeline *p = arg;

	StoreSchedule(p);
	ScheduleApply(p);
	CronJobRemoveOf(p->name);
}

static void
AdoptJobOf(Pipeline *p)
{
	Pipeline	without = *p;
	ErrorData  *error;

	if (CronJobOfPipeline(p->name, &p->schedule, &p->schedule_time_zone))
	{
		error = Attempt(Adopt, p);
		if (error != NULL)
			WarnNotAdopted(p, error);
		return;
	}
	WarnInactive(p);
	without.schedule = NULL;
	StoreSchedule(&without);
	CronJobRemoveOf(p->name);
}

/*
 * elt_catalog.adopt_jobs()
 *		Nothing to do in a new installation.
 */
PG_FUNCTION_INFO_V1(elt_adopt_jobs);
Datum
elt_adopt_jobs(PG_FUNCTION_ARGS)
{
	ListCell   *lc;

	SPI_connect();
	foreach(lc, PipelinesToAdopt())
		AdoptJobOf(PipelineByName(lfirst(lc)));
	CronJobRemoveOf(MAINTENANCE);
	SPI_finish();
	PG_RETURN_VOID();
}

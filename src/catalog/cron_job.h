/*
 * cron_job.h
 *	  The one pg_cron job of this database, elt:<database>:tick, which calls elt.tick() each minute.
 *
 * SPI must be connected. The job belongs to the extension's owner.
 */
#ifndef ELT_CATALOG_CRON_JOB_H
#define ELT_CATALOG_CRON_JOB_H

#include "postgres.h"

/* Error where no pg_cron can call elt.tick in this database. */
extern void CronJobCheck(void);
/*
 * Create the job. Where pg_cron works in another database, or there is none, a warning with the
 * statement to run instead, unless something has called elt.tick recently.
 */
extern void CronJobEnsure(void);
/* Remove it; harmless when there is none, or no pg_cron. */
extern void CronJobRemove(void);
/*
 * What an earlier version has scheduled for a pipeline: its own job, which enqueues it. False: there
 * is none that is active.
 */
extern bool CronJobOfPipeline(const char *pipeline, char **schedule, char **time_zone);
extern void CronJobRemoveOf(const char *pipeline);
/* Remove all of this database's jobs, those of earlier versions included. */
extern void CronJobRemoveAll(void);

#endif

/*
 * schedule.h
 *	  pg_cron jobs: elt:<database>:<pipeline> enqueues a pipeline, elt:<database>::maintenance
 *	  makes partitions and applies retention while any pipeline has a schedule.
 *
 * SPI must be connected. The jobs belong to the extension's owner.
 */
#ifndef ELT_CATALOG_SCHEDULE_H
#define ELT_CATALOG_SCHEDULE_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Create or change a pipeline's job; error where pg_cron or the preload is missing. */
extern void ScheduleSet(const Pipeline *p, const char *schedule);
/* Remove it; harmless when there is none, or no pg_cron. */
extern void ScheduleRemove(const char *pipeline_name);
/* Rename the job of a renamed pipeline; it stays active or inactive. */
extern void ScheduleRename(const char *pipeline_name, const char *new_name);
/* Remove all of this database's jobs. */
extern void ScheduleRemoveAll(void);

#endif

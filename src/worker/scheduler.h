/*
 * scheduler.h
 *	  One process per database: starts runs that are due, repairs runs whose process is gone.
 */
#ifndef ELT_WORKER_SCHEDULER_H
#define ELT_WORKER_SCHEDULER_H

extern void SchedulerInit(void);

#endif

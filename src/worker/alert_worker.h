/*
 * alert_worker.h
 *	  When the scheduler starts the worker that evaluates and sends the alerts of its database.
 */
#ifndef ELT_WORKER_ALERT_WORKER_H
#define ELT_WORKER_ALERT_WORKER_H

#include "postgres.h"
#include "datatype/timestamp.h"

extern void AlertWorkerInit(void);

/* For the scheduler, with SPI connected. */
/* When they are due next, if there are any. */
extern bool AlertsTime(TimestampTz *when);
extern void AlertsBegin(void);

#endif

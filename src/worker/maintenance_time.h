/*
 * maintenance_time.h
 *	  When the scheduler starts the maintenance of its database: setting elt.maintenance_schedule,
 *	  while any pipeline has a schedule or any table a policy.
 */
#ifndef ELT_WORKER_MAINTENANCE_TIME_H
#define ELT_WORKER_MAINTENANCE_TIME_H

#include "postgres.h"
#include "datatype/timestamp.h"

extern void MaintenanceTimeInit(void);

/* For the scheduler, with SPI connected. */
extern bool MaintenanceIsDue(void);
extern void MaintenanceBegins(void);
/* When it is due next, if it is not due now, and ever will be. */
extern bool MaintenanceTime(TimestampTz *when);

#endif

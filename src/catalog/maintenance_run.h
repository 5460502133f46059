/*
 * maintenance_run.h
 *	  The history of maintenance: elt.maintenance_runs.
 */
#ifndef ELT_CATALOG_MAINTENANCE_RUN_H
#define ELT_CATALOG_MAINTENANCE_RUN_H

#include "postgres.h"

/* Write the beginning of one and forget the oldest; returns its ID. */
extern int64 MaintenanceRunBegin(void);
extern void MaintenanceRunEnd(int64 id, int64 created, int64 removed, int64 rows, int64 errors);

#endif

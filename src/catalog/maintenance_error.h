/*
 * maintenance_error.h
 *	  Errors of the maintenance job: elt.maintenance_errors.
 */
#ifndef ELT_CATALOG_MAINTENANCE_ERROR_H
#define ELT_CATALOG_MAINTENANCE_ERROR_H

#include "postgres.h"

/* Keep a step's failure, of a relation or InvalidOid; true when the step did not fail before. */
extern bool MaintenanceErrorWrite(Oid relation, const char *step, const ErrorData *error);
/* The step has succeeded. */
extern void MaintenanceErrorClear(Oid relation, const char *step);
/* Delete the errors of tables that are no longer maintained. */
extern void MaintenanceErrorsForget(void);

#endif

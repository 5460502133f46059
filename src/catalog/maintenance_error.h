/*
 * maintenance_error.h
 *	  What the maintenance could not do: elt.maintenance_errors.
 */
#ifndef ELT_CATALOG_MAINTENANCE_ERROR_H
#define ELT_CATALOG_MAINTENANCE_ERROR_H

#include "postgres.h"

/* Keep a step's failure, of a relation or InvalidOid; true when the step did not fail before. */
extern bool MaintenanceErrorWrite(Oid relation, const char *step, const ErrorData *error);
/* The step has succeeded. */
extern void MaintenanceErrorClear(Oid relation, const char *step);
/* Those of tables that are not maintained any more. */
extern void MaintenanceErrorsForget(void);

#endif

/*
 * home.h
 *	  Whether this database is where its pipelines were declared, or a copy.
 */
#ifndef ELT_CATALOG_HOME_H
#define ELT_CATALOG_HOME_H

#include "postgres.h"

/* In a database that was made from a template with pipelines: pause them, and return true. */
extern bool HomeSettle(void);
/* Error when pipelines came with a dump or a copy and none has been resumed. */
extern void HomeCheck(void);
/* Somebody wants pipelines to run here. */
extern void HomeConfirm(void);

#endif

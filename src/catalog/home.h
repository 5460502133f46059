/*
 * home.h
 *	  Whether this database is where its pipelines were declared, or was restored from a dump.
 */
#ifndef ELT_CATALOG_HOME_H
#define ELT_CATALOG_HOME_H

#include "postgres.h"

/* Error when pipelines came with a dump and none has been resumed. */
extern void HomeCheck(void);
/* Somebody wants pipelines to run here. */
extern void HomeConfirm(void);

#endif

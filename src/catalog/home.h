/*
 * home.h
 *	  Detect whether this database is a copy of the one where its pipelines were created.
 */
#ifndef ELT_CATALOG_HOME_H
#define ELT_CATALOG_HOME_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* In a database that was made from a template with pipelines: pause them, and return true. */
extern bool HomeSettle(void);
/* Error when pipelines came with a dump or a copy and none has been resumed. */
extern void HomeCheck(void);
/* How to end what pauses a pipeline: elt.pause, or elt.pause_all. */
extern char *ResumeHint(const char *pipeline);
/* Error when it may start no run, by itself or with all others. */
extern void PipelineCheckNotPaused(const Pipeline *p);
/* The user wants pipelines to run in this database. */
extern void HomeConfirm(void);

#endif

/*
 * run_log.h
 *	  Tell the server log of runs as JSON, if elt.log_format says so.
 */
#ifndef ELT_CATALOG_RUN_LOG_H
#define ELT_CATALOG_RUN_LOG_H

#include "postgres.h"

extern void RunLogInit(void);
extern bool RunLogIsJson(void);

/* A line with what is recorded of the run; nothing when the format is text. */
extern void RunLog(int64 run_id);

#endif

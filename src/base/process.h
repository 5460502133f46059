/*
 * process.h
 *	  Processes by pid and start time: a pid alone may be somebody else's by now.
 */
#ifndef ELT_BASE_PROCESS_H
#define ELT_BASE_PROCESS_H

#include "postgres.h"
#include "datatype/timestamp.h"

/*
 * Is the process still there? Compare only what was read from a table before: whoever wrote
 * it was alive then, so a miss means that it has ended since.
 */
extern bool ProcessIsAlive(int pid, TimestampTz backend_start);

#endif

/*
 * process.h
 *	  Identify processes by pid and start time, because pids are reused.
 */
#ifndef ELT_BASE_PROCESS_H
#define ELT_BASE_PROCESS_H

#include "postgres.h"
#include "datatype/timestamp.h"

/*
 * Is the process still running? To be called for a pid read from a table, whose process was
 * running when it was written.
 */
extern bool ProcessIsAlive(int pid, TimestampTz backend_start);

#endif

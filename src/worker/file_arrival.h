/*
 * file_arrival.h
 *	  When to look for files that have arrived.
 */
#ifndef ELT_WORKER_FILE_ARRIVAL_H
#define ELT_WORKER_FILE_ARRIVAL_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* The scheduler's side: when to start the worker that looks; false: nothing waits for files. */
extern bool FilesLookTime(TimestampTz *when);
extern void FilesLookBegins(void);

#endif

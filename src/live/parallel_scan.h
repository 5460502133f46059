/*
 * parallel_scan.h
 *	  A live SELECT by several processes, each of which reads some parts of the files.
 */
#ifndef ELT_LIVE_PARALLEL_SCAN_H
#define ELT_LIVE_PARALLEL_SCAN_H

#include "postgres.h"
#include "foreign/fdwapi.h"

/* Add a path by several processes, if there are rows enough: rows and total are those of one process. */
extern void ParallelPathAdd(PlannerInfo *root, RelOptInfo *rel, double rows, Cost startup, Cost total);

/* Fill in the callbacks of planning and execution. */
extern void ParallelRoutines(FdwRoutine *routine);

#endif

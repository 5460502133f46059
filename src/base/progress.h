/*
 * progress.h
 *	  Progress of the run or maintenance of this process, for elt.progress.
 */
#ifndef ELT_BASE_PROGRESS_H
#define ELT_BASE_PROGRESS_H

#include "postgres.h"

/* One run at a time; a second ProgressBegin replaces the first. Maintenance is run 0 of "". */
extern void ProgressBegin(int64 run_id, const char *pipeline, const char *kind);
extern void ProgressPhase(const char *phase);	/* pull, prepare, land, ... */
extern void ProgressSlices(int64 done, int64 total);
extern void ProgressAdd(int64 rows, int64 bytes, int64 pages, int64 requests);
/*
 * The run is over: wakes the scheduler and elt.wait when the transaction ends, so call it in
 * the transaction that records the outcome, or after. Harmless without a run.
 */
extern void ProgressEnd(void);

/*
 * Request a run to stop after the current slice; false when that was requested before, or there
 * is no such run. The run checks for it between slices.
 */
extern bool ProgressAskStop(int64 run_id, int pid);
extern bool ProgressMustStop(void);

/* The process that executes a run of this database; 0: none that is known. */
extern int	ProgressPid(int64 run_id);

#endif

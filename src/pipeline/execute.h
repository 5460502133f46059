/*
 * execute.h
 *	  Execute a run, in the calling session or in a worker: the same code.
 *
 * SPI must be connected nonatomic, with nothing else open in the transaction.
 */
#ifndef ELT_PIPELINE_EXECUTE_H
#define ELT_PIPELINE_EXECUTE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/run.h"

/*
 * Execute a queued run in a worker. The outcome is recorded durably and logged; only cancellation
 * is thrown, after it was recorded. A run that cannot start yet stays queued.
 */
extern void ExecuteRun(int64 run_id);

/* Execute in the session, and throw when the run fails, after that was recorded. */
extern void ExecuteNow(Pipeline *p, bool has_window, TimestampTz from, TimestampTz to);

/* Pull one batch and leave it staged. */
extern void ExecutePull(Pipeline *p);

#endif

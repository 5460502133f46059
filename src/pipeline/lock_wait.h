/*
 * lock_wait.h
 *	  Limit how long a run waits for locks, and report the holder when it times out.
 */
#ifndef ELT_PIPELINE_LOCK_WAIT_H
#define ELT_PIPELINE_LOCK_WAIT_H

#include "pipeline/execution.h"

extern void LockWaitInit(void);

/* An Attempt that waits for locks no longer than elt.lock_timeout; its error tells who has one. */
extern ErrorData *AttemptLocked(Execution *e, void (*fn) (void *arg), void *arg);

#endif

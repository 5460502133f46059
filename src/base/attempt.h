/*
 * attempt.h
 *	  One phase of a run inside a subtransaction, so that its failure is an outcome to record
 *	  and not the end of the procedure.
 *
 * A subtransaction that touches nothing takes no transaction id and no snapshot, so waiting
 * for the network inside one holds nothing back. What is committed is committed by
 * CommitPhase, outside of it.
 */
#ifndef ELT_BASE_ATTEMPT_H
#define ELT_BASE_ATTEMPT_H

#include "postgres.h"
#include "fmgr.h"

/* Call fn(arg); NULL when it succeeded, else its error, copied into the current context. */
extern ErrorData *Attempt(void (*fn) (void *arg), void *arg);

/* The same, where no lock is waited for longer than that, or than lock_timeout; 0: no limit. */
extern ErrorData *AttemptWithin(int lock_timeout_ms, void (*fn) (void *arg), void *arg);

/* Commit the procedure's transaction and begin the next one. SPI must be nonatomic. */
extern void CommitPhase(void);

/* The same; NULL when it succeeded, else the error, and everything is rolled back. */
extern ErrorData *AttemptCommit(void);

/* May a procedure commit here? Else an error that names it and says what to do. */
extern void CheckCanCommit(FunctionCallInfo fcinfo, const char *procedure);

#endif

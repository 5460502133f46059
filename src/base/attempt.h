/*
 * attempt.h
 *	  Run one phase inside a subtransaction, so that its failure can be recorded without aborting
 *	  the procedure.
 *
 * A subtransaction that does not access the database assigns no transaction id and takes no
 * snapshot, so waiting for the network inside one does not hold back vacuum. CommitPhase
 * commits, outside of the subtransaction.
 */
#ifndef ELT_BASE_ATTEMPT_H
#define ELT_BASE_ATTEMPT_H

#include "postgres.h"
#include "fmgr.h"

/* Call fn(arg); NULL when it succeeded, else its error, copied into the current context. */
extern ErrorData *Attempt(void (*fn) (void *arg), void *arg);

/* The same, and what it has done is rolled back in any case. */
extern ErrorData *AttemptAndUndo(void (*fn) (void *arg), void *arg);

/* As Attempt, with a limit on lock waits, in addition to lock_timeout; 0: no limit. */
extern ErrorData *AttemptWithin(int lock_timeout_ms, void (*fn) (void *arg), void *arg);

/* Commit the procedure's transaction and begin the next one. SPI must be nonatomic. */
extern void CommitPhase(void);

/*
 * Attempt, then CommitPhase. A cancellation is raised instead: it means the procedure, not one of its
 * phases.
 */
extern ErrorData *AttemptAndCommit(void (*fn) (void *arg), void *arg);

/* Like CommitPhase; NULL when it succeeded, else the error, and everything is rolled back. */
extern ErrorData *AttemptCommit(void);

/* Raise an error unless the procedure can commit here. */
extern void CheckCanCommit(FunctionCallInfo fcinfo, const char *procedure);

#endif

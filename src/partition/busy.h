/*
 * busy.h
 *	  DDL that gives up on a busy lock and tries again, instead of queueing everyone behind it.
 */
#ifndef ELT_PARTITION_BUSY_H
#define ELT_PARTITION_BUSY_H

#include "postgres.h"

/* Call fn(arg) with this lock_timeout; an error restores the caller's with its (sub)transaction. */
extern void UnderLockTimeout(int lock_timeout_ms, void (*fn) (void *arg), void *arg);

/*
 * Call fn(arg) in a subtransaction that waits at most so long for each lock, and again a few
 * times when a lock stays busy; then it is the error.
 */
extern void WithLockTimeout(int lock_timeout_ms, void (*fn) (void *arg), void *arg);

#endif

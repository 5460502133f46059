/*
 * busy.h
 *	  DDL that gives up on a busy lock and tries again, instead of queueing everyone behind it.
 */
#ifndef ELT_BUSY_H
#define ELT_BUSY_H

#include "postgres.h"
#include "partition/policy.h"

/*
 * Call fn(arg) in a subtransaction that waits at most the policy's lock_timeout for each lock,
 * and again a few times when a lock stays busy. Then it is an error, or with busy_ok a warning
 * and false.
 */
extern bool WithLockTimeout(const Policy *policy, void (*fn) (void *arg), void *arg,
							bool busy_ok);

#endif

/*
 * lock.h
 *	  The locks of pg_elt, in a space of their own that SQL's advisory functions cannot reach.
 *
 * pg_locks shows them as locktype userlock: classid is the class, objid what is locked.
 */
#ifndef ELT_BASE_LOCK_H
#define ELT_BASE_LOCK_H

#include "postgres.h"

/* What a lock is on. The order is the order in which one process takes them. */
typedef enum LockClass
{
	LOCK_PIPELINE = 1,			/* elt_catalog.pipeline.id: staging, cursor and definition */
	LOCK_MAPPING = 2,			/* pg_user_mapping.oid: spending its refresh token */
	LOCK_TARGET = 3,			/* pg_class.oid: landing in that table */
	LOCK_NAME = 4				/* hash of the name of what is created: a pipeline, a target */
} LockClass;

/* Until the transaction ends, whichever way; false when another process holds it. */
extern bool TransactionLockTry(LockClass class, uint32 id);
/* The same, but waits; lock_timeout holds. */
extern void TransactionLockTake(LockClass class, uint32 id);

/*
 * Across commits, until SessionLockRelease, an error that ends the transaction, or the end of
 * the process. Not twice at once for one lock.
 */
extern bool SessionLockTry(LockClass class, uint32 id);
extern void SessionLockTake(LockClass class, uint32 id);
extern void SessionLockRelease(LockClass class, uint32 id);

/* The process that holds it, or 0. */
extern int	LockHolder(LockClass class, uint32 id);
/* Another process whose lock on a relation keeps this one from the given mode, or 0. */
extern int	RelationLockHolder(Oid relation, int mode);

#endif

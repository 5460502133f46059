/*
 * lock.h
 *	  The locks of pg_elt, separate from SQL's advisory locks.
 *
 * pg_locks shows them as locktype userlock: classid is the class, objid what is locked.
 */
#ifndef ELT_BASE_LOCK_H
#define ELT_BASE_LOCK_H

#include "postgres.h"

/* Kinds of locked objects. A process takes locks in this order. */
typedef enum LockClass
{
	LOCK_PIPELINE = 1,			/* elt_catalog.pipeline.id: staging, cursor and definition */
	LOCK_MAPPING = 2,			/* pg_user_mapping.oid: spending its refresh token */
	LOCK_TARGET = 3,			/* pg_class.oid: landing in that table */
	LOCK_NAME = 4,				/* hash of the name of what is created: a pipeline, a target */
	LOCK_ALERTS = 5,			/* 0: evaluating and sending the alerts of the database */
	LOCK_RETENTION = 6,			/* pg_class.oid: applying retention to that table */
	LOCK_DIMENSION = 7,			/* pg_class.oid: changing its members; shared: looking keys up */
	LOCK_INFERENCE = 8,			/* pg_class.oid of a dimension: adding members that facts name */
	LOCK_ARCHIVE = 9,			/* pg_foreign_server.oid: naming an archive there */
	LOCK_SPLIT = 10,			/* pg_class.oid: dividing a partition of that table */
	LOCK_AGGREGATE = 11,		/* pg_class.oid: changing its groups */
	LOCK_STAR = 12				/* pg_class.oid, the least of a star: changing its rows; before
								 * LOCK_DIMENSION */
} LockClass;

/* Take the lock until the transaction ends; false when another process holds it. */
extern bool TransactionLockTry(LockClass class, uint32 id);
/* The same, but waits; lock_timeout holds. */
extern void TransactionLockTake(LockClass class, uint32 id);
/* The same, beside others that share it. */
extern void TransactionLockShare(LockClass class, uint32 id);

/*
 * Take the lock across commits, until SessionLockRelease, a transaction abort, or process exit.
 * A process must not take a lock twice.
 */
extern bool SessionLockTry(LockClass class, uint32 id);
extern void SessionLockTake(LockClass class, uint32 id);
extern void SessionLockRelease(LockClass class, uint32 id);
/* Take those again that went with a transaction which was rolled back as a whole. */
extern void SessionLocksRegain(void);

/*
 * Numbers of the rows of a relation that a transaction draws from a sequence are greater than the one
 * that it has locked, until it ends. The least one that any transaction has locked, or limit.
 */
extern void TransactionLockNumber(Oid relation, int64 number);
extern int64 LeastLockedNumber(Oid relation, int64 limit);

/* The process that holds it, or 0. */
extern int	LockHolder(LockClass class, uint32 id);
/* Another process whose lock on a relation keeps this one from the given mode, or 0. */
extern int	RelationLockHolder(Oid relation, int mode);

#endif

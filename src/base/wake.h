/*
 * wake.h
 *	  Wake waiting processes, once per committed transaction and not after a rollback.
 */
#ifndef ELT_BASE_WAKE_H
#define ELT_BASE_WAKE_H

#include "postgres.h"

extern void WakeLauncher(void);
extern void WakeScheduler(Oid database);
/* Wake processes that wait for a run to end or a worker slot to become free. */
extern void WakeWaiters(void);
/* Ask the launcher to look whether a database has the extension. */
extern void AskForLook(Oid database);

/* At commit: a run of this database became due, or may start again. */
extern void WakeSchedulerAtCommit(void);
/* At commit: a database, by OID, may have got or lost the extension. */
extern void AskForLookAtCommit(Oid database);
/* When this transaction ends, or now outside of one: a run of this database ended. */
extern void WakeAfterRun(void);

#endif

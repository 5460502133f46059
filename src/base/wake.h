/*
 * wake.h
 *	  Who is woken when something was decided: once per committing transaction, and nobody when
 *	  it rolls back.
 */
#ifndef ELT_BASE_WAKE_H
#define ELT_BASE_WAKE_H

#include "postgres.h"

extern void WakeLauncher(void);
extern void WakeScheduler(Oid database);
/* Everyone who sleeps until a run ends or a process leaves its slot. */
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

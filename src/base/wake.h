/*
 * wake.h
 *	  Who is woken when something was decided: once per committing transaction, never when it
 *	  rolls back.
 */
#ifndef ELT_WAKE_H
#define ELT_WAKE_H

#include "postgres.h"

extern void WakeLauncher(void);
extern void WakeScheduler(Oid database);
/* Everyone who sleeps until a run ends or a process leaves. */
extern void WakeWaiters(void);

/* At commit of this transaction: something was enqueued in this database. */
extern void WakeSchedulerAtCommit(void);
/* At commit: this database may have got, or lost, the extension. */
extern void WakeLauncherAtCommit(void);
/* At the end of this transaction, or now outside of one: a run of this database ended. */
extern void WakeAfterRun(void);

#endif

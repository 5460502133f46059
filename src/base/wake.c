/*
 * wake.c
 *	  Set the latches of waiting processes, once per committed transaction.
 */
#include "base/compat.h"
#include "base/wake.h"

#include "access/xact.h"
#include "base/shmem.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procarray.h"

static bool scheduler_at_commit = false;
static bool after_run = false;
static Oid	look_at_commit = InvalidOid;
static bool callback_set = false;

static void
WakePid(int pid)
{
	PGPROC	   *proc = pid != 0 ? BackendPidGetProc(pid) : NULL;

	if (proc != NULL)
		SetLatch(&proc->procLatch);
}

void
WakeLauncher(void)
{
	WakePid(Shared()->launcher);
}

void
WakeScheduler(Oid database)
{
	DatabaseSlot *slot;
	int			pid;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	pid = slot != NULL ? slot->scheduler : 0;
	UnlockShared();
	WakePid(pid);
}

void
WakeWaiters(void)
{
	ConditionVariableBroadcast(&Shared()->changed);
}

void
AskForLook(Oid database)
{
	DatabaseSlot *slot;

	LockShared();
	slot = FindDatabaseSlot(database, true);
	if (slot != NULL)
	{
		slot->look = true;
		slot->failures = 0;
		slot->not_before = 0;
	}
	UnlockShared();
	WakeScheduler(database);
	WakeLauncher();
}

static void
WakeAtEnd(XactEvent event, void *arg)
{
	bool		committed = event == XACT_EVENT_COMMIT;

	if (!committed && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	if (committed && OidIsValid(look_at_commit))
		AskForLook(look_at_commit);
	if ((committed && scheduler_at_commit) || after_run)
		WakeScheduler(MyDatabaseId);
	if (after_run)
		WakeWaiters();
	scheduler_at_commit = after_run = false;
	look_at_commit = InvalidOid;
}

static void
SetCallback(void)
{
	if (!callback_set)
		RegisterXactCallback(WakeAtEnd, NULL);
	callback_set = true;
}

void
WakeSchedulerAtCommit(void)
{
	SetCallback();
	scheduler_at_commit = true;
}

void
AskForLookAtCommit(Oid database)
{
	SetCallback();
	look_at_commit = database;
}

void
WakeAfterRun(void)
{
	if (IsTransactionState())
	{
		SetCallback();
		after_run = true;
		return;
	}
	WakeScheduler(MyDatabaseId);
	WakeWaiters();
}

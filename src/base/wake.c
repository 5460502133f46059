#include "base/compat.h"
#include "base/wake.h"

#include "access/xact.h"
#include "base/shmem.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procarray.h"

static bool scheduler_at_commit = false;
static bool launcher_at_commit = false;
static bool after_run = false;
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
	EltShared  *s = Shared();
	int			pid = 0;

	LockShared();
	for (int i = 0; i < MAX_DATABASES; i++)
		if (s->databases[i].database == database)
			pid = s->databases[i].scheduler;
	UnlockShared();
	WakePid(pid);
}

void
WakeWaiters(void)
{
	ConditionVariableBroadcast(&Shared()->changed);
}

/* Ask the launcher to look into this database, which it may not know yet. */
static void
WantScheduler(void)
{
	EltShared  *s = Shared();
	DatabaseSlot *slot = NULL;

	LockShared();
	for (int i = 0; i < MAX_DATABASES; i++)
	{
		if (s->databases[i].database == MyDatabaseId)
		{
			slot = &s->databases[i];
			break;
		}
		if (slot == NULL && !OidIsValid(s->databases[i].database))
			slot = &s->databases[i];
	}
	if (slot != NULL)
	{
		slot->database = MyDatabaseId;
		slot->wanted = true;
		slot->failures = 0;
		slot->not_before = 0;
	}
	UnlockShared();
	WakeLauncher();
}

static void
WakeAtEnd(XactEvent event, void *arg)
{
	bool		committed = event == XACT_EVENT_COMMIT;

	if (!committed && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	if (launcher_at_commit && committed)
		WantScheduler();
	if ((scheduler_at_commit && committed) || after_run)
		WakeScheduler(MyDatabaseId);
	if (after_run)
		WakeWaiters();
	scheduler_at_commit = launcher_at_commit = after_run = false;
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
WakeLauncherAtCommit(void)
{
	SetCallback();
	launcher_at_commit = true;
	scheduler_at_commit = true;
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

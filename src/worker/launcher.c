/*
 * launcher.c
 *	  Compare the databases that should have a scheduler with those that do, and start the missing
 *	  ones.
 *
 * A process sees only the database that it is connected to, so each one is checked by a scheduler,
 * which exits at once when the extension is not there. That is done for every database when the
 * launcher starts, and later only on request: by CREATE EXTENSION at its commit, or for a database
 * created from a template that has the extension.
 *
 * It sleeps until woken, or until a scheduler that failed may be started again. Its state is in
 * shared memory, so another launcher continues where this one stopped.
 */
#include "base/compat.h"
#include "worker/launcher.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/errors.h"
#include "base/shmem.h"
#include "base/wake.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "worker/connect.h"
#include "worker/database_slot.h"

#define MAX_LOOKS 2				/* databases that are looked at at the same time */
#define NO_PROCESS_MS 5000		/* the server had no process for a scheduler */
#define LONGEST_SLEEP_MS (10 * 60 * 1000)

extern PGDLLEXPORT void elt_launcher_main(Datum arg);

/* A scheduler that this launcher started, until the postmaster says that it has ended. */
typedef struct Started
{
	BackgroundWorkerHandle *handle;
	Oid			database;
} Started;

static List *started = NIL;		/* of Started *, in TopMemoryContext */
static List *unknown = NIL;		/* OIDs of databases that were not looked at yet */

void
LauncherInit(void)
{
	BackgroundWorker worker;

	/* What is being upgraded is to stay as it is. */
	if (IsBinaryUpgrade)
		return;
	FillWorker(&worker, "elt launcher", "elt_launcher_main", (Datum) 0);
	worker.bgw_restart_time = 1;
	worker.bgw_notify_pid = 0;
	RegisterBackgroundWorker(&worker);
}

static void
LeaveAtExit(int code, Datum arg)
{
	LockShared();
	Shared()->launcher = 0;
	UnlockShared();
}

static void
Enter(void)
{
	before_shmem_exit(LeaveAtExit, (Datum) 0);
	LockShared();
	Shared()->launcher = MyProcPid;
	UnlockShared();
}

/* OIDs of the databases that can be connected to, in the caller's memory context. */
static List *
ListDatabases(void)
{
	MemoryContext caller = CurrentMemoryContext;
	List	   *result = NIL;
	Relation	rel;
	TableScanDesc scan;
	HeapTuple	tuple;

	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	rel = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(rel, 0, NULL);
	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);
		MemoryContext old = MemoryContextSwitchTo(caller);

		/* A limit of -2 marks a database whose DROP was interrupted. */
		if (database->datallowconn && database->datconnlimit != -2)
			result = lappend_oid(result, database->oid);
		MemoryContextSwitchTo(old);
	}
	table_endscan(scan);
	table_close(rel, AccessShareLock);
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	return result;
}

static void
LearnDatabases(void)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	unknown = ListDatabases();
	MemoryContextSwitchTo(old);
}

/* As far as there is room: looking frees the slot of a database without the extension. */
static void
AskAboutUnknown(void)
{
	while (unknown != NIL)
	{
		DatabaseSlot *slot;

		LockShared();
		slot = FindDatabaseSlot(linitial_oid(unknown), true);
		if (slot != NULL)
			slot->look = true;
		UnlockShared();
		if (slot == NULL)
			return;
		unknown = list_delete_first(unknown);
	}
}

static void
ForgetEnded(void)
{
	ListCell   *lc;

	foreach(lc, started)
	{
		Started    *s = lfirst(lc);
		pid_t		pid;

		if (GetBackgroundWorkerPid(s->handle, &pid) != BGWH_STOPPED)
			continue;
		DatabaseStartFailed(s->database);
		started = foreach_delete_current(started, lc);
		pfree(s->handle);
		pfree(s);
	}
}

static bool
IsStarted(Oid database)
{
	ListCell   *lc;

	foreach(lc, started)
		if (((Started *) lfirst(lc))->database == database)
			return true;
	return false;
}

static int
CountLooks(void)
{
	ListCell   *lc;
	int			n = 0;

	foreach(lc, started)
		if (DatabaseIsLookedAt(((Started *) lfirst(lc))->database))
			n++;
	return n;
}

static bool
StartScheduler(Oid database)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	BackgroundWorker worker;
	BackgroundWorkerHandle *handle;
	bool		registered;

	FillWorker(&worker, "elt scheduler", "elt_scheduler_main", ObjectIdGetDatum(database));
	registered = RegisterDynamicBackgroundWorker(&worker, &handle);
	if (registered)
	{
		Started    *s = palloc(sizeof(Started));

		s->handle = handle;
		s->database = database;
		started = lappend(started, s);
	}
	MemoryContextSwitchTo(old);
	return registered;
}

static void
WarnNoProcess(void)
{
	static bool warned = false;

	if (!warned)
		ereport(WARNING,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("could not start the scheduler of a database: out of background worker "
						"slots"),
				 errhint("You might need to increase max_worker_processes.")));
	warned = true;
}

/*
 * Start a scheduler where one is missing and due. Returns how long to wait before it is worth
 * trying again, in milliseconds.
 */
static long
StartMissing(const MissingScheduler *missing)
{
	long		wait = TimestampDifferenceMilliseconds(GetCurrentTimestamp(),
													   missing->not_before);

	if (wait > 0)
		return wait;
	if (IsStarted(missing->database))
		return LONGEST_SLEEP_MS;
	if (DatabaseIsLookedAt(missing->database) && CountLooks() >= MAX_LOOKS)
		return LONGEST_SLEEP_MS;
	if (missing->failed && !list_member_oid(ListDatabases(), missing->database))
	{
		DatabaseIsGone(missing->database);
		return LONGEST_SLEEP_MS;
	}
	if (StartScheduler(missing->database))
		return LONGEST_SLEEP_MS;
	WarnNoProcess();
	return NO_PROCESS_MS;
}

static long
Turn(void)
{
	long		ms = LONGEST_SLEEP_MS;
	ListCell   *lc;

	ForgetEnded();
	AskAboutUnknown();
	foreach(lc, DatabasesWithoutScheduler())
	{
		long		wait = StartMissing(lfirst(lc));

		ms = Min(ms, wait);
	}
	return ms;
}

void
elt_launcher_main(Datum arg)
{
	MemoryContext turn = AllocSetContextCreate(TopMemoryContext, "elt launcher turn",
											   ALLOCSET_DEFAULT_SIZES);

	ConnectProcess(InvalidOid);
	WaitBriefly();
	Enter();
	LearnDatabases();
	for (;;)
	{
		long		ms;

		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		MemoryContextReset(turn);
		MemoryContextSwitchTo(turn);
		ms = Turn();
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ms,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
}

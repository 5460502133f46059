/*
 * pool.c
 *	  From the decision to start a run worker to its end.
 *
 *		free ──► reserved by a scheduler ──► taken by the worker (pid) ──► free
 *		            └──► free: the process never came up, or nobody waits for it any more
 *
 * A worker takes its slot only while the generation is the one that it was started with, so a
 * slot that was given up meanwhile, or reused, cannot be taken by a late worker. It releases
 * the slot when it exits, however that happens, and wakes every scheduler that waits for one.
 */
#include "base/compat.h"
#include "worker/pool.h"

#include "base/shmem.h"
#include "base/wake.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "worker/connect.h"

/* A worker that this scheduler started, until the postmaster says that it has ended. */
typedef struct Started
{
	BackgroundWorkerHandle *handle;
	PoolTicket	ticket;
	EndedWorker worker;			/* what is told of it then */
} Started;

static int	max_workers;
static List *started = NIL;		/* of Started *, in TopMemoryContext */

void
PoolInit(void)
{
	DefineCustomIntVariable("elt.max_workers",
							"Sets the maximum number of runs that background workers execute at "
							"the same time in all databases.",
							"Each of them uses one of max_worker_processes.",
							&max_workers, 4, 1, MAX_RUN_WORKERS, PGC_SIGHUP, 0,
							NULL, NULL, NULL);
}

static bool
Counts(const WorkerSlot *worker)
{
	return OidIsValid(worker->database) && !worker->beside;
}

static bool
IsBeside(const WorkerSlot *worker)
{
	return OidIsValid(worker->database) && worker->beside && worker->run_id > 0;
}

int
PoolSize(void)
{
	return max_workers;
}

int
PoolRoom(void)
{
	EltShared  *s = Shared();
	int			room = max_workers;

	LockShared();
	for (int i = 0; i < MAX_WORKER_SLOTS; i++)
		if (Counts(&s->workers[i]))
			room--;
	UnlockShared();
	return Max(room, 0);
}

/* False when elt.max_workers are in use, or as many as may be beside them. */
static bool
ReserveSlot(const QueuedRun *run, PoolTicket *ticket)
{
	EltShared  *s = Shared();
	int			used = 0;
	int			beside = 0;
	int			found = -1;

	LockShared();
	for (int i = 0; i < MAX_WORKER_SLOTS; i++)
	{
		if (Counts(&s->workers[i]))
			used++;
		if (IsBeside(&s->workers[i]))
			beside++;
		if (!OidIsValid(s->workers[i].database) && found < 0)
			found = i;
	}
	if (run->beside ? run->id > 0 && beside >= MAX_RUN_WORKERS : used >= max_workers)
		found = -1;
	if (found >= 0)
	{
		s->workers[found].database = MyDatabaseId;
		s->workers[found].pid = 0;
		s->workers[found].run_id = run->id;
		s->workers[found].beside = run->beside;
		ticket->slot = found;
		ticket->generation = ++s->workers[found].generation;
	}
	UnlockShared();
	return found >= 0;
}

static void
WakeWaitingSchedulers(void)
{
	EltShared  *s = Shared();
	Oid			waiting[MAX_DATABASES];
	int			n = 0;

	LockShared();
	for (int i = 0; i < MAX_DATABASES; i++)
		if (s->databases[i].wants_worker)
			waiting[n++] = s->databases[i].database;
	UnlockShared();
	for (int i = 0; i < n; i++)
		WakeScheduler(waiting[i]);
}

static bool
IsUsedBy(const WorkerSlot *worker, const PoolTicket *ticket)
{
	return worker->generation == ticket->generation && OidIsValid(worker->database);
}

bool
PoolTake(const PoolTicket *ticket, Oid *database, int64 *run_id)
{
	WorkerSlot *worker = &Shared()->workers[ticket->slot];
	bool		taken;

	LockShared();
	taken = IsUsedBy(worker, ticket) && worker->pid == 0;
	if (taken)
	{
		worker->pid = MyProcPid;
		*database = worker->database;
		*run_id = worker->run_id;
	}
	UnlockShared();
	return taken;
}

void
PoolLeave(const PoolTicket *ticket)
{
	WorkerSlot *worker = &Shared()->workers[ticket->slot];
	bool		freed;

	LockShared();
	freed = IsUsedBy(worker, ticket);
	if (freed)
	{
		worker->database = InvalidOid;
		worker->pid = 0;
		worker->run_id = 0;
	}
	UnlockShared();
	if (freed)
		WakeWaitingSchedulers();
}

static void
RememberStarted(BackgroundWorkerHandle *handle, const PoolTicket *ticket, int64 run_id,
				TimestampTz started_at)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	Started    *s = palloc(sizeof(Started));

	s->handle = handle;
	s->ticket = *ticket;
	s->worker.run_id = run_id;
	s->worker.started_at = started_at;
	started = lappend(started, s);
	MemoryContextSwitchTo(old);
}

/* Handles are palloc'd in the caller's context and must outlive the turn. */
static BackgroundWorkerHandle *
RegisterWorker(BackgroundWorker *worker)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	BackgroundWorkerHandle *handle = NULL;

	if (!RegisterDynamicBackgroundWorker(worker, &handle))
		handle = NULL;
	MemoryContextSwitchTo(old);
	return handle;
}

static const char *
WorkerName(const QueuedRun *run)
{
	if (run->id == ALERT_RUN)
		return "elt alerts";
	if (run->id == FILES_RUN)
		return "elt files";
	return run->id == MAINTENANCE_RUN ? "elt maintenance" :
		psprintf("elt worker: %s", run->pipeline);
}

StartResult
PoolStart(const QueuedRun *run)
{
	BackgroundWorker worker;
	BackgroundWorkerHandle *handle;
	PoolTicket	ticket;
	TimestampTz started_at = GetCurrentTimestamp();

	if (!ReserveSlot(run, &ticket))
		return START_NO_SLOT;

	FillWorker(&worker, WorkerName(run), "elt_run_worker_main", (Datum) 0);
	memcpy(worker.bgw_extra, &ticket, sizeof(ticket));
	handle = RegisterWorker(&worker);
	if (handle == NULL)
	{
		PoolLeave(&ticket);
		return START_NO_PROCESS;
	}
	RememberStarted(handle, &ticket, run->id, started_at);
	return START_DONE;
}

int
PoolRuns(int64 *ids)
{
	EltShared  *s = Shared();
	ListCell   *lc;
	int			n = 0;

	LockShared();
	for (int i = 0; i < MAX_WORKER_SLOTS; i++)
		if (s->workers[i].database == MyDatabaseId)
			ids[n++] = s->workers[i].run_id;
	UnlockShared();
	foreach(lc, started)
		if (n < POOL_MAX_RUNS)
			ids[n++] = ((Started *) lfirst(lc))->worker.run_id;
	return n;
}

List *
PoolReap(void)
{
	List	   *ended = NIL;
	ListCell   *lc;

	foreach(lc, started)
	{
		Started    *s = lfirst(lc);
		pid_t		pid;
		EndedWorker *worker;

		if (GetBackgroundWorkerPid(s->handle, &pid) != BGWH_STOPPED)
			continue;
		PoolLeave(&s->ticket);
		worker = palloc(sizeof(EndedWorker));
		*worker = s->worker;
		ended = lappend(ended, worker);
		started = foreach_delete_current(started, lc);
		pfree(s->handle);
		pfree(s);
	}
	return ended;
}

bool
PoolHasRun(int64 run_id)
{
	EltShared  *s = Shared();
	bool		found = false;

	LockShared();
	for (int i = 0; i < MAX_WORKER_SLOTS; i++)
		if (s->workers[i].database == MyDatabaseId && s->workers[i].run_id == run_id)
			found = true;
	UnlockShared();
	return found;
}

void
PoolTerminate(Oid database)
{
	EltShared  *s = Shared();

	LockShared();
	for (int i = 0; i < MAX_WORKER_SLOTS; i++)
	{
		WorkerSlot *worker = &s->workers[i];

		if (worker->database != database)
			continue;
		if (worker->pid != 0)
			kill(worker->pid, SIGTERM);
		else
			worker->database = InvalidOid;
	}
	UnlockShared();
}

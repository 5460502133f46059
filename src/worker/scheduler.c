/*
 * scheduler.c
 *	  Start the runs that are due, then sleep until woken or until the next one is due.
 *
 * One turn is one short transaction and then the start of workers. Everything that could make a run
 * due sets the latch: a commit that enqueued, the end of a run, the end of a worker here or, while
 * a slot is wanted, elsewhere. A turn therefore checks everything and keeps no state. Only events
 * without a signal are polled: a process that is about to exit, a server without a free process, a
 * run that a session has locked.
 *
 * It exits when the extension is not in its database, or is of another version than the library
 * there, or when a session needs the database empty (database_hook.c). An error ends the process;
 * the launcher starts another one.
 */
#include "base/compat.h"
#include "worker/scheduler.h"

#include "base/attempt.h"
#include "base/budget.h"
#include "base/errors.h"
#include "base/extension.h"
#include "base/shmem.h"
#include "base/wake.h"
#include "catalog/home.h"
#include "catalog/overdue.h"
#include "catalog/queue.h"
#include "catalog/quota_spent.h"
#include "catalog/run_tally.h"
#include "catalog/schedule.h"
#include "catalog/suspension.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "ops/tick.h"
#include "ops/turn.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "worker/alert_worker.h"
#include "worker/connect.h"
#include "worker/database_slot.h"
#include "worker/file_arrival.h"
#include "worker/maintenance_time.h"
#include "worker/pool.h"

#define LOOK_AGAIN_MS 500		/* a process is on its way out or in, or a run is locked */
#define ADD_UP_MS (60 * 1000)	/* what has been counted, at most so often */
#define NO_PROCESS_MS 5000		/* the server had no process for a worker */
#define LONGEST_SLEEP_MS (10 * 60 * 1000)	/* the clock may be set */

extern PGDLLEXPORT void elt_scheduler_main(Datum arg);

/* What a turn decides in its transaction and does when that has committed. */
typedef struct Decision
{
	ScheduleOutlook schedules;
	List	   *start;			/* of QueuedRun *, to be started */
	bool		alert;			/* evaluate and send alerts */
	bool		files;			/* look for files that have arrived */
	bool		more;			/* that are due, and for which no worker is free */
	long		sleep;			/* unless woken, in milliseconds */
} Decision;

static Oid	database;
static MemoryContext turn_cxt;	/* reset between turns */
static int	retry_delay;

void
SchedulerInit(void)
{
	AlertWorkerInit();
	MaintenanceTimeInit();
	DefineCustomIntVariable("elt.retry_delay",
							"Sets the delay before the first retry of a run whose worker died.",
							"The delay doubles with each further retry, up to an hour.",
							&retry_delay, 5000, 0, 3600000, PGC_SIGHUP, GUC_UNIT_MS,
							NULL, NULL, NULL);
}

static void
LeaveAtExit(int code, Datum arg)
{
	DatabaseLeave(database, code != 0);
}

/* Runs whose worker ended without having claimed them would be started again at once. */
static void
PostponeUnclaimed(void)
{
	ListCell   *lc;

	foreach(lc, PoolReap())
	{
		const EndedWorker *worker = lfirst(lc);

		QueueStillborn(worker->run_id, worker->started_at, Max(retry_delay, 1000));
	}
}

static void
WarnNoProcess(void)
{
	static bool warned = false;

	if (!warned)
		ereport(WARNING,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("could not start a worker for a run: out of background worker slots"),
				 errhint("You might need to increase max_worker_processes or to lower "
						 "elt.max_workers.")));
	warned = true;
}

/* Returns how long to sleep if that failed. */
static long
StartAlerts(void)
{
	QueuedRun	run = {ALERT_RUN, NULL, true};

	if (PoolStart(&run) != START_DONE)
		return NO_PROCESS_MS;
	AlertsBegin();
	return LONGEST_SLEEP_MS;
}

static long
StartLookForFiles(void)
{
	QueuedRun	run = {FILES_RUN, NULL, true};

	if (PoolStart(&run) != START_DONE)
		return NO_PROCESS_MS;
	FilesLookBegins();
	return LONGEST_SLEEP_MS;
}

/* A run that a worker cannot see yet, such as a retry that is not committed, must not start. */
static long
StartRuns(const Decision *d)
{
	bool		wants_worker = d->more;
	ListCell   *lc;

	foreach(lc, d->start)
	{
		const QueuedRun *run = lfirst(lc);
		StartResult result = PoolStart(run);

		if (result == START_NO_SLOT)
		{
			wants_worker = true;
			continue;
		}
		if (result == START_NO_PROCESS)
		{
			WarnNoProcess();
			return NO_PROCESS_MS;
		}
		if (run->id == MAINTENANCE_RUN)
			MaintenanceBegins();
	}
	if (!wants_worker)
		DatabaseWantsWorker(database, false);
	return LONGEST_SLEEP_MS;
}

static void
ChooseAmong(List *due, int room, Decision *d, bool *unsure)
{
	ListCell   *lc;
	int			starting = 0;

	foreach(lc, due)
	{
		const QueuedRun *run = lfirst(lc);

		if (!run->beside && starting >= room)
			d->more = true;
		else if (run->id == MAINTENANCE_RUN || QueueIsFree(run->id))
		{
			d->start = lappend(d->start, lfirst(lc));
			starting += run->beside ? 0 : 1;
		}
		else
			*unsure = true;
	}
}

/*
 * Wanting comes before counting: a slot that is left in between still wakes us. Without room the runs
 * that are due are not put in order, unless some of them need none.
 */
static void
ChooseRuns(Decision *d, bool *unsure)
{
	bool		maintain = MaintenanceIsDue() && !PoolHasRun(MAINTENANCE_RUN);
	int64		runs[POOL_MAX_RUNS];
	MemoryContext old;
	List	   *due;
	int			room;

	DatabaseWantsWorker(database, true);
	room = PoolRoom();
	if (room == 0 && !d->schedules.beside)
	{
		d->more = maintain || QueueHasAny();
		return;
	}
	old = MemoryContextSwitchTo(turn_cxt);
	due = QueueDue(runs, PoolRuns(runs));
	if (maintain)
		due = lcons(palloc0(sizeof(QueuedRun)), due);
	ChooseAmong(due, room, d, unsure);
	MemoryContextSwitchTo(old);
}

static long
TimeTo(TimestampTz when)
{
	return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), when) + 1;
}

/*
 * One that has come is that of a paused pipeline, or could not be decided, since somebody has locked
 * its pipeline.
 */
static long
TimeToTimer(TimestampTz next)
{
	TimestampTz now = GetCurrentTimestamp();

	if (next <= now && !ScheduleNextTimer(&next))
		return LONGEST_SLEEP_MS;
	return next <= now ? LOOK_AGAIN_MS : TimeTo(next);
}

static long
TimeToNext(const Decision *d)
{
	long		sleep = TimeToTimer(d->schedules.next_timer);
	TimestampTz next;

	sleep = Min(sleep, LONGEST_SLEEP_MS);
	if (QueueNextTime(&next))
		sleep = Min(sleep, TimeTo(next));
	if (SuspensionNextEnd(&next))
		sleep = Min(sleep, TimeTo(next));
	if (MaintenanceTime(&next))
		sleep = Min(sleep, TimeTo(next));
	if (OverdueNext(&next))
		sleep = Min(sleep, TimeTo(next));
	return sleep;
}

/* Its end wakes us. */
static void
ChooseAlerts(Decision *d)
{
	TimestampTz next;

	if (PoolHasRun(ALERT_RUN) || !AlertsTime(&next))
		return;
	d->alert = next <= GetCurrentTimestamp();
	if (!d->alert)
		d->sleep = Min(d->sleep, TimeTo(next));
}

/* Its end wakes us, and so does the end of a run. */
static void
ChooseLookForFiles(Decision *d)
{
	TimestampTz next;

	if (!d->schedules.files || PoolHasRun(FILES_RUN) || !FilesLookTime(&next))
		return;
	d->files = next <= GetCurrentTimestamp();
	if (!d->files)
		d->sleep = Min(d->sleep, TimeTo(next));
}

static void
SaveQuota(void *arg)
{
	const ForeignServer *server = arg;

	QuotaSave(server->serverid, server->servername);
}

/* A count that is saved makes room for other servers: who needs it has woken us. */
static void
SaveQuotas(void)
{
	Oid			servers[MAX_BUDGETS];
	int			n = BudgetsToSave(servers);

	for (int i = 0; i < n; i++)
	{
		ForeignServer *server = GetForeignServerExtended(servers[i], FSV_MISSING_OK);

		if (server != NULL)
			(void) Attempt(SaveQuota, server);
	}
}

static void
AddUp(void *arg)
{
	TallyAddUp();
}

/* Who reads the totals adds up what is left. */
static void
AddUpTotals(void)
{
	static TimestampTz added_up = 0;
	TimestampTz now = GetCurrentTimestamp();

	if (!TimestampDifferenceExceeds(added_up, now, ADD_UP_MS) && added_up <= now)
		return;
	added_up = now;
	(void) AttemptWithin(LOOK_AGAIN_MS, AddUp, NULL);
}

/* Where no timer has come, only those that follow others may have their turn. */
static void
DecideSlots(Decision *d)
{
	TimestampTz now = GetCurrentTimestamp();

	ScheduleGlance(now, &d->schedules);
	if (d->schedules.next_timer > now)
	{
		(void) TakeTurns();
		return;
	}
	(void) Tick(true);
	ScheduleGlance(now, &d->schedules);
}

static void
Decide(Decision *d)
{
	bool		unsure = false;

	(void) HomeSettle();
	PostponeUnclaimed();
	SaveQuotas();
	if (QueueRepair(retry_delay, &unsure) > 0)
		WakeAfterRun();
	OverdueTerminate();
	DecideSlots(d);
	(void) TakeChanges();
	ChooseRuns(d, &unsure);
	AddUpTotals();
	d->sleep = TimeToNext(d);
	ChooseAlerts(d);
	ChooseLookForFiles(d);
	if (unsure)
		d->sleep = Min(d->sleep, LOOK_AGAIN_MS);
}

/* Returns how long to sleep unless woken, in milliseconds. */
static long
Turn(void)
{
	Decision	d = {0};
	bool		usable;
	long		ms;

	if (DatabaseMustBeLeft(database))
		proc_exit(0);
	MemoryContextReset(turn_cxt);
	BeginWork();
	usable = ExtensionIsUsable();
	if (usable)
		Decide(&d);
	EndWork();
	MemoryContextSwitchTo(turn_cxt);
	if (usable)
		DatabaseHasExtension(database);
	else if (DatabaseForget(database))
		proc_exit(0);
	ms = StartRuns(&d);
	if (d.alert)
	{
		long		alerts_ms = StartAlerts();

		ms = Min(ms, alerts_ms);
	}
	if (d.files)
	{
		long		files_ms = StartLookForFiles();

		ms = Min(ms, files_ms);
	}
	return Min(ms, d.sleep);
}

void
elt_scheduler_main(Datum arg)
{
	database = DatumGetObjectId(arg);
	if (!DatabaseEnter(database))
		proc_exit(0);
	before_shmem_exit(LeaveAtExit, (Datum) 0);
	ConnectProcess(database);
	WaitBriefly();
	turn_cxt = AllocSetContextCreate(TopMemoryContext, "elt scheduler turn",
									 ALLOCSET_DEFAULT_SIZES);

	for (;;)
	{
		long		ms;

		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		ms = Turn();
		if (ms > 0)
			(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ms,
							 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
}

/*
 * progress.c
 *	  The counters of running processes in shared memory, and the request to stop.
 */
#include "base/compat.h"
#include "base/progress.h"

#include "base/extension.h"
#include "base/shmem.h"
#include "base/wake.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define PROGRESS_COLUMNS 12

/* Only this process writes its slot; the lock keeps readers from seeing half of it. */
static ProgressSlot *mine = NULL;
static bool exit_callback_set = false;

static void
Release(void)
{
	LockShared();
	memset(mine, 0, sizeof(ProgressSlot));
	mine = NULL;
	UnlockShared();
}

static void
ReleaseAtExit(int code, Datum arg)
{
	if (mine == NULL)
		return;
	Release();
	WakeScheduler(MyDatabaseId);
	WakeWaiters();
}

/* NULL when so many runs are on that this one stays invisible. */
static ProgressSlot *
TakeSlot(void)
{
	EltShared  *s = Shared();

	for (int i = 0; i < MAX_PROGRESS; i++)
		if (s->progress[i].pid == 0)
			return &s->progress[i];
	return NULL;
}

void
ProgressBegin(int64 run_id, const char *pipeline, const char *kind)
{
	if (!exit_callback_set)
		before_shmem_exit(ReleaseAtExit, (Datum) 0);
	exit_callback_set = true;
	if (mine != NULL)
		Release();

	LockShared();
	mine = TakeSlot();
	if (mine != NULL)
	{
		mine->pid = MyProcPid;
		mine->database = MyDatabaseId;
		mine->run_id = run_id;
		mine->started = GetCurrentTimestamp();
		strlcpy(mine->name, pipeline, sizeof(mine->name));
		strlcpy(mine->kind, kind, sizeof(mine->kind));
	}
	UnlockShared();
}

void
ProgressPhase(const char *phase)
{
	if (mine == NULL)
		return;
	LockShared();
	strlcpy(mine->phase, phase, sizeof(mine->phase));
	UnlockShared();
}

void
ProgressSlices(int64 done, int64 total)
{
	if (mine == NULL)
		return;
	LockShared();
	mine->slices_done = done;
	mine->slices_total = total;
	UnlockShared();
}

void
ProgressAdd(int64 rows, int64 bytes, int64 pages, int64 requests)
{
	if (mine == NULL)
		return;
	LockShared();
	mine->rows += rows;
	mine->bytes += bytes;
	mine->pages += pages;
	mine->requests += requests;
	UnlockShared();
}

void
ProgressEnd(void)
{
	if (mine != NULL)
		Release();
	WakeAfterRun();
}

bool
ProgressAskStop(int64 run_id, int pid)
{
	EltShared  *s = Shared();
	bool		asked = false;

	LockShared();
	for (int i = 0; i < MAX_PROGRESS; i++)
	{
		ProgressSlot *slot = &s->progress[i];

		if (slot->run_id != run_id || slot->database != MyDatabaseId || slot->pid != pid)
			continue;
		asked = !slot->stop;
		slot->stop = true;
	}
	UnlockShared();
	return asked;
}

bool
ProgressMustStop(void)
{
	return mine != NULL && *(volatile bool *) &mine->stop;
}

int
ProgressPid(int64 run_id)
{
	EltShared  *s = Shared();
	int			pid = 0;

	LockShared();
	for (int i = 0; i < MAX_PROGRESS; i++)
		if (s->progress[i].run_id == run_id && s->progress[i].database == MyDatabaseId)
			pid = s->progress[i].pid;
	UnlockShared();
	return pid;
}

static void
PutSlot(ReturnSetInfo *rsinfo, const ProgressSlot *slot)
{
	Datum		values[PROGRESS_COLUMNS];
	bool		nulls[PROGRESS_COLUMNS] = {false};
	int			i = 0;

	nulls[i] = slot->run_id == 0;
	values[i++] = Int64GetDatum(slot->run_id);
	nulls[i] = slot->run_id == 0;
	values[i++] = CStringGetTextDatum(slot->name);
	values[i++] = CStringGetTextDatum(slot->kind);
	values[i++] = CStringGetTextDatum(slot->phase);
	values[i++] = Int32GetDatum(slot->pid);
	values[i++] = Int64GetDatum(slot->slices_done);
	nulls[i] = slot->slices_total == 0;
	values[i++] = Int64GetDatum(slot->slices_total);
	values[i++] = Int64GetDatum(slot->rows);
	values[i++] = Int64GetDatum(slot->bytes);
	values[i++] = Int64GetDatum(slot->requests);
	values[i++] = TimestampTzGetDatum(slot->started);
	values[i++] = Int64GetDatum(slot->pages);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(elt_progress);
Datum
elt_progress(PG_FUNCTION_ARGS)
{
	ProgressSlot *copy = palloc(sizeof(ProgressSlot) * MAX_PROGRESS);

	ExtensionCheckVersion();
	InitMaterializedSRF(fcinfo, 0);
	LockShared();
	memcpy(copy, Shared()->progress, sizeof(ProgressSlot) * MAX_PROGRESS);
	UnlockShared();
	for (int i = 0; i < MAX_PROGRESS; i++)
		if (copy[i].pid != 0 && copy[i].database == MyDatabaseId)
			PutSlot((ReturnSetInfo *) fcinfo->resultinfo, &copy[i]);
	return (Datum) 0;
}

/*
 * database_slot.c
 *	  Slots of databases: with a scheduler, without one, or kept empty by a session.
 */
#include "base/compat.h"
#include "worker/database_slot.h"

#include "base/shmem.h"
#include "base/wake.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "utils/timestamp.h"

#define FIRST_BACKOFF_MS 1000
#define LONGEST_BACKOFF_MS 60000

/* With the lock held. */
static void
BackOff(DatabaseSlot *slot)
{
	int			ms = FIRST_BACKOFF_MS << Min(slot->failures, 6);

	slot->failures++;
	slot->not_before = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
												   Min(ms, LONGEST_BACKOFF_MS));
}

bool
DatabaseEnter(Oid database)
{
	DatabaseSlot *slot;
	bool		entered;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	entered = slot != NULL && slot->scheduler == 0 && slot->held_by == 0;
	if (entered)
		slot->scheduler = MyProcPid;
	UnlockShared();
	return entered;
}

void
DatabaseLeave(Oid database, bool failed)
{
	DatabaseSlot *slot;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	if (slot != NULL && slot->scheduler == MyProcPid)
	{
		slot->scheduler = 0;
		slot->wants_worker = false;
		if (failed)
		{
			/* It may have ended before it knew whether the extension is there. */
			slot->look |= !slot->installed;
			BackOff(slot);
		}
	}
	UnlockShared();
	WakeLauncher();
	WakeWaiters();
}

bool
DatabaseMustBeLeft(Oid database)
{
	DatabaseSlot *slot;
	bool		left;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	left = slot == NULL || slot->held_by != 0;
	if (slot != NULL)
		slot->look = false;
	UnlockShared();
	return left;
}

void
DatabaseHasExtension(Oid database)
{
	DatabaseSlot *slot;
	bool		news = false;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	if (slot != NULL)
	{
		news = !slot->installed;
		slot->installed = true;
		slot->failures = 0;
	}
	UnlockShared();
	if (news)
		WakeLauncher();
}

bool
DatabaseForget(Oid database)
{
	DatabaseSlot *slot;
	bool		asked;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	asked = slot != NULL && slot->look;
	if (slot != NULL && !asked)
		memset(slot, 0, sizeof(DatabaseSlot));
	UnlockShared();
	return !asked;
}

void
DatabaseWantsWorker(Oid database, bool wants)
{
	DatabaseSlot *slot;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	if (slot != NULL)
		slot->wants_worker = wants;
	UnlockShared();
}

/* A time further ahead than any pause was computed before the clock was put back. */
static TimestampTz
NotBefore(const DatabaseSlot *slot)
{
	TimestampTz latest = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), LONGEST_BACKOFF_MS);

	return slot->not_before > latest ? 0 : slot->not_before;
}

static bool
LacksScheduler(const DatabaseSlot *slot)
{
	return OidIsValid(slot->database) && slot->scheduler == 0 && slot->held_by == 0 &&
		(slot->look || slot->installed);
}

List *
DatabasesWithoutScheduler(void)
{
	EltShared  *s = Shared();
	MissingScheduler *found = palloc(sizeof(MissingScheduler) * MAX_DATABASES);
	int			n = 0;
	List	   *result = NIL;

	LockShared();
	for (int i = 0; i < MAX_DATABASES; i++)
	{
		DatabaseSlot *slot = &s->databases[i];

		if (!LacksScheduler(slot))
			continue;
		found[n].database = slot->database;
		found[n].failed = slot->failures > 0;
		found[n].not_before = NotBefore(slot);
		n++;
	}
	UnlockShared();
	for (int i = 0; i < n; i++)
		result = lappend(result, &found[i]);
	return result;
}

bool
DatabaseIsLookedAt(Oid database)
{
	DatabaseSlot *slot;
	bool		looked_at;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	looked_at = slot != NULL && !slot->installed;
	UnlockShared();
	return looked_at;
}

void
DatabaseStartFailed(Oid database)
{
	DatabaseSlot *slot;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	if (slot != NULL && LacksScheduler(slot) && NotBefore(slot) <= GetCurrentTimestamp())
		BackOff(slot);
	UnlockShared();
}

void
DatabaseIsGone(Oid database)
{
	DatabaseSlot *slot;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	if (slot != NULL && slot->scheduler == 0)
		memset(slot, 0, sizeof(DatabaseSlot));
	UnlockShared();
}

bool
DatabaseHold(Oid database)
{
	DatabaseSlot *slot;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	if (slot != NULL)
		slot->held_by = MyProcPid;
	UnlockShared();
	return slot != NULL;
}

void
DatabaseLetGo(Oid database)
{
	DatabaseSlot *slot;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	if (slot != NULL && slot->held_by == MyProcPid)
	{
		slot->held_by = 0;
		slot->look = true;
		slot->failures = 0;
		slot->not_before = 0;
	}
	UnlockShared();
	WakeLauncher();
}

bool
DatabaseIsEmpty(Oid database)
{
	EltShared  *s = Shared();
	DatabaseSlot *slot;
	bool		empty;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	empty = slot == NULL || slot->scheduler == 0;
	for (int i = 0; i < MAX_WORKER_SLOTS; i++)
		if (s->workers[i].database == database)
			empty = false;
	UnlockShared();
	return empty;
}

bool
DatabaseIsInstalled(Oid database)
{
	DatabaseSlot *slot;
	bool		installed;

	LockShared();
	slot = FindDatabaseSlot(database, false);
	installed = slot != NULL && slot->installed;
	UnlockShared();
	return installed;
}

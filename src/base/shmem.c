/*
 * shmem.c
 *	  Shared memory: one struct, its size and its initialization.
 */
#include "base/compat.h"
#include "base/shmem.h"

#include "base/errors.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#define TRANCHE "pg_elt"

static EltShared *shared = NULL;
static EltShared *private_copy = NULL;
static LWLock *lock = NULL;

static shmem_request_hook_type previous_request = NULL;
static shmem_startup_hook_type previous_startup = NULL;

static void
RequestShared(void)
{
	if (previous_request != NULL)
		previous_request();
	RequestAddinShmemSpace(MAXALIGN(sizeof(EltShared)));
	RequestNamedLWLockTranche(TRANCHE, 1);
}

static void
ClearShared(EltShared *s)
{
	memset(s, 0, sizeof(EltShared));
	ConditionVariableInit(&s->changed);
}

static void
StartShared(void)
{
	bool		found;

	if (previous_startup != NULL)
		previous_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct(TRANCHE, sizeof(EltShared), &found);
	if (!found)
		ClearShared(shared);
	lock = &GetNamedLWLockTranche(TRANCHE)->lock;
	LWLockRelease(AddinShmemInitLock);
}

void
ShmemInit(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	previous_request = shmem_request_hook;
	shmem_request_hook = RequestShared;
	previous_startup = shmem_startup_hook;
	shmem_startup_hook = StartShared;
}

bool
IsPreloaded(void)
{
	return shared != NULL;
}

void
RequirePreload(const char *what)
{
	if (!IsPreloaded())
		ereport(ERROR,
				(errcode(ERRCODE_ELT_NOT_PRELOADED),
				 errmsg("%s requires pg_elt in shared_preload_libraries", what),
				 errhint("Add pg_elt to shared_preload_libraries and restart the server. "
						 "CALL elt.run works without it.")));
}

EltShared *
Shared(void)
{
	if (shared != NULL)
		return shared;
	if (private_copy == NULL)
	{
		EltShared  *s = MemoryContextAlloc(TopMemoryContext, sizeof(EltShared));

		ClearShared(s);
		private_copy = s;
	}
	return private_copy;
}

void
LockShared(void)
{
	if (lock != NULL)
		LWLockAcquire(lock, LW_EXCLUSIVE);
}

void
UnlockShared(void)
{
	if (lock != NULL)
		LWLockRelease(lock);
}

DatabaseSlot *
FindDatabaseSlot(Oid database, bool make)
{
	EltShared  *s = Shared();
	DatabaseSlot *unused = NULL;

	for (int i = 0; i < MAX_DATABASES; i++)
	{
		DatabaseSlot *slot = &s->databases[i];

		if (slot->database == database)
			return slot;
		if (unused == NULL && !OidIsValid(slot->database))
			unused = slot;
	}
	if (!make || unused == NULL)
		return NULL;
	memset(unused, 0, sizeof(DatabaseSlot));
	unused->database = database;
	return unused;
}

/*
 * lock.c
 *	  Take and release the locks of pg_elt, and find their holders.
 *
 * They use the tag type "userlock" of the default lock method, so that neither pg_advisory_lock
 * nor pg_advisory_unlock_all, which a user's expression may call, can interfere.
 */
#include "base/compat.h"
#include "base/lock.h"

#include "miscadmin.h"
#include "storage/lock.h"

static LOCKTAG
TagOf(LockClass class, uint32 id)
{
	LOCKTAG		tag;

	tag.locktag_field1 = MyDatabaseId;
	tag.locktag_field2 = class;
	tag.locktag_field3 = id;
	tag.locktag_field4 = 0;
	tag.locktag_type = LOCKTAG_USERLOCK;
	tag.locktag_lockmethodid = DEFAULT_LOCKMETHOD;
	return tag;
}

/* Session locks that are meant to be held, whatever becomes of a transaction. */
#define MAX_SESSION_LOCKS 8
static LOCKTAG wanted[MAX_SESSION_LOCKS];
static int	nwanted = 0;

static bool
SameTag(const LOCKTAG *a, const LOCKTAG *b)
{
	return memcmp(a, b, sizeof(LOCKTAG)) == 0;
}

static void
Want(const LOCKTAG *tag)
{
	if (nwanted < MAX_SESSION_LOCKS)
		wanted[nwanted++] = *tag;
}

static void
WantNoMore(const LOCKTAG *tag)
{
	for (int i = 0; i < nwanted; i++)
		if (SameTag(&wanted[i], tag))
		{
			wanted[i] = wanted[--nwanted];
			return;
		}
}

bool
TransactionLockTry(LockClass class, uint32 id)
{
	LOCKTAG		tag = TagOf(class, id);

	return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

void
TransactionLockTake(LockClass class, uint32 id)
{
	LOCKTAG		tag = TagOf(class, id);

	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

void
TransactionLockShare(LockClass class, uint32 id)
{
	LOCKTAG		tag = TagOf(class, id);

	(void) LockAcquire(&tag, ShareLock, false, false);
}

/* Marks tags of numbers; the other bits of the field are the upper ones of the number. */
#define OF_NUMBER 0x8000

void
TransactionLockNumber(Oid relation, int64 number)
{
	LOCKTAG		tag;

	tag.locktag_field1 = MyDatabaseId;
	tag.locktag_field2 = relation;
	tag.locktag_field3 = (uint32) number;
	tag.locktag_field4 = OF_NUMBER | (uint16) (number >> 32);
	tag.locktag_type = LOCKTAG_USERLOCK;
	tag.locktag_lockmethodid = DEFAULT_LOCKMETHOD;
	(void) LockAcquire(&tag, ShareLock, false, false);
}

static bool
IsNumberOf(const LOCKTAG *tag, Oid relation)
{
	return tag->locktag_type == LOCKTAG_USERLOCK && tag->locktag_field1 == MyDatabaseId &&
		tag->locktag_field2 == relation && (tag->locktag_field4 & OF_NUMBER) != 0;
}

int64
LeastLockedNumber(Oid relation, int64 limit)
{
	LockData   *locks = GetLockStatusData();
	int64		least = limit;

	for (int i = 0; i < locks->nelements; i++)
	{
		const LOCKTAG *tag = &locks->locks[i].locktag;
		int64		number = (int64) (tag->locktag_field4 & ~OF_NUMBER) << 32 | tag->locktag_field3;

		if (IsNumberOf(tag, relation))
			least = Min(least, number);
	}
	return least;
}

bool
SessionLockTry(LockClass class, uint32 id)
{
	LOCKTAG		tag = TagOf(class, id);

	if (LockAcquire(&tag, ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
		return false;
	Want(&tag);
	return true;
}

void
SessionLockTake(LockClass class, uint32 id)
{
	LOCKTAG		tag = TagOf(class, id);

	(void) LockAcquire(&tag, ExclusiveLock, true, false);
	Want(&tag);
}

/* An aborted transaction has released it already. */
void
SessionLockRelease(LockClass class, uint32 id)
{
	LOCKTAG		tag = TagOf(class, id);

	WantNoMore(&tag);
	if (LockHeldByMe_compat(&tag, ExclusiveLock))
		LockRelease(&tag, ExclusiveLock, true);
}

void
SessionLocksRegain(void)
{
	for (int i = 0; i < nwanted; i++)
		if (!LockHeldByMe_compat(&wanted[i], ExclusiveLock) &&
			LockAcquire(&wanted[i], ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
			ereport(ERROR,
					(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					 errmsg("another session has taken a lock that was lost with a transaction"),
					 errhint("What has landed stays; run the pipeline again.")));
}

int
LockHolder(LockClass class, uint32 id)
{
	LOCKTAG		tag = TagOf(class, id);
	LockData   *locks = GetLockStatusData();

	for (int i = 0; i < locks->nelements; i++)
		if (locks->locks[i].holdMask != 0 && SameTag(&locks->locks[i].locktag, &tag))
			return locks->locks[i].pid;
	return 0;
}

static bool
Excludes(const LockInstanceData *lock, Oid relation, LOCKMODE mode)
{
	const LOCKTAG *tag = &lock->locktag;

	if (lock->pid == MyProcPid || tag->locktag_type != LOCKTAG_RELATION ||
		tag->locktag_field1 != MyDatabaseId || tag->locktag_field2 != relation)
		return false;
	for (LOCKMODE held = AccessShareLock; held <= AccessExclusiveLock; held++)
		if ((lock->holdMask & LOCKBIT_ON(held)) != 0 && DoLockModesConflict(held, mode))
			return true;
	return false;
}

int
RelationLockHolder(Oid relation, int mode)
{
	LockData   *locks = GetLockStatusData();

	for (int i = 0; i < locks->nelements; i++)
		if (Excludes(&locks->locks[i], relation, mode))
			return locks->locks[i].pid;
	return 0;
}

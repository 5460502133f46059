/*
 * tick_time.c
 *	  The time of the last call of elt.tick, in the slot of the database.
 */
#include "base/compat.h"
#include "base/tick_time.h"

#include "base/shmem.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#define RECENTLY_MS (3 * 60 * 1000)

void
TickNote(void)
{
	TimestampTz now = GetCurrentTimestamp();
	DatabaseSlot *slot;

	LockShared();
	slot = FindDatabaseSlot(MyDatabaseId, false);
	if (slot != NULL)
		slot->ticked_at = now;
	UnlockShared();
}

TimestampTz
TickTime(void)
{
	DatabaseSlot *slot;
	TimestampTz time;

	LockShared();
	slot = FindDatabaseSlot(MyDatabaseId, false);
	time = slot != NULL ? slot->ticked_at : 0;
	UnlockShared();
	return time;
}

bool
TickedRecently(void)
{
	TimestampTz time = TickTime();

	return time != 0 && !TimestampDifferenceExceeds(time, GetCurrentTimestamp(), RECENTLY_MS);
}

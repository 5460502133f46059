/*
 * budget.c
 *	  A token bucket and a count of requests in flight per server.
 *
 * A bucket holds up to burst tokens and refills at the rate; a request takes one. Buckets live
 * outside transactions. The count in flight would outlive a process that forgets to give back
 * its share, so each process keeps a list of what it holds and returns it when it exits; a
 * process that is killed outright resets shared memory anyway.
 */
#include "base/compat.h"
#include "base/budget.h"

#include "base/shmem.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "portability/instr_time.h"
#include "storage/ipc.h"
#include "utils/memutils.h"

/* What this process holds in flight at one server. */
typedef struct Holding
{
	Oid			server;
	int			count;
} Holding;

static List *holdings = NIL;	/* of Holding *, in TopMemoryContext */
static bool exit_callback_set = false;

static int64
MonotonicMicroseconds(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64) INSTR_TIME_GET_MICROSEC(now);
}

/* The slot of a server; with make, a free or the least recently used idle one. */
static BudgetSlot *
FindSlot(Oid server, bool make)
{
	EltShared  *s = Shared();
	BudgetSlot *victim = NULL;

	for (int i = 0; i < MAX_BUDGETS; i++)
	{
		BudgetSlot *slot = &s->budgets[i];

		if (slot->server == server && slot->database == MyDatabaseId)
			return slot;
		if (slot->in_flight == 0 && (victim == NULL || slot->used < victim->used))
			victim = slot;
	}
	if (!make || victim == NULL)
		return NULL;
	memset(victim, 0, sizeof(BudgetSlot));
	victim->database = MyDatabaseId;
	victim->server = server;
	return victim;
}

static void
Refill(BudgetSlot *slot, int64 now, double per_second, int burst)
{
	if (slot->refilled == 0)
		slot->tokens = burst;
	else
		slot->tokens += (now - slot->refilled) / 1e6 * per_second;
	slot->tokens = Min(slot->tokens, (double) burst);
	slot->refilled = now;
}

static long
MillisecondsUp(double microseconds)
{
	return (long) (microseconds / 1000.0) + 1;
}

/* Called with the lock held; 0 when the token was spent. */
static long
TakeFromSlot(BudgetSlot *slot, double per_second, int burst)
{
	int64		now = MonotonicMicroseconds();

	slot->used = now;
	if (now < slot->paused_until)
		return MillisecondsUp(slot->paused_until - now);
	if (per_second <= 0)
		return 0;
	Refill(slot, now, per_second, Max(burst, 1));
	if (slot->tokens < 1.0)
		return MillisecondsUp((1.0 - slot->tokens) / per_second * 1e6);
	slot->tokens -= 1.0;
	return 0;
}

long
BudgetTake(Oid server, double per_second, int burst)
{
	BudgetSlot *slot;
	long		wait = 0;

	LockShared();
	slot = FindSlot(server, true);
	if (slot != NULL)
		wait = TakeFromSlot(slot, per_second, burst);
	UnlockShared();
	return wait;
}

void
BudgetPause(Oid server, long ms)
{
	BudgetSlot *slot;

	LockShared();
	slot = FindSlot(server, true);
	if (slot != NULL)
	{
		slot->used = MonotonicMicroseconds();
		slot->paused_until = Max(slot->paused_until, slot->used + (int64) ms * 1000);
	}
	UnlockShared();
}

static void
LeaveAtExit(int code, Datum arg)
{
	BudgetLeaveAll();
}

/* Allocates, so it comes before anything is counted. */
static Holding *
HoldingOf(Oid server)
{
	MemoryContext old;
	ListCell   *lc;
	Holding    *holding;

	foreach(lc, holdings)
		if (((Holding *) lfirst(lc))->server == server)
			return lfirst(lc);

	if (!exit_callback_set)
		before_shmem_exit(LeaveAtExit, (Datum) 0);
	exit_callback_set = true;
	old = MemoryContextSwitchTo(TopMemoryContext);
	holding = palloc0(sizeof(Holding));
	holding->server = server;
	holdings = lappend(holdings, holding);
	MemoryContextSwitchTo(old);
	return holding;
}

bool
BudgetEnter(Oid server, int max_in_flight, bool first)
{
	Holding    *holding = HoldingOf(server);
	BudgetSlot *slot;
	bool		granted;

	LockShared();
	slot = FindSlot(server, true);
	granted = slot != NULL &&
		(max_in_flight <= 0 ||
		 slot->in_flight - (first ? holding->count : 0) < max_in_flight);
	if (granted)
	{
		slot->used = MonotonicMicroseconds();
		slot->in_flight++;
		holding->count++;
	}
	UnlockShared();
	return granted;
}

static void
GiveBack(Holding *holding, int count)
{
	BudgetSlot *slot;

	LockShared();
	slot = FindSlot(holding->server, false);
	if (slot != NULL)
		slot->in_flight = Max(0, slot->in_flight - count);
	holding->count -= count;
	UnlockShared();
}

void
BudgetLeave(Oid server)
{
	Holding    *holding = HoldingOf(server);

	if (holding->count > 0)
		GiveBack(holding, 1);
}

void
BudgetLeaveAll(void)
{
	ListCell   *lc;

	foreach(lc, holdings)
	{
		Holding    *holding = lfirst(lc);

		if (holding->count > 0)
			GiveBack(holding, holding->count);
	}
}

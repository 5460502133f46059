/*
 * budget.c
 *	  A token bucket, a quota and a count of requests in flight per server.
 *
 * A bucket holds up to burst tokens and refills at the rate; a request takes one. Buckets live
 * outside transactions. Each process keeps a list of its requests in flight and gives them back
 * when it exits; after a crash shared memory is reset anyway.
 *
 * Requests in flight are subtracted from the remaining number that the server reports, because
 * it may not have counted them yet. So the limit holds in whatever order responses arrive.
 */
#include "base/compat.h"
#include "base/budget.h"

#include "base/budget_slot.h"
#include "base/shmem.h"
#include "base/wake.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "portability/instr_time.h"
#include "storage/ipc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Requests in flight stand in the way: they say nothing when they are answered. */
#define IN_FLIGHT_POLL_MS 50

/* So long an idle server keeps a slot that others want, until the scheduler has saved its count. */
#define SAVE_GRACE_US INT64CONST(5000000)

/* Resets in whole seconds differ by so much from answer to answer. */
#define RESET_SLACK_US 2000000

/* What this process holds in flight at one server. */
typedef struct Holding
{
	Oid			server;
	Oid			owner;			/* of the server */
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

/* The slot of a server that has one. */
static BudgetSlot *
FindSlot(Oid server)
{
	return BudgetSlotFind(Shared()->budgets, MyDatabaseId, server);
}

/* Of one that may have to get one; *wake is the database whose scheduler has to save a count. */
static BudgetSlot *
MakeSlot(const Holding *holding, Oid *wake)
{
	BudgetClaim claim = {
		.database = MyDatabaseId,
		.server = holding->server,
		.owner = holding->owner,
		.now = MonotonicMicroseconds(),
		.save_grace = IsPreloaded() ? SAVE_GRACE_US : 0
	};
	BudgetSlot *unsaved;
	BudgetSlot *slot = BudgetSlotMake(Shared()->budgets, &claim, &unsaved);

	*wake = unsaved != NULL ? unsaved->database : InvalidOid;
	if (slot != NULL)
		slot->owner = holding->owner;
	return slot;
}

void
BudgetSetOwner(Oid server, Oid owner)
{
	HoldingOf(server)->owner = owner;
}

static void
Refill(BudgetSlot *slot, int64 now)
{
	slot->tokens = BudgetSlotTokens(slot, now);
	slot->refilled = now;
}

static long
MillisecondsUp(double microseconds)
{
	return (long) (microseconds / 1000.0) + 1;
}

/* What follows is called with the lock held, and tells how long to wait; 0: not at all. */

static long
WaitForServer(const BudgetSlot *slot, int64 now)
{
	if (now < slot->paused_until)
		return MillisecondsUp(slot->paused_until - now);
	if (now < slot->resets_at && slot->remaining == 0)
		return MillisecondsUp(slot->resets_at - now);
	return 0;
}

static long
WaitForAnswers(const BudgetSlot *slot, int64 now)
{
	if (now < slot->resets_at && slot->in_flight > slot->remaining)
		return IN_FLIGHT_POLL_MS;
	return 0;
}

static void
BeginPeriod(BudgetSlot *slot, TimestampTz since)
{
	if (since <= slot->quota_since)
		return;
	slot->quota_since = since;
	slot->quota_spent = slot->quota_saved = 0;
}

static long
WaitForQuota(BudgetSlot *slot, const BudgetTerms *terms)
{
	if (terms->quota <= 0)
		return 0;
	BeginPeriod(slot, terms->quota_since);
	if (slot->quota_spent < terms->quota)
		return 0;
	return Max(1, MillisecondsUp(terms->quota_until - GetCurrentTimestamp()));
}

static long
WaitForToken(BudgetSlot *slot, const BudgetTerms *terms, int64 now)
{
	slot->per_second = terms->per_second;
	slot->burst = Max(terms->burst, 1);
	if (terms->per_second <= 0)
		return 0;
	Refill(slot, now);
	if (slot->tokens >= 1.0)
		return 0;
	return MillisecondsUp((1.0 - slot->tokens) / terms->per_second * 1e6);
}

static long
TakeFromSlot(BudgetSlot *slot, const BudgetTerms *terms, BudgetReason *reason)
{
	int64		now = MonotonicMicroseconds();
	long		wait;

	slot->used = now;
	*reason = BUDGET_PAUSE;
	wait = WaitForServer(slot, now);
	if (wait > 0)
		return wait;
	*reason = BUDGET_QUOTA;
	wait = WaitForQuota(slot, terms);
	if (wait > 0)
		return wait;
	*reason = BUDGET_RATE;
	wait = WaitForAnswers(slot, now);
	if (wait == 0)
		wait = WaitForToken(slot, terms, now);
	if (wait > 0)
		return wait;
	slot->tokens -= 1.0;
	if (terms->per_second > 0)
		slot->full_at = now + (slot->burst - slot->tokens) / slot->per_second * 1e6;
	if (terms->quota > 0)
		slot->quota_spent++;
	return 0;
}

long
BudgetTake(Oid server, const BudgetTerms *terms, BudgetReason *reason)
{
	BudgetSlot *slot;
	long		wait = 0;

	LockShared();
	slot = FindSlot(server);
	if (slot != NULL)
		wait = TakeFromSlot(slot, terms, reason);
	UnlockShared();
	return wait;
}

/* A window that ends elsewhere than the one at hand is another one. */
static void
TakeReport(BudgetSlot *slot, int64 now, int64 remaining, int64 resets_at)
{
	bool		same = now < slot->resets_at &&
		Max(resets_at, slot->resets_at) - Min(resets_at, slot->resets_at) <= RESET_SLACK_US;

	slot->remaining = same ? Min(slot->remaining, remaining) : remaining;
	slot->resets_at = same ? Max(slot->resets_at, resets_at) : resets_at;
}

void
BudgetAnswered(Oid server, int more, int64 remaining, int64 reset_ms)
{
	int64		now = MonotonicMicroseconds();
	BudgetSlot *slot;

	LockShared();
	slot = FindSlot(server);
	if (slot != NULL)
	{
		slot->quota_spent += slot->quota_since == 0 ? 0 : more;
		if (remaining >= 0 && reset_ms > 0)
			TakeReport(slot, now, remaining, now + Min(reset_ms, LONGEST_PAUSE_MS) * 1000);
		else if (slot->remaining > 0)
			slot->remaining--;	/* it no longer counts as in flight */
	}
	UnlockShared();
}

bool
BudgetQuotaIsKnown(Oid server, TimestampTz since)
{
	const BudgetSlot *slot;
	bool		known;

	LockShared();
	slot = FindSlot(server);
	known = slot != NULL && slot->quota_since >= since;
	UnlockShared();
	return known;
}

void
BudgetQuotaKnown(Oid server, TimestampTz since, int64 spent)
{
	BudgetSlot *slot;

	LockShared();
	slot = FindSlot(server);
	if (slot != NULL)
	{
		int64		unsaved;

		BeginPeriod(slot, since);
		unsaved = slot->quota_spent - slot->quota_saved;
		slot->quota_spent = Max(slot->quota_spent, spent + unsaved);
		slot->quota_saved = slot->quota_spent - unsaved;
	}
	UnlockShared();
}

bool
BudgetQuotaToSave(Oid server, TimestampTz *since, int64 *spent, int64 *unsaved)
{
	BudgetSlot *slot;
	bool		found = false;

	LockShared();
	slot = FindSlot(server);
	if (slot != NULL && slot->quota_spent > slot->quota_saved)
	{
		found = true;
		*since = slot->quota_since;
		*spent = slot->quota_spent;
		*unsaved = slot->quota_spent - slot->quota_saved;
		slot->quota_saved = slot->quota_spent;
		slot->save_asked = 0;
	}
	UnlockShared();
	return found;
}

static bool
SaveIsAsked(void)
{
	const BudgetSlot *slots = Shared()->budgets;

	for (int i = 0; i < MAX_BUDGETS; i++)
		if (slots[i].database == MyDatabaseId && slots[i].save_asked != 0)
			return true;
	return false;
}

int
BudgetsToSave(Oid *servers)
{
	const BudgetSlot *slots = Shared()->budgets;
	int			n = 0;

	LockShared();
	for (int i = 0; SaveIsAsked() && i < MAX_BUDGETS; i++)
		if (slots[i].database == MyDatabaseId && slots[i].quota_spent > slots[i].quota_saved)
			servers[n++] = slots[i].server;
	UnlockShared();
	return n;
}

void
BudgetPause(Oid server, long ms)
{
	Holding    *holding = HoldingOf(server);
	BudgetSlot *slot;
	Oid			wake;

	LockShared();
	slot = MakeSlot(holding, &wake);
	if (slot != NULL)
	{
		slot->used = MonotonicMicroseconds();
		slot->paused_until = Max(slot->paused_until,
								 slot->used + Min(ms, LONGEST_PAUSE_MS) * 1000);
	}
	UnlockShared();
}

static bool
MayEnter(const BudgetSlot *slot, int max_in_flight, int own)
{
	if (max_in_flight > 0 && slot->in_flight - own >= max_in_flight)
		return false;
	return slot->in_flight > 0 || BudgetOwnerMayBegin(Shared()->budgets, slot->owner);
}

bool
BudgetEnter(Oid server, int max_in_flight, bool first)
{
	Holding    *holding = HoldingOf(server);
	BudgetSlot *slot;
	bool		granted;
	Oid			wake;

	LockShared();
	slot = MakeSlot(holding, &wake);
	granted = slot != NULL && MayEnter(slot, max_in_flight, first ? holding->count : 0);
	if (granted)
	{
		slot->used = MonotonicMicroseconds();
		slot->in_flight++;
		holding->count++;
	}
	UnlockShared();
	if (OidIsValid(wake))
		WakeScheduler(wake);
	return granted;
}

static void
GiveBack(Holding *holding, int count)
{
	BudgetSlot *slot;

	LockShared();
	slot = FindSlot(holding->server);
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

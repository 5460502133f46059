#include "base/compat.h"
#include "base/budget_slot.h"

#include <stdio.h>

#undef printf

#define CROWD	10				/* owners */
#define NOBODY	20
#define OTHER	30

static BudgetSlot slots[MAX_BUDGETS];
static BudgetSlot *unsaved;
static int	tests = 0;

static void
ok(bool passed, const char *what)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++tests, what);
}

static BudgetSlot *
Make(Oid server, Oid owner, int64 now)
{
	BudgetClaim claim = {1, server, owner, now, 5};
	BudgetSlot *slot = BudgetSlotMake(slots, &claim, &unsaved);

	if (slot != NULL)
		slot->used = now;
	return slot;
}

/* Servers first, first + 1, ... of one owner, used one after the other from time 1 on. */
static void
Fill(int first, int n, Oid owner)
{
	for (int i = 0; i < n; i++)
		Make(first + i, owner, i + 1);
}

/* Servers that an owner has left. */
static int
Left(Oid owner)
{
	int			n = 0;

	for (int i = 0; i < MAX_BUDGETS; i++)
		n += slots[i].owner == owner;
	return n;
}

static void
SetAll(int64 spent, int64 paused_until)
{
	for (int i = 0; i < MAX_BUDGETS; i++)
	{
		slots[i].quota_spent = spent;
		slots[i].paused_until = paused_until;
	}
}

static void
Begin(void)
{
	memset(slots, 0, sizeof(slots));
}

static void
TestIdle(void)
{
	BudgetSlot *slot;

	Begin();
	Fill(1000, MAX_BUDGETS, CROWD);
	slot = Make(1, OTHER, 1000);
	ok(slot != NULL && slot->owner == OTHER, "an idle server makes room");
	ok(BudgetSlotFind(slots, 1, 1000) == NULL && BudgetSlotFind(slots, 1, 1001) != NULL,
	   "the least recently used one");
	ok(Make(1, OTHER, 1001) == slot, "a server keeps its slot");
	slots[5].paused_until = slots[6].resets_at = slots[7].full_at = 5000;
	for (int i = 0; i < MAX_BUDGETS - 4; i++)
		Make(2000 + i, OTHER, 1002 + i);
	ok(slots[5].paused_until == 5000 && slots[6].resets_at == 5000 && slots[7].full_at == 5000,
	   "what is to be remembered is remembered while others have nothing to lose");
}

static void
TestUnsaved(void)
{
	Begin();
	Fill(1000, MAX_BUDGETS, CROWD);
	SetAll(1, 0);
	ok(Make(1, OTHER, 1000) == NULL && unsaved != NULL && unsaved->server == 1000,
	   "a count that is not saved is to be saved first");
	unsaved->quota_saved = 1;
	ok(Make(1, OTHER, 1001) != NULL && BudgetSlotFind(slots, 1, 1000) == NULL,
	   "once it is, its server makes room");
	BudgetSlotFind(slots, 1, 1)->in_flight = 1;
	ok(Make(2, NOBODY, 1002) == NULL && Make(2, NOBODY, 1006) == NULL, "nobody saves the next");
	ok(Make(2, NOBODY, 1007) != NULL, "it is waited for as long as the grace says");
	ok(Left(CROWD) == MAX_BUDGETS - 2, "all of it at the cost of who has most");
}

static void
TestFairness(void)
{
	Begin();
	Fill(1000, MAX_BUDGETS / 2, CROWD);
	Fill(5000, MAX_BUDGETS / 2, OTHER);
	SetAll(0, 1000000);
	for (int i = 0; i < 3 * MAX_BUDGETS; i++)
		Make(9000 + i, CROWD, 1000 + i);
	ok(Left(OTHER) == MAX_BUDGETS / 2, "nobody loses a slot to an owner who has as many");
	SetAll(0, 1000000);
	for (int i = 0; i < MAX_BUDGETS; i++)
	{
		slots[i].in_flight = slots[i].owner == CROWD;
		slots[i].used = 1;
	}
	ok(Make(1, NOBODY, 5000) != NULL && Left(CROWD) == MAX_BUDGETS / 2,
	   "a server that is being asked keeps its slot");
}

static void
TestBusy(void)
{
	bool		may = true;

	Begin();
	Fill(1000, MAX_BUSY_SERVERS, CROWD);
	for (int i = 0; i < MAX_BUSY_SERVERS; i++)
	{
		may = may && BudgetOwnerMayBegin(slots, CROWD);
		slots[i].in_flight = 1;
	}
	ok(may, "an owner may have many servers asked");
	ok(!BudgetOwnerMayBegin(slots, CROWD), "but not all");
	ok(BudgetOwnerMayBegin(slots, OTHER), "which is each owner's own limit");
	for (int i = MAX_BUSY_SERVERS; i < MAX_BUDGETS; i++)
	{
		Make(1000 + i, NOBODY, 1);
		slots[i].in_flight = 1;
	}
	ok(Make(1, OTHER, 1000) == NULL && unsaved == NULL, "who finds all of them asked waits");
}

int
main(void)
{
	TestIdle();
	TestUnsaved();
	TestFairness();
	TestBusy();
	printf("1..%d\n", tests);
	return 0;
}

/*
 * budget_slot.c
 *	  Assign the shared budget slots to servers, and choose the slot to reuse.
 */
#include "base/compat.h"
#include "base/budget_slot.h"

BudgetSlot *
BudgetSlotFind(BudgetSlot *slots, Oid database, Oid server)
{
	for (int i = 0; i < MAX_BUDGETS; i++)
		if (slots[i].server == server && slots[i].database == database)
			return &slots[i];
	return NULL;
}

static bool
IsSaved(const BudgetSlot *slot)
{
	return slot->quota_spent <= slot->quota_saved;
}

/* A new budget would be the same one. */
static bool
LosesNothing(const BudgetSlot *slot, int64 now)
{
	return slot->in_flight == 0 && IsSaved(slot) && slot->paused_until <= now &&
		slot->resets_at <= now && slot->full_at <= now;
}

static BudgetSlot *
LeastUsedOfIdle(BudgetSlot *slots, int64 now)
{
	BudgetSlot *victim = NULL;

	for (int i = 0; i < MAX_BUDGETS; i++)
	{
		BudgetSlot *slot = &slots[i];

		if (!OidIsValid(slot->server))
			return slot;
		if (LosesNothing(slot, now) && (victim == NULL || slot->used < victim->used))
			victim = slot;
	}
	return victim;
}

static int
SlotsOf(const BudgetSlot *slots, Oid owner)
{
	int			count = 0;

	for (int i = 0; i < MAX_BUDGETS; i++)
		count += slots[i].owner == owner;
	return count;
}

static BudgetSlot *
LeastUsedOfHeaviest(BudgetSlot *slots, Oid claimant)
{
	BudgetSlot *victim = NULL;
	int			most = 0;

	for (int i = 0; i < MAX_BUDGETS; i++)
	{
		BudgetSlot *slot = &slots[i];
		int			share;

		if (slot->in_flight > 0)
			continue;
		share = SlotsOf(slots, slot->owner) + (slot->owner == claimant);
		if (victim == NULL || share > most || (share == most && slot->used < victim->used))
			victim = slot;
		most = Max(most, share);
	}
	return victim;
}

static bool
WaitsToBeSaved(BudgetSlot *slot, const BudgetClaim *claim)
{
	if (IsSaved(slot) || claim->save_grace <= 0)
		return false;
	if (slot->save_asked == 0)
		slot->save_asked = claim->now;
	return claim->now - slot->save_asked < claim->save_grace;
}

BudgetSlot *
BudgetSlotMake(BudgetSlot *slots, const BudgetClaim *claim, BudgetSlot **unsaved)
{
	BudgetSlot *slot = BudgetSlotFind(slots, claim->database, claim->server);

	*unsaved = NULL;
	if (slot != NULL)
		return slot;
	slot = LeastUsedOfIdle(slots, claim->now);
	if (slot == NULL)
		slot = LeastUsedOfHeaviest(slots, claim->owner);
	if (slot == NULL)
		return NULL;
	if (WaitsToBeSaved(slot, claim))
	{
		*unsaved = slot;
		return NULL;
	}
	memset(slot, 0, sizeof(BudgetSlot));
	slot->database = claim->database;
	slot->server = claim->server;
	slot->owner = claim->owner;
	return slot;
}

bool
BudgetOwnerMayBegin(const BudgetSlot *slots, Oid owner)
{
	int			busy = 0;

	for (int i = 0; i < MAX_BUDGETS; i++)
		busy += slots[i].owner == owner && slots[i].in_flight > 0;
	return busy < MAX_BUSY_SERVERS;
}

double
BudgetSlotTokens(const BudgetSlot *slot, int64 now)
{
	double		tokens = slot->tokens + (now - slot->refilled) / 1e6 * slot->per_second;

	return slot->refilled == 0 ? slot->burst : Min(tokens, (double) slot->burst);
}

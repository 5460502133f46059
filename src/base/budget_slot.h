/*
 * budget_slot.h
 *	  Assign the shared budget slots to servers, and choose the slot to reuse.
 *
 * The caller holds the lock.
 */
#ifndef ELT_BASE_BUDGET_SLOT_H
#define ELT_BASE_BUDGET_SLOT_H

#include "base/shmem.h"

/* Servers of one owner that can be in use at the same time. */
#define MAX_BUSY_SERVERS (MAX_BUDGETS / 4)

/* A server that wants a budget. */
typedef struct BudgetClaim
{
	Oid			database;
	Oid			server;
	Oid			owner;			/* of the server */
	int64		now;			/* microseconds of the monotonic clock */
	int64		save_grace;		/* how long unsaved usage is kept, in microseconds */
} BudgetClaim;

extern BudgetSlot *BudgetSlotFind(BudgetSlot *slots, Oid database, Oid server);

/*
 * The server's slot: its own, a free one, or that of an idle server. Idle slots without unsaved
 * usage are reused first, the least recently used before others; then idle slots of the owner
 * with most slots, the claiming owner counting one more. So no owner loses a slot to one who has
 * as many.
 *
 * NULL: none is idle, or *unsaved must be saved first.
 */
extern BudgetSlot *BudgetSlotMake(BudgetSlot *slots, const BudgetClaim *claim,
								  BudgetSlot **unsaved);

/* The requests that may be made at once: those when it was refilled, and what has been added since. */
extern double BudgetSlotTokens(const BudgetSlot *slot, int64 now);

/* Can one more server of this owner be in use? */
extern bool BudgetOwnerMayBegin(const BudgetSlot *slots, Oid owner);

#endif

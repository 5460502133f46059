/*
 * budget_slot.h
 *	  Which server has one of the shared budgets, and which one makes room.
 *
 * Knows neither locks nor processes: who calls holds the lock.
 */
#ifndef ELT_BASE_BUDGET_SLOT_H
#define ELT_BASE_BUDGET_SLOT_H

#include "base/shmem.h"

/* Servers of one owner that may be asked at the same time. */
#define MAX_BUSY_SERVERS (MAX_BUDGETS / 4)

/* A server that wants a budget. */
typedef struct BudgetClaim
{
	Oid			database;
	Oid			server;
	Oid			owner;			/* of the server */
	int64		now;			/* microseconds of the monotonic clock */
	int64		save_grace;		/* so long a count that is not saved stays, in microseconds */
} BudgetClaim;

extern BudgetSlot *BudgetSlotFind(BudgetSlot *slots, Oid database, Oid server);

/*
 * The server's slot: its own, a free one, or that of an idle server. What is idle and loses
 * nothing goes first, the least recently used before others; then what is idle of the owner who
 * has most slots, who claims being counted with one more. So nobody takes a slot from an owner
 * who has no more than himself.
 *
 * NULL: none is idle, or *unsaved must be saved first.
 */
extern BudgetSlot *BudgetSlotMake(BudgetSlot *slots, const BudgetClaim *claim,
								  BudgetSlot **unsaved);

/* May one more server of this owner be asked? */
extern bool BudgetOwnerMayBegin(const BudgetSlot *slots, Oid owner);

#endif

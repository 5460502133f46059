/*
 * budget.h
 *	  How many requests a server may be sent, shared by every run of the cluster.
 *
 * Keyed by database and server. With preload the budget is shared by the cluster, otherwise it
 * is local to the session. Budgets are not transactional: a rollback gives nothing back.
 */
#ifndef ELT_BASE_BUDGET_H
#define ELT_BASE_BUDGET_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* Longer pauses are cut to a day, in case the server is mistaken. */
#define LONGEST_PAUSE_MS INT64CONST(86400000)

/* Limits from the definition of a server. */
typedef struct BudgetTerms
{
	double		per_second;		/* <= 0: no limit */
	int			burst;			/* requests that may start at once */
	int64		quota;			/* requests from quota_since to quota_until; 0: no limit */
	TimestampTz quota_since;
	TimestampTz quota_until;
} BudgetTerms;

typedef enum BudgetReason
{
	BUDGET_RATE,				/* the terms' rate, or the places in flight */
	BUDGET_PAUSE,				/* the server requested a pause */
	BUDGET_QUOTA				/* the terms' quota is spent */
} BudgetReason;

/* Set the owner of a server, before any other call: owners of many servers yield slots first. */
extern void BudgetSetOwner(Oid server, Oid owner);

/*
 * Spend one request. Returns 0 when granted, else the milliseconds to wait before trying again
 * and the reason. The caller must hold a place in flight.
 */
extern long BudgetTake(Oid server, const BudgetTerms *terms, BudgetReason *reason);

/*
 * Take a place in flight; false when none is free. BudgetLeave gives it back, BudgetLeaveAll
 * gives back all places of this process, as does its exit. max_in_flight <= 0: no limit.
 *
 * first: the caller has no request in flight. Then places of this process are not counted,
 * because they may belong to a scan that waits for this one, as in a join of two foreign tables.
 */
extern bool BudgetEnter(Oid server, int max_in_flight, bool first);
extern void BudgetLeave(Oid server);
extern void BudgetLeaveAll(void);

/* Grant no request to any process until then, as the server requested (429 Retry-After). */
extern void BudgetPause(Oid server, long ms);

/*
 * Account for a response whose place has not been given back yet. more: requests made beyond the
 * one granted. remaining: requests that the server reports as left for the next reset_ms; -1 in
 * either: not reported.
 */
extern void BudgetAnswered(Oid server, int more, int64 remaining, int64 reset_ms);

/*
 * Is the usage in the quota period that began at since known? Not in a new period, nor after the
 * slot was reused for another server.
 */
extern bool BudgetQuotaIsKnown(Oid server, TimestampTz since);
/* Load the saved usage of the quota period that began at since. */
extern void BudgetQuotaKnown(Oid server, TimestampTz since, int64 spent);
/* The usage to save in the catalog, which then counts as saved; false when there is nothing to save. */
extern bool BudgetQuotaToSave(Oid server, TimestampTz *since, int64 *spent, int64 *unsaved);
/* Servers of this database with unsaved usage whose slots are needed: at most MAX_BUDGETS. */
extern int	BudgetsToSave(Oid *servers);

#endif

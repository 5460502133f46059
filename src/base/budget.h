/*
 * budget.h
 *	  How many requests a server may be sent, shared by every run of the cluster.
 *
 * Keyed by database and server. With preload the budget is one for the cluster; without, it is
 * the session's own. What was spent stays spent when the transaction rolls back.
 */
#ifndef ELT_BASE_BUDGET_H
#define ELT_BASE_BUDGET_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* A server that asks for a longer pause is asked again after a day: it may be mistaken. */
#define LONGEST_PAUSE_MS INT64CONST(86400000)

/* What the definition of a server allows. */
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
	BUDGET_PAUSE,				/* the server said so */
	BUDGET_QUOTA				/* the terms' quota is spent */
} BudgetReason;

/* Whose server it is, before any other call: who has many of them makes room for others. */
extern void BudgetSetOwner(Oid server, Oid owner);

/*
 * Spend one request. 0: granted; else the milliseconds to wait before asking again, and why.
 * Only for who holds a place in flight.
 */
extern long BudgetTake(Oid server, const BudgetTerms *terms, BudgetReason *reason);

/*
 * One request more in flight? Each grant is returned by BudgetLeave, all of this process by
 * BudgetLeaveAll, which the end of the process does too. max_in_flight <= 0: no limit.
 *
 * first: the caller has no request in flight. Then places of this process do not count against
 * it: they may belong to a scan that waits for this one, as in a join of two foreign tables.
 */
extern bool BudgetEnter(Oid server, int max_in_flight, bool first);
extern void BudgetLeave(Oid server);
extern void BudgetLeaveAll(void);

/* The server said wait (429 Retry-After): nobody's request is granted before. */
extern void BudgetPause(Oid server, long ms);

/*
 * An answer has come, and its place has not been given back: more is what it cost beyond the
 * request that was granted; remaining is how many requests the server says are left, for the
 * next reset_ms. -1 in either of the two: it does not say.
 */
extern void BudgetAnswered(Oid server, int more, int64 remaining, int64 reset_ms);

/*
 * Does the budget know what was spent in the quota's period that began at since? Not when the
 * period is a new one, nor when the server has lost its budget to another one.
 */
extern bool BudgetQuotaIsKnown(Oid server, TimestampTz since);
/* The catalogue knows of so many requests in the quota's period that began at since. */
extern void BudgetQuotaKnown(Oid server, TimestampTz since, int64 spent);
/* What the catalogue should know: false when it does. It does from now on. */
extern bool BudgetQuotaToSave(Oid server, TimestampTz *since, int64 *spent, int64 *unsaved);
/* Servers of this database of which that is so, when a budget is wanted: at most MAX_BUDGETS. */
extern int	BudgetsToSave(Oid *servers);

#endif

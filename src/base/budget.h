/*
 * budget.h
 *	  How many requests a server may be sent, shared by every run of the cluster.
 *
 * Keyed by database and server. With preload the budget is one for the cluster; without, it is
 * the session's own. What was spent stays spent when the transaction rolls back.
 */
#ifndef ELT_BUDGET_H
#define ELT_BUDGET_H

#include "postgres.h"

/*
 * Spend one request. 0: granted; else the milliseconds to wait before asking again.
 * per_second <= 0: no rate limit, only pauses count.
 */
extern long BudgetTake(Oid server, double per_second, int burst);

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

#endif

/*
 * retry.h
 *	  When to ask again. Pure: chance and clock come from the caller.
 */
#ifndef ELT_SOURCE_HTTP_RETRY_H
#define ELT_SOURCE_HTTP_RETRY_H

#include "postgres.h"

typedef struct RetryPolicy
{
	int			max_attempts;	/* in all, the first one included */
	int			base_ms;		/* upper bound of the first wait; doubles each time */
	int			max_backoff_ms; /* where doubling ends */
	int			max_wait_ms;	/* a longer wait is not waited: the run ends */
	int64		max_total_ms;	/* from the first attempt to the beginning of the last */
} RetryPolicy;

typedef enum RetryOutcome
{
	RETRY_AGAIN,
	RETRY_SPENT,				/* no attempts, or no time left */
	RETRY_TOO_LONG				/* the server asks for more patience than allowed */
} RetryOutcome;

/*
 * After a failed attempt (from 1), so long after the first one was begun: ask again in
 * *wait_ms? chance is from [0, 1); retry_after_ms is what the server asked for, 0 or less:
 * nothing.
 */
extern RetryOutcome RetryDecide(const RetryPolicy *policy, int attempt, int64 elapsed_ms,
								int64 retry_after_ms, double chance, int64 *wait_ms);

#endif

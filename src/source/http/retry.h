/*
 * retry.h
 *	  The retry policy. The caller passes the current time and random numbers.
 */
#ifndef ELT_SOURCE_HTTP_RETRY_H
#define ELT_SOURCE_HTTP_RETRY_H

#include "postgres.h"

typedef struct RetryPolicy
{
	int			max_attempts;	/* in all, the first one included */
	int			base_ms;		/* upper bound of the first wait; doubles each time */
	int			max_backoff_ms; /* where doubling ends */
	int			max_wait_ms;	/* a longer wait ends the run */
	int64		max_total_ms;	/* from the first attempt to the beginning of the last */
} RetryPolicy;

typedef enum RetryOutcome
{
	RETRY_AGAIN,
	RETRY_SPENT,				/* no attempts, or no time left */
	RETRY_TOO_LONG				/* the server asks for more patience than allowed */
} RetryOutcome;

/*
 * After a failed attempt (numbered from 1) and the time since the first one: retry after
 * *wait_ms? chance is from [0, 1); retry_after_ms was requested by the server, 0 or less: not.
 */
extern RetryOutcome RetryDecide(const RetryPolicy *policy, int attempt, int64 elapsed_ms,
								int64 retry_after_ms, double chance, int64 *wait_ms);

#endif

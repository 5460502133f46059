/*
 * retry.c
 *	  Compute the delay before the next attempt.
 */
#include "base/compat.h"
#include "source/http/retry.h"

/* min(cap, base * 2^(attempt - 1)), without overflow. */
static int64
BackoffLimit(const RetryPolicy *policy, int attempt)
{
	int64		limit = policy->base_ms;

	for (int i = 1; i < attempt && limit < policy->max_backoff_ms; i++)
		limit *= 2;
	return Min(limit, policy->max_backoff_ms);
}

RetryOutcome
RetryDecide(const RetryPolicy *policy, int attempt, int64 elapsed_ms, int64 retry_after_ms,
			double chance, int64 *wait_ms)
{
	/* Full jitter: callers that failed together do not come back together. */
	int64		backoff = (int64) (chance * BackoffLimit(policy, attempt));

	*wait_ms = Max(backoff, retry_after_ms);
	if (retry_after_ms > policy->max_wait_ms)
		return RETRY_TOO_LONG;
	*wait_ms = Min(*wait_ms, policy->max_wait_ms);
	if (attempt >= policy->max_attempts || elapsed_ms + *wait_ms > policy->max_total_ms)
		return RETRY_SPENT;
	return RETRY_AGAIN;
}

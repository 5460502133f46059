#include "base/compat.h"
#include "source/http/retry.h"

#include <stdio.h>

#undef printf

static int	number = 0;
static int	failed = 0;

static void
Check(bool truth, const char *what)
{
	if (!truth)
		failed++;
	printf("%s %d - %s\n", truth ? "ok" : "not ok", ++number, what);
}

static int64
WaitAfter(const RetryPolicy *policy, int attempt, int64 retry_after_ms, double chance)
{
	int64		wait_ms = -1;

	if (RetryDecide(policy, attempt, 0, retry_after_ms, chance, &wait_ms) != RETRY_AGAIN)
		return -1;
	return wait_ms;
}

static RetryOutcome
OutcomeOf(const RetryPolicy *policy, int attempt, int64 retry_after_ms)
{
	int64		wait_ms;

	return RetryDecide(policy, attempt, 0, retry_after_ms, 0.5, &wait_ms);
}

int
main(void)
{
	RetryPolicy five = {5, 1000, 300000, 60000, 600000};
	RetryPolicy patient = {100, 1000, 300000, 10000000, 10000000};
	int64		wait_ms;

	Check(WaitAfter(&five, 1, -1, 0.5) == 500, "the first wait lies below the base");
	Check(WaitAfter(&five, 1, -1, 0.0) == 0, "full jitter begins at zero");
	Check(WaitAfter(&five, 2, -1, 0.5) == 1000 && WaitAfter(&five, 3, -1, 0.5) == 2000 &&
		  WaitAfter(&five, 4, -1, 0.5) == 4000, "the limit doubles");
	Check(OutcomeOf(&five, 5, -1) == RETRY_SPENT, "five attempts in all");
	Check(OutcomeOf(&five, 5, 3600000) == RETRY_TOO_LONG,
		  "a longer wait than allowed is told after the last, too");
	Check(RetryDecide(&five, 2, 540000, 60000, 0.5, &wait_ms) == RETRY_AGAIN &&
		  RetryDecide(&five, 2, 540001, 60000, 0.5, &wait_ms) == RETRY_SPENT,
		  "all attempts begin within ten minutes");
	Check(WaitAfter(&patient, 50, -1, 0.5) == 150000, "doubling ends at the cap, without overflow");
	Check(WaitAfter(&five, 1, 2000, 0.5) == 2000, "Retry-After is longer");
	Check(WaitAfter(&five, 3, 500, 0.5) == 2000, "own backoff is longer");
	Check(WaitAfter(&five, 1, 0, 0.5) == 500 && WaitAfter(&five, 1, -5, 0.5) == 500,
		  "a Retry-After of zero or less is ignored");
	Check(WaitAfter(&five, 1, 60000, 0.5) == 60000, "the longest allowed wait is waited");
	Check(OutcomeOf(&five, 1, 60001) == RETRY_TOO_LONG, "a longer one is not");
	five.base_ms = 100000;
	Check(WaitAfter(&five, 1, -1, 0.99) == 60000, "own backoff never exceeds the longest wait");
	five.base_ms = 0;
	Check(WaitAfter(&five, 4, -1, 0.99) == 0, "no base, no wait");
	printf("1..%d\n", number);
	return failed != 0;
}

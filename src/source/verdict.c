/*
 * verdict.c
 *	  What verdicts are called in tables.
 */
#include "base/compat.h"
#include "source/verdict.h"

static const char *const names[] = {
	[VERDICT_SUCCESS] = "success",
	[VERDICT_UNCHANGED] = "unchanged",
	[VERDICT_EMPTY] = "empty",
	[VERDICT_NOT_YET] = "not_yet",
	[VERDICT_RETRY] = "retry",
	[VERDICT_RATE_LIMITED] = "rate_limited",
	[VERDICT_RESTART] = "restart",
	[VERDICT_REFRESH_TOKEN] = "refresh_token",
	[VERDICT_FAIL] = "fail",
};

const char *
VerdictName(Verdict verdict)
{
	return names[verdict];
}

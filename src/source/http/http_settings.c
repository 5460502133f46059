/*
 * http_settings.c
 *	  Settings (GUCs) of HTTP requests.
 */
#include "base/compat.h"
#include "source/http/http_settings.h"

#include <limits.h>

#include "utils/guc.h"

#define MAX_BACKOFF_MS 300000
#define MAX_TOTAL_MS 600000

int			RetryBase = 1000;
int			MaxRetryWait = 60000;

RetryPolicy
RequestRetryPolicy(int max_attempts)
{
	RetryPolicy policy = {max_attempts, RetryBase, MAX_BACKOFF_MS, MaxRetryWait,
	Max(MAX_TOTAL_MS, MaxRetryWait)};

	return policy;
}

void
HttpInit(void)
{
	DefineCustomIntVariable("elt.retry_base",
							"Sets the maximum delay before the first retry of a request; it "
							"doubles with each further retry.",
							NULL, &RetryBase, RetryBase, 0, 300000,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("elt.max_retry_wait",
							"Sets the maximum time to wait when a server asks for a delay; a run "
							"with a longer delay ends and is retried later.",
							NULL, &MaxRetryWait, MaxRetryWait, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
}

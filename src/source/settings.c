/*
 * settings.c
 *	  Settings (GUCs) of pulls.
 */
#include "base/compat.h"
#include "source/settings.h"

#include <limits.h>

#include "catalog/request_log_table.h"
#include "utils/guc.h"

#define MAX_BACKOFF_MS 300000
#define MAX_TOTAL_MS 600000

int			RetryBase = 1000;
int			MaxRetryWait = 60000;
int			PageMemory = 8192;
int			RecordMemory = 65536;

RetryPolicy
RequestRetryPolicy(int max_attempts)
{
	RetryPolicy policy = {max_attempts, RetryBase, MAX_BACKOFF_MS, MaxRetryWait,
	Max(MAX_TOTAL_MS, MaxRetryWait)};

	return policy;
}

void
SourceInit(void)
{
	DefineCustomIntVariable("elt.retry_base",
							"Longest wait before the second attempt of a request; it doubles "
							"with each further attempt.",
							NULL, &RetryBase, RetryBase, 0, 300000,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("elt.max_retry_wait",
							"A server that asks for a longer wait than this ends the run, "
							"which is repeated when the wait is over.",
							NULL, &MaxRetryWait, MaxRetryWait, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("elt.request_log_retention",
							"How long elt.request_log knows a request; 0: none is logged.",
							NULL, &RequestLogRetention, RequestLogRetention, 0,
							100 * 366 * 24 * 60,
							PGC_SUSET, GUC_UNIT_MIN, NULL, NULL, NULL);
	DefineCustomIntVariable("elt.page_memory",
							"Size up to which an answer is kept in memory; a larger one goes "
							"to a temporary file.",
							NULL, &PageMemory, PageMemory, 64, 1024 * 1024,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("elt.record_memory",
							"Size up to which one record is decoded; a larger one is an error.",
							NULL, &RecordMemory, RecordMemory, 64, 4 * 1024 * 1024,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
}

/*
 * rate_report.h
 *	  Parse rate limit headers of a response. The caller passes the current time.
 */
#ifndef ELT_SOURCE_HTTP_RATE_REPORT_H
#define ELT_SOURCE_HTTP_RATE_REPORT_H

#include "postgres.h"

typedef struct FetchedPage FetchedPage;

typedef struct RateReport
{
	int64		remaining;		/* requests that are left; -1: not told */
	int64		reset_ms;		/* from now until there are more; -1: not told, or not credible */
} RateReport;

/*
 * Understands RateLimit (of every draft), RateLimit-*, X-RateLimit-*, X-Rate-Limit-* and
 * Shopify's count of calls. now: seconds since 1970, for answers that do not tell their time.
 */
extern RateReport RateReportRead(const FetchedPage *page, int64 now);

#endif

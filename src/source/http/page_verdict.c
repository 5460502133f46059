/*
 * page_verdict.c
 *	  What an answer is taken for by default.
 */
#include "base/compat.h"
#include "source/http/page_verdict.h"

#include "transport/page.h"

static Verdict
VerdictOfFailure(TransportFailure failure)
{
	switch (failure)
	{
		case TRANSPORT_RESOLVE:
		case TRANSPORT_CONNECT:
		case TRANSPORT_TLS:
		case TRANSPORT_TIMEOUT:
		case TRANSPORT_STALLED:
		case TRANSPORT_RESET:
		case TRANSPORT_PARTIAL:
			return VERDICT_RETRY;
		default:
			return VERDICT_FAIL;
	}
}

static Verdict
VerdictOfStatus(int status)
{
	switch (status)
	{
		case 204:
			return VERDICT_EMPTY;
		case 401:
			return VERDICT_REFRESH_TOKEN;
		case 304:
			return VERDICT_UNCHANGED;
		case 206:
			/* a part of the answer, which nobody has asked for */
			return VERDICT_FAIL;
		case 408:
		case 425:
		case 500:
		case 502:
		case 503:
		case 504:
			return VERDICT_RETRY;
		case 429:
			return VERDICT_RATE_LIMITED;
		default:
			return status >= 200 && status < 300 ? VERDICT_SUCCESS : VERDICT_FAIL;
	}
}

Verdict
VerdictOfPage(const struct FetchedPage *page)
{
	if (page->failure != TRANSPORT_NONE)
		return VerdictOfFailure(page->failure);
	return VerdictOfStatus(page->status);
}

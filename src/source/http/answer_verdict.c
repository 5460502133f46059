/*
 * answer_verdict.c
 *	  Default verdicts for responses and slices.
 */
#include "base/compat.h"
#include "source/http/answer_verdict.h"

#include "transport/page.h"

static const char *const verdict_names[] = {
	[ANSWER_SUCCESS] = "success",
	[ANSWER_UNCHANGED] = "unchanged",
	[ANSWER_EMPTY] = "empty",
	[ANSWER_NOT_YET] = "not_yet",
	[ANSWER_RETRY] = "retry",
	[ANSWER_RATE_LIMITED] = "rate_limited",
	[ANSWER_RESTART] = "restart",
	[ANSWER_REFRESH_TOKEN] = "refresh_token",
	[ANSWER_FAIL] = "fail",
};

static AnswerVerdict
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
			return ANSWER_RETRY;
		default:
			return ANSWER_FAIL;
	}
}

static AnswerVerdict
VerdictOfStatus(int status)
{
	switch (status)
	{
		case 204:
			return ANSWER_EMPTY;
		case 401:
			return ANSWER_REFRESH_TOKEN;
		case 304:
			return ANSWER_UNCHANGED;
		case 206:
			/* a part of the answer, which nobody has asked for */
			return ANSWER_FAIL;
		case 408:
		case 425:
		case 500:
		case 502:
		case 503:
		case 504:
			return ANSWER_RETRY;
		case 429:
			return ANSWER_RATE_LIMITED;
		default:
			return status >= 200 && status < 300 ? ANSWER_SUCCESS : ANSWER_FAIL;
	}
}

AnswerVerdict
VerdictOfPage(const struct FetchedPage *page)
{
	if (page->failure != TRANSPORT_NONE)
		return VerdictOfFailure(page->failure);
	return VerdictOfStatus(page->status);
}

Verdict
VerdictOfSlice(AnswerVerdict verdict)
{
	switch (verdict)
	{
		case ANSWER_SUCCESS:
			return VERDICT_SUCCESS;
		case ANSWER_UNCHANGED:
			return VERDICT_UNCHANGED;
		case ANSWER_EMPTY:
			return VERDICT_EMPTY;
		case ANSWER_NOT_YET:
			return VERDICT_NOT_YET;
		default:
			return VERDICT_FAIL;
	}
}

const char *
AnswerVerdictName(AnswerVerdict verdict)
{
	return verdict_names[verdict];
}

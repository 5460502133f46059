/*
 * fetch_submit.c
 *	  Send the request of a fetch within the server's budget.
 */
#include "base/compat.h"
#include "source/http/fetch.h"

#include "source/http/auth.h"
#include "source/http/failure.h"
#include "source/http/http_request.h"
#include "source/http/http_settings.h"
#include "source/http/oauth.h"
#include "source/http/quota.h"
#include "source/http/sigv4.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Another process has the last place in flight: it says nothing when it leaves. */
#define PLACE_POLL_MS 50

static void
BuildRequest(HttpPull *pull, Fetch *fetch)
{
	RequestProblem problem;

	PagingKeepAsk(&fetch->paging);
	fetch->request = HttpRequest(pull->base.def, fetch->result.slice, &fetch->paging.ask,
								 &fetch->export, &problem);
	fetch->request->tag = &fetch->asked;
	fetch->state = FETCH_DUE;
	if (problem.error == NULL)
		return;
	DescribeUnfit(&fetch->result, pull->base.def, fetch->request, problem.error, problem.hint);
	FetchFail(fetch, false);
}

void
FetchBuildRequest(HttpPull *pull, Fetch *fetch)
{
	MemoryContext old;

	fetch->page_cxt = AllocSetContextCreate(fetch->cxt, "elt page request",
											ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(fetch->page_cxt);
	BuildRequest(pull, fetch);
	MemoryContextSwitchTo(old);
}

void
FetchFail(Fetch *fetch, bool temporary)
{
	fetch->state = FETCH_DONE;
	fetch->verdict = ANSWER_FAIL;
	fetch->result.temporary = temporary;
}

void
FetchFailUntil(HttpPull *pull, Fetch *fetch, TimestampTz when)
{
	fetch->result.wait_until = when;
	pull->wait_until = Max(pull->wait_until, when);
	FetchFail(fetch, true);
}

/* What the rate asks for is always waited. */
static bool
IsTooLong(BudgetReason reason, long wait_ms)
{
	return reason != BUDGET_RATE && wait_ms > MaxRetryWait;
}

static void
GiveUp(HttpPull *pull, Fetch *fetch, BudgetReason reason, long wait_ms)
{
	MemoryContext old = MemoryContextSwitchTo(fetch->cxt);
	TimestampTz until = pull->terms.quota_until;

	if (reason == BUDGET_QUOTA)
		DescribeQuota(&fetch->result, pull->base.def, fetch->request, until);
	else
	{
		until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), wait_ms);
		DescribePause(&fetch->result, pull->base.def, fetch->request, until);
	}
	FetchFailUntil(pull, fetch, until);
	MemoryContextSwitchTo(old);
}

static void
AddToken(const Fetch *fetch, TransportRequest *request)
{
	request->headers = lcons(psprintf("Authorization: Bearer %s", fetch->token),
							 list_copy(request->headers));
}

static bool
IsSigned(const HttpPull *pull)
{
	return pull->source->auth != NULL && pull->source->auth->aws != NULL;
}

void
FetchSend(HttpPull *pull, Fetch *fetch, const TransportRequest *built)
{
	TransportRequest request = *built;

	if (PullNeedsToken(pull) && !fetch->export.is_foreign)
		AddToken(fetch, &request);
	if (IsSigned(pull) && !fetch->export.is_foreign)
		SigV4Sign(pull->source->auth->aws, &request, time(NULL));
	TransportSubmit(pull->transport, &request);
	fetch->result.requests++;
	pull->base.totals.attempts++;
	pull->base.totals.requests++;
}

static void
Submit(HttpPull *pull, Fetch *fetch)
{
	MemoryContext old = MemoryContextSwitchTo(fetch->page_cxt);

	FetchSend(pull, fetch, fetch->request);
	MemoryContextSwitchTo(old);
	fetch->state = FETCH_IN_FLIGHT;
	if (fetch->first_ms == 0)
		fetch->first_ms = PullNowMs();
	fetch->result.attempts++;
}

long
FetchAdmit(HttpPull *pull, BudgetReason *reason)
{
	const HttpSource *http = pull->source;
	long		wait_ms;

	*reason = BUDGET_RATE;
	if (pull->places >= http->concurrency)
		return -1;
	if (!BudgetEnter(pull->server, http->concurrency, pull->places == 0))
		return PLACE_POLL_MS;
	pull->places++;
	QuotaRefresh(http->quota, &pull->terms);
	if (http->quota != NULL && !BudgetQuotaIsKnown(pull->server, pull->terms.quota_since))
		QuotaRecall(http->quota, pull->base.def, &pull->terms);
	wait_ms = BudgetTake(pull->server, &pull->terms, reason);
	if (wait_ms != 0)
		PullLeavePlace(pull);
	return wait_ms;
}

long
FetchSubmit(HttpPull *pull, Fetch *fetch)
{
	BudgetReason reason;
	long		wait_ms;

	if (!FetchHaveToken(pull, fetch))
		return 0;
	wait_ms = FetchAdmit(pull, &reason);
	if (wait_ms == 0)
		Submit(pull, fetch);
	if (wait_ms == 0 || !IsTooLong(reason, wait_ms))
		return wait_ms;
	GiveUp(pull, fetch, reason, wait_ms);
	return 0;
}

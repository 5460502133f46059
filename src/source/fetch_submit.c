/*
 * fetch_submit.c
 *	  Sending a fetch's request: place, budget, access token.
 */
#include "base/compat.h"
#include "source/fetch.h"

#include "base/budget.h"
#include "source/auth.h"
#include "source/failure.h"
#include "source/oauth.h"
#include "source/request.h"
#include "source/settings.h"
#include "utils/memutils.h"

/* Another process has the last place in flight: it says nothing when it leaves. */
#define PLACE_POLL_MS 50

void
FetchBuildRequest(Pull *pull, Fetch *fetch)
{
	fetch->request = RequestBuild(pull->def, fetch->result.slice, &fetch->paging.ask);
	fetch->request->tag = fetch;
}

void
FetchFail(Fetch *fetch, bool temporary)
{
	fetch->state = FETCH_DONE;
	fetch->result.verdict = VERDICT_FAIL;
	fetch->result.temporary = temporary;
}

/* A wait that the rate alone explains is always waited; a longer one is a pause. */
static bool
IsLongPause(const Pull *pull, long wait_ms)
{
	return wait_ms > MaxRetryWait && wait_ms > 1000.0 / pull->def->rate + 10;
}

static void
GiveUpPaused(Pull *pull, Fetch *fetch, long wait_ms)
{
	MemoryContext old = MemoryContextSwitchTo(fetch->cxt);

	DescribePause(&fetch->result, pull->def, fetch->request, wait_ms);
	FetchFail(fetch, true);
	MemoryContextSwitchTo(old);
}

/* A request that needs an access token gets the one at hand. */
static void
SendWithToken(Pull *pull, Fetch *fetch)
{
	TransportRequest request = *fetch->request;
	const char *token = OAuthToken(pull->def->auth);

	fetch->token = token == NULL ? NULL : pstrdup(token);
	if (token != NULL)
		request.headers = lcons(psprintf("Authorization: Bearer %s", fetch->token),
								list_copy(request.headers));
	TransportSubmit(pull->transport, &request);
}

static void
Submit(Pull *pull, Fetch *fetch)
{
	MemoryContext old = MemoryContextSwitchTo(fetch->cxt);

	if (PullNeedsToken(pull))
		SendWithToken(pull, fetch);
	else
		TransportSubmit(pull->transport, fetch->request);
	MemoryContextSwitchTo(old);
	fetch->state = FETCH_IN_FLIGHT;
	fetch->result.attempts++;
	fetch->result.requests++;
	pull->totals.attempts++;
	pull->totals.requests++;
}

long
FetchSubmit(Pull *pull, Fetch *fetch)
{
	const SourceDefinition *def = pull->def;
	long		wait_ms;

	if (def->file != NULL)
	{
		/* files know no rate, and nobody else has to wait for them */
		Submit(pull, fetch);
		return 0;
	}
	if (!FetchHaveToken(pull, fetch))
		return 0;
	if (pull->places >= def->concurrency)
		return -1;
	if (!BudgetEnter(pull->server, def->concurrency, pull->places == 0))
		return PLACE_POLL_MS;
	pull->places++;
	wait_ms = BudgetTake(pull->server, def->rate, def->burst);
	if (wait_ms == 0)
	{
		Submit(pull, fetch);
		return 0;
	}
	PullLeavePlace(pull);
	if (!IsLongPause(pull, wait_ms))
		return wait_ms;
	GiveUpPaused(pull, fetch, wait_ms);
	return 0;
}

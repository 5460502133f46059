/*
 * fetch_ahead.c
 *	  Pages of a list that are asked for before their turn, because their addresses are known.
 *
 * Their answers are taken in the order of the list, each as if it had been asked for in its turn.
 * One that is no plain success is not used: its page is asked for once more when its turn comes, and
 * until then nothing else is asked for ahead.
 */
#include "base/compat.h"
#include "source/http/fetch.h"

#include "source/http/http_request.h"
#include "source/http/log_request.h"
#include "source/http/oauth.h"
#include "utils/memutils.h"

static AheadPage *
MakeAhead(HttpPull *pull, Fetch *fetch, int n)
{
	MemoryContext cxt = AllocSetContextCreate(pull->base.cxt, "elt page ahead",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	AheadPage  *ahead = palloc0(sizeof(AheadPage));
	RequestProblem problem;

	ahead->asked = (AskedPage) {fetch, true};
	ahead->cxt = cxt;
	ahead->slice = fetch->result.slice;
	ahead->page = fetch->paging.pages + 1 + n;
	(void) PagingKnows(pull->source->paging, &fetch->paging, n, &ahead->ask);
	ahead->request = HttpRequest(pull->base.def, ahead->slice, &ahead->ask, NULL, &problem);
	ahead->request->tag = ahead;
	MemoryContextSwitchTo(old);
	return ahead;
}

static void
SendAhead(HttpPull *pull, Fetch *fetch, int n)
{
	AheadPage  *ahead = MakeAhead(pull, fetch, n);
	MemoryContext old = MemoryContextSwitchTo(ahead->cxt);

	FetchSend(pull, fetch, ahead->request);
	ahead->sent_ms = PullNowMs();
	MemoryContextSwitchTo(fetch->cxt);
	fetch->ahead = lappend(fetch->ahead, ahead);
	MemoryContextSwitchTo(old);
}

/* A request ahead never asks for a token. */
static bool
HasToken(const HttpPull *pull, const Fetch *fetch)
{
	return !PullNeedsToken(pull) ||
		(fetch->token != NULL && OAuthIsAtHand(pull->source->auth, fetch->token));
}

static bool
KnowsPage(const HttpPull *pull, const Fetch *fetch, int n)
{
	PageAsk		ask;

	if (!PagingKnows(pull->source->paging, &fetch->paging, n, &ask))
		return false;
	pfree(ask.value);
	return true;
}

long
FetchSubmitAhead(HttpPull *pull, Fetch *fetch)
{
	int			n = list_length(fetch->ahead) + 1;
	BudgetReason reason;

	for (; n < pull->source->concurrency && fetch->state == FETCH_IN_FLIGHT &&
		 !fetch->ahead_paused && HasToken(pull, fetch) && KnowsPage(pull, fetch, n); n++)
	{
		long		wait_ms = FetchAdmit(pull, &reason);

		if (wait_ms != 0)
			return wait_ms;
		SendAhead(pull, fetch, n);
	}
	return -1;
}

static bool
IsSuccess(const FetchedPage *page)
{
	return page->failure == TRANSPORT_NONE && page->status >= 200 && page->status < 300;
}

/* An answer that nobody takes is a request all the same. */
static void
FreeAhead(HttpPull *pull, AheadPage *ahead)
{
	MemoryContext old = MemoryContextSwitchTo(ahead->cxt);
	LoggedRequest logged = {ahead->slice, ahead->page, 1, ahead->request, ANSWER_RETRY};

	if (ahead->answer != NULL)
	{
		LogRequest(pull->base.log, pull->source->auth, &logged, ahead->answer);
		PageFree(ahead->answer);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(ahead->cxt);
}

void
FetchDropAhead(HttpPull *pull, Fetch *fetch)
{
	ListCell   *lc;

	foreach(lc, fetch->ahead)
	{
		AheadPage  *ahead = lfirst(lc);

		ahead->asked.fetch = NULL;
		if (ahead->answer != NULL)
			FreeAhead(pull, ahead);
	}
	list_free(fetch->ahead);
	fetch->ahead = NIL;
}

/* Is the first one the page that is due? */
static bool
IsDue(const Fetch *fetch, const AheadPage *first)
{
	const char *due = fetch->paging.ask.value;

	return fetch->state == FETCH_DUE && due != NULL && strcmp(first->ask.value, due) == 0;
}

void
FetchUseAhead(HttpPull *pull, Fetch *fetch)
{
	AheadPage  *ahead;

	if (fetch->ahead == NIL)
	{
		fetch->ahead_paused = false;
		return;
	}
	ahead = linitial(fetch->ahead);
	if (!IsDue(fetch, ahead))
	{
		FetchDropAhead(pull, fetch);
		return;
	}
	fetch->ahead = list_delete_first(fetch->ahead);
	if (ahead->answer != NULL && !IsSuccess(ahead->answer))
	{
		FreeAhead(pull, ahead);
		return;
	}
	fetch->awaited = ahead;
	fetch->state = FETCH_IN_FLIGHT;
	fetch->first_ms = ahead->sent_ms;
	fetch->result.attempts = 1;
}

/* The page that is awaited has come in vain. */
static void
AskInTurn(HttpPull *pull, Fetch *fetch)
{
	FreeAhead(pull, fetch->awaited);
	fetch->awaited = NULL;
	fetch->state = FETCH_DUE;
	fetch->first_ms = 0;
	fetch->result.attempts = 0;
}

bool
FetchKeepAhead(HttpPull *pull, AheadPage *ahead, FetchedPage *page)
{
	Fetch	   *fetch = ahead->asked.fetch;

	ahead->answer = page;
	if (fetch == NULL)
	{
		FreeAhead(pull, ahead);
		return false;
	}
	if (IsSuccess(page))
		return fetch->awaited == ahead;
	fetch->ahead_paused = true;
	if (fetch->awaited == ahead)
		AskInTurn(pull, fetch);
	return false;
}

FetchedPage *
FetchTakeAhead(Fetch *fetch)
{
	AheadPage  *ahead = fetch->awaited;
	FetchedPage *page = ahead == NULL ? NULL : ahead->answer;

	if (page == NULL)
		return NULL;
	fetch->awaited = NULL;
	MemoryContextDelete(ahead->cxt);
	return page;
}

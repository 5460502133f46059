/*
 * pull.c
 *	  A sliding window of fetches over the list of slices.
 *
 *		due ──► in flight ──► done ──► delivered
 *		 ▲          │
 *		 └─ retry ──┘
 *
 * Slices from next_deliver up to next_start are in the ring; the one at next_deliver is handed
 * out first, so that callers see the order of their list however the answers come in. Each
 * fetch has a memory context of its own, which ends with PullRelease.
 */
#include "base/compat.h"
#include "source/pull.h"

#include "base/budget.h"
#include "base/errors.h"
#include "base/handle.h"
#include "common/pg_prng.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "portability/instr_time.h"
#include "source/auth.h"
#include "source/failure.h"
#include "source/oauth.h"
#include "source/paging.h"
#include "source/request.h"
#include "source/retry.h"
#include "source/settings.h"
#include "storage/latch.h"
#include "transport/transport.h"
#include "utils/memutils.h"

#define MAX_BACKOFF_MS 300000

/* Another process has the last place in flight: it says nothing when it leaves. */
#define PLACE_POLL_MS 50

typedef enum FetchState
{
	FETCH_DUE,
	FETCH_IN_FLIGHT,
	FETCH_DONE
} FetchState;

typedef struct Fetch Fetch;

struct Fetch
{
	MemoryContext cxt;			/* holds the fetch and all that it tells */
	FetchState	state;
	int64		due_ms;			/* not before; by the monotonic clock */
	TransportRequest *request;
	PageState	paging;
	const char *token;			/* that the request was sent with, or NULL */
	bool		renewed;		/* a refused token was replaced once */
	PulledSlice result;
};

struct Pull
{
	MemoryContext cxt;
	const SourceDefinition *def;
	Oid			server;			/* def may be gone when places are given back */
	List	   *slices;
	Transport  *transport;
	Fetch	  **ring;
	int			ring_size;
	int			next_start;		/* index of the first slice without a fetch */
	int			next_deliver;
	int			places;			/* taken by BudgetEnter */
	PullTotals	totals;
	char	   *token_problem;	/* why there is no access token */
	bool		token_problem_temporary;
};

static int64
NowMs(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64) INSTR_TIME_GET_MILLISEC(now);
}

static void
LeavePlace(Pull *pull)
{
	pull->places--;
	BudgetLeave(pull->server);
}

static void
LeavePlaces(void *arg)
{
	Pull	   *pull = arg;

	while (pull->places > 0)
		LeavePlace(pull);
}

Pull *
PullOpen(const SourceDefinition *def, List *slices)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "elt pull",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	Pull	   *pull = palloc0(sizeof(Pull));

	pull->cxt = cxt;
	pull->def = def;
	pull->server = def->server;
	pull->slices = slices;
	pull->ring_size = 2 * def->concurrency;
	pull->ring = palloc0(sizeof(Fetch *) * pull->ring_size);
	pull->transport = TransportOpen((size_t) PageMemory * 1024);
	ReleaseWithContext(cxt, LeavePlaces, pull);
	MemoryContextSwitchTo(old);
	return pull;
}

static Fetch **
RingSlot(Pull *pull, int index)
{
	return &pull->ring[index % pull->ring_size];
}

static void
BuildRequest(Pull *pull, Fetch *fetch)
{
	fetch->request = RequestBuild(pull->def, fetch->result.slice, &fetch->paging.ask);
	fetch->request->tag = fetch;
}

static Fetch *
MakeFetch(Pull *pull, const Slice *slice)
{
	MemoryContext cxt = AllocSetContextCreate(pull->cxt, "elt fetch", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	Fetch	   *fetch = palloc0(sizeof(Fetch));

	fetch->cxt = cxt;
	fetch->state = FETCH_DUE;
	fetch->result.slice = slice;
	fetch->result.fetch = fetch;
	PagingBegin(pull->def->paging, &fetch->paging);
	BuildRequest(pull, fetch);
	MemoryContextSwitchTo(old);
	return fetch;
}

static void
FillRing(Pull *pull)
{
	int			end = Min(list_length(pull->slices), pull->next_deliver + pull->ring_size);

	for (; pull->next_start < end; pull->next_start++)
		*RingSlot(pull, pull->next_start) =
			MakeFetch(pull, list_nth(pull->slices, pull->next_start));
}

static void
Fail(Fetch *fetch, bool temporary)
{
	fetch->state = FETCH_DONE;
	fetch->result.verdict = VERDICT_FAIL;
	fetch->result.temporary = temporary;
}

static bool
NeedsToken(const Pull *pull)
{
	return pull->def->auth != NULL && pull->def->auth->oauth != NULL;
}

/* Have an access token, asking for one if need be; what fails, fails all that follow. */
static bool
HaveToken(Pull *pull, Fetch *fetch)
{
	if (!NeedsToken(pull) || OAuthToken(pull->def->auth) != NULL)
		return true;
	if (pull->token_problem == NULL)
		pull->token_problem = OAuthFetch(pull->def->auth, pull->def,
										 &pull->token_problem_temporary);
	if (pull->token_problem == NULL)
		return true;
	fetch->result.error = pull->token_problem;
	fetch->result.sqlstate = SqlStateText(ERRCODE_ELT_HTTP);
	fetch->result.sqlstate = MemoryContextStrdup(fetch->cxt, fetch->result.sqlstate);
	fetch->result.hint = "Check the user mapping of the role that asks.";
	Fail(fetch, pull->token_problem_temporary);
	return false;
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
	Fail(fetch, true);
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

	if (NeedsToken(pull))
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

/* Send it if place and budget allow; else how long to wait, -1: until an answer comes. */
static long
TrySubmit(Pull *pull, Fetch *fetch)
{
	const SourceDefinition *def = pull->def;
	long		wait_ms;

	if (def->file != NULL)
	{
		/* files know no rate, and nobody else has to wait for them */
		Submit(pull, fetch);
		return 0;
	}
	if (!HaveToken(pull, fetch))
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
	LeavePlace(pull);
	if (!IsLongPause(pull, wait_ms))
		return wait_ms;
	GiveUpPaused(pull, fetch, wait_ms);
	return 0;
}

static long
Sooner(long a, long b)
{
	if (a < 0 || b < 0)
		return Max(a, b);
	return Min(a, b);
}

/* Send what is due; returns for how long nothing else will be, -1: until an answer comes. */
static long
SubmitDue(Pull *pull)
{
	int64		now = NowMs();
	long		wait_ms = -1;

	for (int i = pull->next_deliver; i < pull->next_start; i++)
	{
		Fetch	   *fetch = *RingSlot(pull, i);
		long		refused;

		if (fetch->state != FETCH_DUE)
			continue;
		if (fetch->due_ms > now)
		{
			wait_ms = Sooner(wait_ms, fetch->due_ms - now);
			continue;
		}
		refused = TrySubmit(pull, fetch);
		if (refused != 0)
			return Sooner(wait_ms, refused);
	}
	return wait_ms;
}

static void
FailWith(Pull *pull, Fetch *fetch, FetchedPage *page, RetryOutcome outcome, bool temporary)
{
	DescribeFailure(&fetch->result, pull->def, fetch->request, page, outcome);
	Fail(fetch, temporary);
}

/* Temporary trouble: another attempt later, or the end of patience. */
static void
RetryOrFail(Pull *pull, Fetch *fetch, FetchedPage *page, Verdict verdict)
{
	RetryPolicy policy = {pull->def->max_attempts, RetryBase, MAX_BACKOFF_MS, MaxRetryWait};
	double		chance = pg_prng_double(&pg_global_prng_state);
	int64		wait_ms;
	RetryOutcome outcome;

	if (verdict == VERDICT_RATE_LIMITED && page->retry_after_ms < 0)
		page->retry_after_ms = RateLimitWaitMs(page);
	outcome = RetryDecide(&policy, fetch->result.attempts, page->retry_after_ms, chance,
						  &wait_ms);
	if (verdict == VERDICT_RATE_LIMITED)
		BudgetPause(pull->server, wait_ms);
	if (outcome != RETRY_AGAIN)
	{
		FailWith(pull, fetch, page, outcome, true);
		return;
	}
	fetch->state = FETCH_DUE;
	fetch->due_ms = NowMs() + wait_ms;
}

static void
FailPaging(Pull *pull, Fetch *fetch, char *problem)
{
	DescribePaging(&fetch->result, pull->def, fetch->request, problem);
	Fail(fetch, false);
}

/* A page that is data: the last one, or the reason to ask for the next one. */
static void
TakePage(Pull *pull, Fetch *fetch, FetchedPage *page)
{
	char	   *problem = NULL;

	fetch->result.pages = lappend(fetch->result.pages, page);
	fetch->state = FETCH_DONE;
	if (pull->def->paging == NULL)
		return;
	if (PagingNext(pull->def->paging, &fetch->paging, page, fetch->request->url, &problem))
	{
		BuildRequest(pull, fetch);
		fetch->result.attempts = 0;
		fetch->due_ms = 0;
		fetch->state = FETCH_DUE;
	}
	else if (problem != NULL)
		FailPaging(pull, fetch, problem);
}

/* No rows: at the first page nothing is there, after it the list has ended. */
static void
TakeEmpty(Fetch *fetch)
{
	if (fetch->result.pages != NIL)
		fetch->result.verdict = VERDICT_SUCCESS;
	fetch->state = FETCH_DONE;
}

/* An access token may have expired before its time: another one, once. */
static bool
RenewToken(Pull *pull, Fetch *fetch, const FetchedPage *page)
{
	if (page->status != 401 || fetch->token == NULL || fetch->renewed)
		return false;
	OAuthForget(pull->def->auth, fetch->token);
	fetch->renewed = true;
	fetch->state = FETCH_DUE;
	fetch->due_ms = 0;
	return true;
}

static void
Judge(Pull *pull, Fetch *fetch, FetchedPage *page)
{
	Verdict		verdict = RulesApply(pull->def->rules, page);

	fetch->result.verdict = verdict;
	switch (verdict)
	{
		case VERDICT_SUCCESS:
			if (pull->def->file == NULL && PageIsMarkup(page))
				FailWith(pull, fetch, page, RETRY_SPENT, true);
			else
				TakePage(pull, fetch, page);
			break;
		case VERDICT_EMPTY:
			TakeEmpty(fetch);
			break;
		case VERDICT_NOT_YET:
			fetch->state = FETCH_DONE;
			break;
		case VERDICT_RETRY:
		case VERDICT_RATE_LIMITED:
			RetryOrFail(pull, fetch, page, verdict);
			break;
		case VERDICT_FAIL:
			if (!RenewToken(pull, fetch, page))
				FailWith(pull, fetch, page, RETRY_SPENT, false);
			break;
	}
}

static void
TakeAnswer(Pull *pull, FetchedPage *page)
{
	Fetch	   *fetch = page->tag;
	MemoryContext old = MemoryContextSwitchTo(fetch->cxt);

	if (pull->places > 0)
		LeavePlace(pull);
	fetch->result.requests += page->redirects;
	fetch->result.bytes += page->bytes;
	pull->totals.requests += page->redirects;
	pull->totals.bytes += page->bytes;
	fetch->result.http_status = page->status;
	Judge(pull, fetch, page);
	if (fetch->result.pages == NIL || llast(fetch->result.pages) != page)
		PageFree(page);
	MemoryContextSwitchTo(old);
}

static void
WaitIdle(long wait_ms)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, wait_ms,
					 PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/* Wait for an answer, at most so long (-1: for ever), and take it. */
static void
AwaitAnswer(Pull *pull, long wait_ms)
{
	FetchedPage *page;

	if (TransportInFlight(pull->transport) == 0)
	{
		if (wait_ms < 0)
			elog(ERROR, "nothing to wait for");
		WaitIdle(wait_ms);
		return;
	}
	page = TransportWait(pull->transport, wait_ms);
	if (page != NULL)
		TakeAnswer(pull, page);
}

static bool
IsDone(Pull *pull, int index)
{
	return (*RingSlot(pull, index))->state == FETCH_DONE;
}

bool
PullNext(Pull *pull, PulledSlice *out)
{
	MemoryContext old = MemoryContextSwitchTo(pull->cxt);
	bool		found = pull->next_deliver < list_length(pull->slices);

	while (found)
	{
		long		wait_ms;

		CHECK_FOR_INTERRUPTS();
		FillRing(pull);
		wait_ms = SubmitDue(pull);
		if (IsDone(pull, pull->next_deliver))
			break;
		AwaitAnswer(pull, wait_ms);
	}
	if (found)
	{
		*out = (*RingSlot(pull, pull->next_deliver))->result;
		*RingSlot(pull, pull->next_deliver) = NULL;
		pull->next_deliver++;
	}
	MemoryContextSwitchTo(old);
	return found;
}

void
PullSettle(Pull *pull)
{
	MemoryContext old = MemoryContextSwitchTo(pull->cxt);

	while (TransportInFlight(pull->transport) > 0)
		AwaitAnswer(pull, -1);
	MemoryContextSwitchTo(old);
}

const PullTotals *
PullTotalsOf(const Pull *pull)
{
	return &pull->totals;
}

static int64
StreamedBytes(const PulledSlice *pulled)
{
	FetchedPage *page = pulled->pages == NIL ? NULL : linitial(pulled->pages);

	return page != NULL && PageIsStream(page) ? page->bytes : 0;
}

int64
PulledBytes(const PulledSlice *pulled)
{
	return pulled->bytes + StreamedBytes(pulled);
}

void
PullRelease(Pull *pull, PulledSlice *pulled)
{
	struct Fetch *fetch = pulled->fetch;
	ListCell   *lc;

	pull->totals.bytes += StreamedBytes(pulled);
	foreach(lc, pulled->pages)
		PageFree(lfirst(lc));
	memset(pulled, 0, sizeof(PulledSlice));
	if (fetch != NULL)
		MemoryContextDelete(fetch->cxt);
}

void
PullClose(Pull *pull)
{
	TransportClose(pull->transport);
	MemoryContextDelete(pull->cxt);
}

/*
 * fetch_answer.c
 *	  Process a response: decode its page, request the next one, retry, or finish the fetch.
 */
#include "base/compat.h"
#include "source/http/fetch.h"

#include <time.h>

#include "common/pg_prng.h"
#include "source/http/auth.h"
#include "source/http/failure.h"
#include "source/http/fetch_export.h"
#include "source/http/http_settings.h"
#include "source/http/log_request.h"
#include "source/http/oauth.h"
#include "source/http/rate_report.h"
#include "source/http/retry.h"
#include "source/http/rules.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* How often a list that contradicts itself is asked for anew. */
#define MAX_CONTRADICTIONS 2

/* That came and are data of the slice, those that were handed out included. */
static int
PagesOf(const Fetch *fetch)
{
	return fetch->result.before.pages + list_length(fetch->result.pages);
}

static void
FailWith(HttpPull *pull, Fetch *fetch, FetchedPage *page, bool temporary)
{
	DescribeFailure(&fetch->result, pull->base.def, fetch->request, page);
	FetchFail(fetch, temporary);
}

/* The server asks for more patience than allowed. */
static void
FailTooLong(HttpPull *pull, Fetch *fetch, FetchedPage *page)
{
	int64		wait_ms = Min(page->retry_after_ms, LONGEST_PAUSE_MS);
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), wait_ms);

	DescribeTooLong(&fetch->result, pull->base.def, fetch->request, page, until);
	FetchFailUntil(pull, fetch, until);
}

/* Temporary trouble: another attempt later, or the end of patience. */
static void
RetryOrFail(HttpPull *pull, Fetch *fetch, FetchedPage *page, AnswerVerdict verdict)
{
	RetryPolicy policy = RequestRetryPolicy(pull->source->max_attempts);
	double		chance = pg_prng_double(&pg_global_prng_state);
	int64		wait_ms;
	RetryOutcome outcome;

	if (verdict == ANSWER_RATE_LIMITED && page->retry_after_ms < 0)
		page->retry_after_ms = RateReportRead(page, time(NULL)).reset_ms;
	outcome = RetryDecide(&policy, fetch->result.attempts, PullNowMs() - fetch->first_ms,
						  page->retry_after_ms, chance, &wait_ms);
	if (verdict == ANSWER_RATE_LIMITED)
		BudgetPause(pull->server, wait_ms);
	switch (outcome)
	{
		case RETRY_AGAIN:
			fetch->state = FETCH_DUE;
			fetch->due_ms = PullNowMs() + wait_ms;
			break;
		case RETRY_SPENT:
			FailWith(pull, fetch, page, true);
			break;
		case RETRY_TOO_LONG:
			FailTooLong(pull, fetch, page);
			break;
	}
}

static void
FailPaging(HttpPull *pull, Fetch *fetch, char *problem)
{
	DescribePaging(&fetch->result, pull->base.def, fetch->request, problem);
	FetchFail(fetch, false);
}

/* The bytes that landed: no need to land them again. */
static bool
IsWhatLanded(const PulledSlice *result)
{
	return result->slice->body_hash != NULL &&
		strcmp(result->slice->body_hash, PulledHash(result)) == 0;
}

/* All pages of the slice are there. */
static void
TakeSlice(Fetch *fetch)
{
	fetch->state = FETCH_DONE;
	if (IsWhatLanded(&fetch->result))
		fetch->verdict = ANSWER_UNCHANGED;
}

/* The last page has come. */
static void
EndList(HttpPull *pull, Fetch *fetch)
{
	char	   *resume = fetch->paging.resume;

	if (AuthIsToldBy(pull->source->auth, resume))
	{
		FailPaging(pull, fetch, "the position for the next run contains a secret of the user "
				   "mapping");
		return;
	}
	if (resume != NULL)
		((FetchedPage *) llast(fetch->result.pages))->position = resume;
	fetch->result.unproven = fetch->paging.doubt == NULL ? NULL
		: AuthMask(pull->source->auth, fetch->paging.doubt);
	TakeSlice(fetch);
}

static void
ForgetPages(Fetch *fetch)
{
	ListCell   *lc;

	foreach(lc, fetch->result.pages)
		PageFree(lfirst(lc));
	fetch->result.pages = NIL;
	fetch->held = 0;
	fetch->result.anew |= fetch->result.before.pages > 0;
	fetch->result.before = (PageSum) {0};
}

/* The pages that came are of a list that is no more: begin with the first one again. */
static void
BeginAgain(HttpPull *pull, Fetch *fetch)
{
	MemoryContext old = MemoryContextSwitchTo(fetch->cxt);

	ForgetPages(fetch);
	FetchForgetExport(fetch);
	FetchDropAhead(pull, fetch);
	PagingBegin(pull->source->paging, &fetch->paging, fetch->result.slice->position,
				fetch->contradictions >= MAX_CONTRADICTIONS);
	MemoryContextSwitchTo(old);
	FetchBuildRequest(pull, fetch);
	fetch->result.attempts = 0;
	fetch->renewed = false;
}

static void
AskNextPage(HttpPull *pull, Fetch *fetch)
{
	fetch->result.attempts = 0;
	fetch->renewed = false;
	fetch->due_ms = fetch->first_ms = 0;
	fetch->went_on = true;
	FetchBuildRequest(pull, fetch);
}

static void
KeepPage(Fetch *fetch, FetchedPage *page)
{
	MemoryContext old = MemoryContextSwitchTo(fetch->cxt);

	if (PagesOf(fetch) == 0)
		fetch->first_status = page->status;
	fetch->result.pages = lappend(fetch->result.pages, page);
	fetch->held += page->bytes;
	MemoryContextSwitchTo(old);
}

/* The page at hand is not among those of the fetch unless it is data of the slice. */
static void
TakeStep(HttpPull *pull, Fetch *fetch, FetchedPage *page, PagingStep step, char *problem)
{
	if (step == PAGING_GO_ON || (step == PAGING_DONE && page != NULL))
		KeepPage(fetch, page);
	switch (step)
	{
		case PAGING_GO_ON:
			AskNextPage(pull, fetch);
			break;
		case PAGING_DONE:
			EndList(pull, fetch);
			break;
		case PAGING_ANEW:
			fetch->contradictions++;
			fetch->due_ms = fetch->first_ms = 0;
			fetch->verdict = ANSWER_RESTART;
			BeginAgain(pull, fetch);
			break;
		case PAGING_BROKEN:
			FailPaging(pull, fetch, problem);
			break;
	}
}

/* The catalogue holds no secrets: a tag that repeats one is not used. */
static char *
Kept(const HttpPull *pull, char *tag)
{
	return AuthIsToldBy(pull->source->auth, tag) ? NULL : tag;
}

/* A redirect's target has the last word, and next time another may. */
static void
TakeTags(HttpPull *pull, Fetch *fetch, const FetchedPage *page)
{
	if (page->redirects > 0)
		return;
	fetch->result.etag = Kept(pull, page->etag);
	fetch->result.last_modified = Kept(pull, page->last_modified);
}

/* The one page of a slice: only its tags are those of the whole list. */
static void
TakeOnlyPage(HttpPull *pull, Fetch *fetch, FetchedPage *page)
{
	KeepPage(fetch, page);
	if (pull->source->export == NULL)
		TakeTags(pull, fetch, page);
	TakeSlice(fetch);
}

/* A page that is data: the last one, or the reason to ask for the next one. */
static void
TakePage(HttpPull *pull, Fetch *fetch, WantedFields *wanted)
{
	FetchedPage *page = wanted->page;
	char	   *problem = NULL;
	PagingStep	step;

	if (pull->source->paging == NULL)
	{
		TakeOnlyPage(pull, fetch, page);
		return;
	}
	step = PagingNext(pull->source->paging, &fetch->paging, wanted, fetch->request->url, &problem);
	TakeStep(pull, fetch, fetch->paging.repeats ? NULL : page, step, problem);
}

static void
TakeData(HttpPull *pull, Fetch *fetch, WantedFields *wanted)
{
	if (PageIsWebPage(pull->base.def, wanted->page))
		FailWith(pull, fetch, wanted->page, true);
	else
		TakePage(pull, fetch, wanted);
}

/* An answer about the export: the next request, or the data itself. */
static void
TakeExport(HttpPull *pull, Fetch *fetch, WantedFields *wanted, bool ready)
{
	char	   *problem = NULL;

	if (!FetchStepExport(pull, fetch, wanted, ready, &problem))
		TakeData(pull, fetch, wanted);
	else if (problem != NULL)
	{
		DescribeExport(&fetch->result, pull->base.def, fetch->request, wanted->page,
					   fetch->export.url == NULL, problem);
		FetchFail(fetch, false);
	}
}

/* The list has ended before the page that was asked for. */
static void
TakeEnd(HttpPull *pull, Fetch *fetch)
{
	fetch->verdict = ANSWER_SUCCESS;
	fetch->result.http_status = fetch->first_status;
	TakeStep(pull, fetch, NULL, PagingEnd(&fetch->paging), NULL);
}

/* No rows: at the first page nothing is there, after it the list has ended. */
static void
TakeEmpty(HttpPull *pull, Fetch *fetch)
{
	if (PagesOf(fetch) == 0)
		fetch->state = FETCH_DONE;
	else
		TakeEnd(pull, fetch);
}

/* Is it how the server says that there is no such page? */
static bool
IsRefusedPage(const Fetch *fetch, const FetchedPage *page)
{
	static const int refusals[] = {400, 404, 410, 416, 422};

	if (!PagingAsksBeyondEnd(&fetch->paging) || page->failure != TRANSPORT_NONE)
		return false;
	for (int i = 0; i < lengthof(refusals); i++)
		if (page->status == refusals[i])
			return true;
	return false;
}

static void
TakeRefusal(HttpPull *pull, Fetch *fetch, FetchedPage *page)
{
	if (IsRefusedPage(fetch, page))
		TakeEnd(pull, fetch);
	else
		FailWith(pull, fetch, page, page->failure == TRANSPORT_NO_ROOM);
}

/* A server that says so without having been asked has nothing to compare with. */
static void
TakeUnchanged(HttpPull *pull, Fetch *fetch, FetchedPage *page)
{
	const Slice *slice = fetch->result.slice;

	if (slice->etag == NULL && slice->last_modified == NULL)
		FailWith(pull, fetch, page, false);
	else
		fetch->state = FETCH_DONE;
}

/*
 * An access token may have expired before its time: another one, once for each page. One that
 * nobody took is not replaced again and again.
 */
static void
RenewTokenOrFail(HttpPull *pull, Fetch *fetch, FetchedPage *page)
{
	const Auth *auth = pull->source->auth;
	bool		spent = fetch->token == NULL || fetch->renewed;

	if (spent || (pull->token_unproven && OAuthIsAtHand(auth, fetch->token)))
	{
		FailWith(pull, fetch, page, false);
		DescribeRefusedToken(&fetch->result, pull->base.def, page, fetch->token != NULL);
		return;
	}
	if (OAuthForget(auth, fetch->token))
		pull->token_unproven = true;
	fetch->renewed = true;
	fetch->state = FETCH_DUE;
	fetch->due_ms = 0;
}

static void
RestartOrFail(HttpPull *pull, Fetch *fetch, FetchedPage *page)
{
	fetch->result.attempts = ++fetch->restarts;
	RetryOrFail(pull, fetch, page, ANSWER_RESTART);
	if (fetch->state == FETCH_DUE)
		BeginAgain(pull, fetch);
}

/* An answer that is no refusal proves the access token that it was asked with. */
static void
NoteTaken(HttpPull *pull, const Fetch *fetch, AnswerVerdict verdict)
{
	if (pull->token_unproven && fetch->token != NULL &&
		OAuthIsAtHand(pull->source->auth, fetch->token) &&
		(verdict == ANSWER_SUCCESS || verdict == ANSWER_UNCHANGED ||
		 verdict == ANSWER_EMPTY || verdict == ANSWER_NOT_YET))
		pull->token_unproven = false;
}

static void
Judge(HttpPull *pull, Fetch *fetch, FetchedPage *page)
{
	WantedFields wanted = {page};
	AnswerVerdict verdict;
	bool		ready;

	PagingWant(pull->source->paging, &wanted);
	ready = FetchExportIsReady(pull, fetch, &wanted);
	verdict = ready ? ANSWER_SUCCESS : RulesApply(pull->source->rules, &wanted);
	fetch->verdict = verdict;
	NoteTaken(pull, fetch, verdict);
	switch (verdict)
	{
		case ANSWER_SUCCESS:
			if (FetchAwaitsExport(pull, fetch))
				TakeExport(pull, fetch, &wanted, ready);
			else
				TakeData(pull, fetch, &wanted);
			break;
		case ANSWER_UNCHANGED:
			TakeUnchanged(pull, fetch, page);
			break;
		case ANSWER_EMPTY:
			TakeEmpty(pull, fetch);
			break;
		case ANSWER_NOT_YET:
			if (IsRefusedPage(fetch, page))
				TakeEnd(pull, fetch);
			else
				fetch->state = FETCH_DONE;
			break;
		case ANSWER_RETRY:
		case ANSWER_RATE_LIMITED:
			RetryOrFail(pull, fetch, page, verdict);
			break;
		case ANSWER_RESTART:
			RestartOrFail(pull, fetch, page);
			break;
		case ANSWER_REFRESH_TOKEN:
			RenewTokenOrFail(pull, fetch, page);
			break;
		case ANSWER_FAIL:
			TakeRefusal(pull, fetch, page);
			break;
	}
}

/* The budget hears of the answer before its place becomes free. */
static void
TellBudget(HttpPull *pull, const FetchedPage *page)
{
	RateReport	report;

	if (pull->places == 0)
		return;
	report = RateReportRead(page, time(NULL));
	BudgetAnswered(pull->server, page->redirects, report.remaining, report.reset_ms);
	PullLeavePlace(pull);
}

/* A transfer that is over, with what its answer is taken for. */
static void
JudgeAndLog(HttpPull *pull, Fetch *fetch, FetchedPage *page)
{
	LoggedRequest logged = {fetch->result.slice, PagesOf(fetch) + 1,
	fetch->result.attempts, fetch->request};

	Judge(pull, fetch, page);
	logged.verdict = fetch->verdict;
	if (logged.verdict == ANSWER_FAIL)
		logged.error = fetch->result.error;
	LogRequest(pull->base.log, pull->source->auth, &logged, page);
}

/* What it took to get the page. */
static void
CountAnswer(HttpPull *pull, Fetch *fetch, const FetchedPage *page)
{
	pull->base.totals.requests += page->redirects;
	pull->base.totals.bytes += page->bytes;
	if (fetch == NULL)
		return;
	fetch->result.requests += page->redirects;
	fetch->result.bytes += page->bytes;
}

/* The page whose turn it is. */
static void
TakeAnswer(HttpPull *pull, Fetch *fetch, FetchedPage *page)
{
	MemoryContext page_cxt = fetch->page_cxt;
	MemoryContext old = MemoryContextSwitchTo(page_cxt);

	fetch->went_on = false;
	fetch->result.http_status = page->status;
	JudgeAndLog(pull, fetch, page);
	if (fetch->result.pages == NIL || llast(fetch->result.pages) != page)
		PageFree(page);
	MemoryContextSwitchTo(old);
	if (fetch->page_cxt != page_cxt)
		MemoryContextDelete(page_cxt);
	if (fetch->went_on)
		FetchUseAhead(pull, fetch);
	else if (fetch->state == FETCH_DONE)
		FetchDropAhead(pull, fetch);
}

void
FetchTakeAnswer(HttpPull *pull, FetchedPage *page)
{
	AskedPage  *asked = page->tag;
	Fetch	   *fetch = asked->fetch;

	TellBudget(pull, page);
	CountAnswer(pull, fetch, page);
	if (!asked->is_ahead)
		TakeAnswer(pull, fetch, page);
	else if (!FetchKeepAhead(pull, (AheadPage *) asked, page))
		return;
	while ((page = FetchTakeAhead(fetch)) != NULL)
		TakeAnswer(pull, fetch, page);
}

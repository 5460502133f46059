/*
 * fetch_answer.c
 *	  What an answer means for its fetch: a page, the next page, another attempt, or the end.
 */
#include "base/compat.h"
#include "source/fetch.h"

#include <time.h>

#include "common/pg_prng.h"
#include "source/auth.h"
#include "source/failure.h"
#include "source/oauth.h"
#include "source/rate_report.h"
#include "source/request_log.h"
#include "source/retry.h"
#include "source/settings.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

static void
FailWith(Pull *pull, Fetch *fetch, FetchedPage *page, bool temporary)
{
	DescribeFailure(&fetch->result, pull->def, fetch->request, page);
	FetchFail(fetch, temporary);
}

/* The server asks for more patience than allowed. */
static void
FailTooLong(Pull *pull, Fetch *fetch, FetchedPage *page)
{
	int64		wait_ms = Min(page->retry_after_ms, LONGEST_PAUSE_MS);
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), wait_ms);

	DescribeTooLong(&fetch->result, pull->def, fetch->request, page, until);
	FetchFailUntil(pull, fetch, until);
}

/* Temporary trouble: another attempt later, or the end of patience. */
static void
RetryOrFail(Pull *pull, Fetch *fetch, FetchedPage *page, Verdict verdict)
{
	RetryPolicy policy = RequestRetryPolicy(pull->def->max_attempts);
	double		chance = pg_prng_double(&pg_global_prng_state);
	int64		wait_ms;
	RetryOutcome outcome;

	if (verdict == VERDICT_RATE_LIMITED && page->retry_after_ms < 0)
		page->retry_after_ms = RateReportRead(page, time(NULL)).reset_ms;
	outcome = RetryDecide(&policy, fetch->result.attempts, PullNowMs() - fetch->first_ms,
						  page->retry_after_ms, chance, &wait_ms);
	if (verdict == VERDICT_RATE_LIMITED)
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
FailPaging(Pull *pull, Fetch *fetch, char *problem)
{
	DescribePaging(&fetch->result, pull->def, fetch->request, problem);
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
		fetch->result.verdict = VERDICT_UNCHANGED;
}

/* The last page has come, or one that cannot be trusted. */
static void
EndList(Pull *pull, Fetch *fetch, char *problem)
{
	char	   *resume = fetch->paging.resume;

	if (problem == NULL && AuthIsToldBy(pull->def->auth, resume))
		problem = "the place to go on from repeats the secret of the user mapping";
	if (problem != NULL)
	{
		FailPaging(pull, fetch, problem);
		return;
	}
	fetch->result.resume = resume;
	TakeSlice(fetch);
}

/* A page that is data: the last one, or the reason to ask for the next one. */
static void
TakePage(Pull *pull, Fetch *fetch, FetchedPage *page)
{
	char	   *problem = NULL;

	fetch->result.pages = lappend(fetch->result.pages, page);
	if (pull->def->paging == NULL)
	{
		TakeSlice(fetch);
		return;
	}
	if (PagingNext(pull->def->paging, &fetch->paging, page, fetch->request->url, &problem))
	{
		fetch->result.attempts = 0;
		fetch->renewed = false;
		fetch->due_ms = fetch->first_ms = 0;
		FetchBuildRequest(pull, fetch);
	}
	else
		EndList(pull, fetch, problem);
	fetch->result.missing = PagingMissing(pull->def->paging, &fetch->paging);
}

/* No rows: at the first page nothing is there, after it the list has ended. */
static void
TakeEmpty(Fetch *fetch)
{
	fetch->state = FETCH_DONE;
	if (fetch->result.pages == NIL)
		return;
	fetch->result.verdict = VERDICT_SUCCESS;
	TakeSlice(fetch);
}

/* A server that says so without having been asked has nothing to compare with. */
static void
TakeUnchanged(Pull *pull, Fetch *fetch, FetchedPage *page)
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
RenewTokenOrFail(Pull *pull, Fetch *fetch, FetchedPage *page)
{
	const Auth *auth = pull->def->auth;
	bool		spent = fetch->token == NULL || fetch->renewed;

	if (spent || (pull->token_unproven && OAuthIsAtHand(auth, fetch->token)))
	{
		FailWith(pull, fetch, page, false);
		DescribeRefusedToken(&fetch->result, pull->def, page, fetch->token != NULL);
		return;
	}
	if (OAuthForget(auth, fetch->token))
		pull->token_unproven = true;
	fetch->renewed = true;
	fetch->state = FETCH_DUE;
	fetch->due_ms = 0;
}

/* The pages that came are of a list that is no more: begin with the first one again. */
static void
BeginAgain(Pull *pull, Fetch *fetch)
{
	ListCell   *lc;

	foreach(lc, fetch->result.pages)
		PageFree(lfirst(lc));
	fetch->result.pages = NIL;
	PagingBegin(pull->def->paging, &fetch->paging, fetch->result.slice->cursor);
	FetchBuildRequest(pull, fetch);
	fetch->result.attempts = 0;
	fetch->renewed = false;
}

static void
RestartOrFail(Pull *pull, Fetch *fetch, FetchedPage *page)
{
	fetch->result.attempts = ++fetch->restarts;
	RetryOrFail(pull, fetch, page, VERDICT_RESTART);
	if (fetch->state == FETCH_DUE)
		BeginAgain(pull, fetch);
}

/* An answer that is no refusal proves the access token that it was asked with. */
static void
NoteTaken(Pull *pull, const Fetch *fetch, Verdict verdict)
{
	if (pull->token_unproven && fetch->token != NULL &&
		OAuthIsAtHand(pull->def->auth, fetch->token) &&
		(verdict == VERDICT_SUCCESS || verdict == VERDICT_UNCHANGED ||
		 verdict == VERDICT_EMPTY || verdict == VERDICT_NOT_YET))
		pull->token_unproven = false;
}

static void
Judge(Pull *pull, Fetch *fetch, FetchedPage *page)
{
	Verdict		verdict = RulesApply(pull->def->rules, page);

	fetch->result.verdict = verdict;
	NoteTaken(pull, fetch, verdict);
	switch (verdict)
	{
		case VERDICT_SUCCESS:
			if (pull->def->file == NULL && PageIsMarkup(page))
				FailWith(pull, fetch, page, true);
			else
				TakePage(pull, fetch, page);
			break;
		case VERDICT_UNCHANGED:
			TakeUnchanged(pull, fetch, page);
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
		case VERDICT_RESTART:
			RestartOrFail(pull, fetch, page);
			break;
		case VERDICT_REFRESH_TOKEN:
			RenewTokenOrFail(pull, fetch, page);
			break;
		case VERDICT_FAIL:
			FailWith(pull, fetch, page, false);
			break;
	}
}

/* The budget hears of the answer before its place becomes free. */
static void
TellBudget(Pull *pull, const FetchedPage *page)
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
JudgeAndLog(Pull *pull, Fetch *fetch, FetchedPage *page)
{
	LoggedRequest logged = {fetch->result.slice, list_length(fetch->result.pages) + 1,
	fetch->result.attempts, fetch->request};

	Judge(pull, fetch, page);
	logged.verdict = fetch->result.verdict;
	if (logged.verdict == VERDICT_FAIL)
		logged.error = fetch->result.error;
	RequestLogAdd(pull->log, pull->def->auth, &logged, page);
}

void
FetchTakeAnswer(Pull *pull, FetchedPage *page)
{
	Fetch	   *fetch = page->tag;
	MemoryContext old = MemoryContextSwitchTo(fetch->cxt);

	TellBudget(pull, page);
	fetch->result.requests += page->redirects;
	fetch->result.bytes += page->bytes;
	pull->totals.requests += page->redirects;
	pull->totals.bytes += page->bytes;
	fetch->result.http_status = page->status;
	JudgeAndLog(pull, fetch, page);
	if (fetch->result.pages == NIL || llast(fetch->result.pages) != page)
		PageFree(page);
	MemoryContextSwitchTo(old);
}

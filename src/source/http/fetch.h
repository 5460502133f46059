/*
 * fetch.h
 *	  The state of one slice in an HTTP pull.
 *
 *		due ──► in flight ──► done ──► delivered
 *		 ▲          │
 *		 └─ retry ──┘
 *
 * http_pull.c orders the fetches, fetch_token.c gets access tokens, fetch_submit.c sends
 * requests, fetch_answer.c processes responses, fetch_ahead.c requests pages before their turn,
 * fetch_export.c goes through the steps of an export.
 */
#ifndef ELT_SOURCE_HTTP_FETCH_H
#define ELT_SOURCE_HTTP_FETCH_H

#include "postgres.h"
#include "base/budget.h"
#include "source/feed.h"
#include "source/http/answer_verdict.h"
#include "source/http/export.h"
#include "source/http/http_source.h"
#include "source/http/paging.h"
#include "transport/transport.h"

typedef enum FetchState
{
	FETCH_DUE,
	FETCH_IN_FLIGHT,
	FETCH_DONE
} FetchState;

typedef struct Fetch Fetch;

/* The tag of a request. */
typedef struct AskedPage
{
	Fetch	   *fetch;			/* NULL: its answer is of no use any more */
	bool		is_ahead;
} AskedPage;

/* A page that is asked for before its turn; in a context of its own, in that of the pull. */
typedef struct AheadPage
{
	AskedPage	asked;
	MemoryContext cxt;
	const Slice *slice;
	int			page;			/* from 1 */
	PageAsk		ask;
	TransportRequest *request;
	int64		sent_ms;
	FetchedPage *answer;		/* that has come, or NULL */
} AheadPage;

struct Fetch
{
	AskedPage	asked;			/* the page whose turn it is */
	MemoryContext cxt;			/* holds the fetch and all that it tells */
	FetchState	state;
	int64		due_ms;			/* not before; by the monotonic clock */
	int64		first_ms;		/* when the page was asked for first; 0: not yet */
	MemoryContext page_cxt;		/* holds the request and what its answer says; of one page */
	TransportRequest *request;
	AnswerVerdict verdict;		/* of the last answer, or of the whole slice */
	PageState	paging;
	ExportState export;
	char	   *token;			/* that the request is sent with, or NULL */
	int			restarts;		/* from the first page, because the server said so */
	int			contradictions; /* in the list, each a reason to start again */
	bool		renewed;		/* a token that this page refused was replaced once */
	bool		left;			/* what is to come of it is of no use */
	int			first_status;	/* HTTP status of the first page */
	int64		held;			/* bytes of pages that wait to be handed out */
	List	   *ahead;			/* AheadPage *, the pages that follow the one whose turn it is */
	AheadPage  *awaited;		/* the page whose turn it is was asked for ahead; or NULL */
	bool		went_on;		/* the answer at hand has led to the next page */
	bool		ahead_paused;	/* until the pages that were asked for ahead have had their turn */
	PulledSlice result;
};

/* Fetch a list of slices with several concurrent requests. */
typedef struct HttpPull
{
	Pull		base;
	HttpSource *source;			/* the definition's own */
	Oid			server;			/* the definition may be gone when places are given back */
	Transport  *transport;
	Fetch	  **ring;
	int			ring_size;
	int			reach;			/* how many slices may be in the ring; 1 .. ring_size */
	bool		as_read;		/* see PullAsRead */
	int			next_start;		/* index of the first slice without a fetch */
	int			next_deliver;
	int			places;			/* taken by BudgetEnter */
	BudgetTerms terms;
	TimestampTz wait_until;		/* nothing is asked for any more; 0: go on */
	bool		token_unproven; /* the one at hand replaced a refused one, and nobody took it yet */
} HttpPull;

/* The monotonic clock of due_ms. */
extern int64 PullNowMs(void);
/* Give back one place of BudgetEnter. */
extern void PullLeavePlace(HttpPull *pull);

/* Do requests carry an access token? */
extern bool PullNeedsToken(const HttpPull *pull);
/* Have one at hand; else the fetch has failed, or the pull wants it from its caller. */
extern bool FetchHaveToken(HttpPull *pull, Fetch *fetch);
/*
 * The request for the page that the fetch's paging asks for, which is due, or the fetch has
 * failed; in a page_cxt of its own.
 */
extern void FetchBuildRequest(HttpPull *pull, Fetch *fetch);
/* End the fetch; its result says why. */
extern void FetchFail(Fetch *fetch, bool temporary);
/* The same, and the pull ends too: the wait is longer than a run waits. */
extern void FetchFailUntil(HttpPull *pull, Fetch *fetch, TimestampTz when);
/* Send it if place and budget allow; else how long to wait, -1: until an answer comes. */
extern long FetchSubmit(HttpPull *pull, Fetch *fetch);
/* Leave for a request to be sent, with a place taken; else as FetchSubmit, and why. */
extern long FetchAdmit(HttpPull *pull, BudgetReason *reason);
/* Hand it to the transport, with the fetch's token. */
extern void FetchSend(HttpPull *pull, Fetch *fetch, const TransportRequest *request);
/* Ask for pages whose addresses are known, as many at a time as the server may be asked. */
extern long FetchSubmitAhead(HttpPull *pull, Fetch *fetch);
/* If the page that is due was asked for ahead, its answer has come or will come. */
extern void FetchUseAhead(HttpPull *pull, Fetch *fetch);
/* A page that was asked for ahead has come: keep it, if it is of use. True: it has its turn. */
extern bool FetchKeepAhead(HttpPull *pull, AheadPage *ahead, FetchedPage *page);
/* The answer of the page whose turn it is, if it came ahead; else NULL. */
extern FetchedPage *FetchTakeAhead(Fetch *fetch);
/* What was asked for ahead is of no use. */
extern void FetchDropAhead(HttpPull *pull, Fetch *fetch);
/* An answer has come to the page that is its tag. */
extern void FetchTakeAnswer(HttpPull *pull, FetchedPage *page);

#endif

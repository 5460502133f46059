/*
 * http_pull.c
 *	  Fetch a list of slices with several concurrent requests.
 *
 * Slices from next_deliver up to next_start are in the ring; the one at next_deliver is returned
 * first, so that slices are returned in order. Each fetch has a memory context of its own, which
 * ends with PullRelease.
 */
#include "base/compat.h"
#include "source/http/http_pull.h"

#include "base/handle.h"
#include "base/pause.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "source/http/fetch.h"
#include "source/http/quota.h"
#include "source/pull.h"
#include "source/settings.h"
#include "utils/memutils.h"

#define STOP_POLL_MS 250

/* From what size on a list is handed out in parts. */
#define LONG_LIST_BYTES (1024 * 1024)

int64
PullNowMs(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64) INSTR_TIME_GET_MILLISEC(now);
}

void
PullLeavePlace(HttpPull *pull)
{
	pull->places--;
	BudgetLeave(pull->server);
}

static void
LeavePlaces(void *arg)
{
	HttpPull   *pull = arg;

	while (pull->places > 0)
		PullLeavePlace(pull);
}

static void
Open(Pull *base)
{
	HttpPull   *pull = (HttpPull *) base;
	const SourceDefinition *def = base->def;
	HttpSource *http = def->own;

	pull->source = http;
	pull->server = def->server;
	pull->terms.per_second = http->rate;
	pull->terms.burst = http->burst;
	BudgetSetOwner(def->server, def->server_owner);
	QuotaRefresh(http->quota, &pull->terms);
	QuotaRecall(http->quota, def, &pull->terms);
	pull->ring_size = 2 * http->concurrency;
	pull->reach = pull->ring_size;
	pull->ring = palloc0(sizeof(Fetch *) * pull->ring_size);
	pull->transport = TransportOpen((size_t) PageMemory * 1024);
	ReleaseWithContext(base->cxt, LeavePlaces, pull);
}

static Fetch **
RingSlot(HttpPull *pull, int index)
{
	return &pull->ring[index % pull->ring_size];
}

static Fetch *
MakeFetch(HttpPull *pull, const Slice *slice)
{
	MemoryContext cxt = AllocSetContextCreate(pull->base.cxt, "elt fetch", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	Fetch	   *fetch = palloc0(sizeof(Fetch));

	fetch->cxt = cxt;
	fetch->asked.fetch = fetch;
	fetch->result.slice = slice;
	fetch->result.cxt = cxt;
	PagingBegin(pull->source->paging, &fetch->paging, slice->position, false);
	FetchBuildRequest(pull, fetch);
	MemoryContextSwitchTo(old);
	return fetch;
}

static void
FillRing(HttpPull *pull)
{
	int			end;

	if (pull->wait_until != 0)
		return;
	end = Min(list_length(pull->base.slices), pull->next_deliver + pull->reach);
	for (; pull->next_start < end; pull->next_start++)
		*RingSlot(pull, pull->next_start) =
			MakeFetch(pull, list_nth(pull->base.slices, pull->next_start));
}

static long
Sooner(long a, long b)
{
	if (a < 0 || b < 0)
		return Max(a, b);
	return Min(a, b);
}

/* How much is held of a slice before it is handed out in parts; what may have landed, for longer. */
static int64
HeldAtMost(const HttpPull *pull, const Slice *slice)
{
	int64		page_memory = PageMemory * INT64CONST(1024);

	if (pull->as_read)
		return 0;
	return slice->body_hash != NULL ? 2 * page_memory : Min(page_memory, LONG_LIST_BYTES);
}

static bool
HoldsEnough(const HttpPull *pull, const Fetch *fetch)
{
	return pull->base.in_parts && fetch->held > HeldAtMost(pull, fetch->result.slice);
}

/* Once a part was handed out, pages follow as they come. */
static bool
HasPart(const HttpPull *pull, const Fetch *fetch)
{
	return fetch->result.pages != NIL &&
		(fetch->result.before.pages > 0 || HoldsEnough(pull, fetch));
}

/* What has not been asked for stays so; what has been goes on as long as it may. */
static bool
IsLeftOut(const HttpPull *pull, const Fetch *fetch)
{
	return pull->wait_until != 0 && fetch->state == FETCH_DUE && fetch->result.requests == 0;
}

/* Nothing is asked for ahead before what is due is out, nor for a reader who may stop. */
static long
SubmitAhead(HttpPull *pull)
{
	bool		may_ask = pull->base.in_parts && !pull->as_read;
	long		wait_ms = -1;

	for (int i = pull->next_deliver; may_ask && i < pull->next_start; i++)
	{
		Fetch	   *fetch = *RingSlot(pull, i);

		if (pull->wait_until == 0 && !fetch->left && !HoldsEnough(pull, fetch))
			wait_ms = Sooner(wait_ms, FetchSubmitAhead(pull, fetch));
	}
	return wait_ms;
}

/* Send what is due; returns for how long nothing else will be, -1: until an answer comes. */
static long
SubmitDue(HttpPull *pull)
{
	int64		now = PullNowMs();
	long		wait_ms = -1;

	for (int i = pull->next_deliver; i < pull->next_start; i++)
	{
		Fetch	   *fetch = *RingSlot(pull, i);
		long		refused;

		if (fetch->state != FETCH_DUE || IsLeftOut(pull, fetch) || HoldsEnough(pull, fetch))
			continue;
		if (fetch->due_ms > now)
		{
			wait_ms = Sooner(wait_ms, fetch->due_ms - now);
			continue;
		}
		refused = FetchSubmit(pull, fetch);
		if (refused != 0)
			return Sooner(wait_ms, refused);
	}
	return Sooner(wait_ms, SubmitAhead(pull));
}

/* Wait for an answer, at most so long (-1: for ever), and take it. */
static void
AwaitAnswer(HttpPull *pull, long wait_ms)
{
	FetchedPage *page;

	if (pull->base.must_stop != NULL)
		wait_ms = Sooner(wait_ms < 0 ? STOP_POLL_MS : wait_ms, STOP_POLL_MS);
	if (TransportInFlight(pull->transport) == 0)
	{
		if (wait_ms < 0)
			elog(ERROR, "nothing to wait for");
		PauseFor(wait_ms);
		return;
	}
	page = TransportWait(pull->transport, wait_ms);
	if (page != NULL)
		FetchTakeAnswer(pull, page);
}

/* Out of the ring, whose next one is now the first. */
static Fetch *
TakeFirst(HttpPull *pull)
{
	Fetch	   *fetch = *RingSlot(pull, pull->next_deliver);

	*RingSlot(pull, pull->next_deliver) = NULL;
	pull->next_deliver++;
	FetchDropAhead(pull, fetch);
	return fetch;
}

/* A fetch whose answer is on its way must be there when it comes. */
static bool
IsOfNoUse(const HttpPull *pull, const Fetch *fetch)
{
	return IsLeftOut(pull, fetch) || (fetch->left && fetch->state != FETCH_IN_FLIGHT);
}

static void
FreeFetch(Fetch *fetch)
{
	ListCell   *lc;

	foreach(lc, fetch->result.pages)
		PageFree(lfirst(lc));
	MemoryContextDelete(fetch->cxt);
}

static void
LeaveOutFirst(HttpPull *pull)
{
	while (pull->next_deliver < pull->next_start &&
		   IsOfNoUse(pull, *RingSlot(pull, pull->next_deliver)))
		FreeFetch(TakeFirst(pull));
}

static bool
FirstIsDone(HttpPull *pull)
{
	return (*RingSlot(pull, pull->next_deliver))->state == FETCH_DONE;
}

static bool
FirstHasPart(HttpPull *pull)
{
	return HasPart(pull, *RingSlot(pull, pull->next_deliver));
}

/*
 * The caller is about to work on the first one, and calls nobody meanwhile: take what has come,
 * so that what is due goes out before and not after.
 */
static void
KeepBusy(HttpPull *pull)
{
	FetchedPage *page;

	while (!pull->as_read && (page = TransportWait(pull->transport, 0)) != NULL)
	{
		FetchTakeAnswer(pull, page);
		(void) SubmitDue(pull);
	}
}

/* Wait until the first one is done, or a token is wanted; false when there is none any more. */
static bool
AwaitFirst(HttpPull *pull)
{
	for (;;)
	{
		long		wait_ms;

		CHECK_FOR_INTERRUPTS();
		if (pull->base.must_stop != NULL && pull->base.must_stop())
			return false;
		LeaveOutFirst(pull);
		FillRing(pull);
		wait_ms = SubmitDue(pull);
		LeaveOutFirst(pull);
		if (pull->next_deliver == pull->next_start)
			return false;
		if (FirstIsDone(pull) || FirstHasPart(pull) || pull->base.wants_token)
		{
			KeepBusy(pull);
			return true;
		}
		AwaitAnswer(pull, wait_ms);
	}
}

static bool
IsReady(Pull *base)
{
	HttpPull   *pull = (HttpPull *) base;

	if (pull->next_deliver == pull->next_start)
		return false;
	if (!FirstIsDone(pull))
		KeepBusy(pull);
	return FirstIsDone(pull);
}

static void
AsRead(Pull *base)
{
	HttpPull   *pull = (HttpPull *) base;

	pull->as_read = true;
	pull->reach = 1;
}

static void
Settle(Pull *base)
{
	HttpPull   *pull = (HttpPull *) base;

	while (TransportInFlight(pull->transport) > 0)
	{
		FetchedPage *page = TransportWait(pull->transport, -1);

		if (page != NULL)
			FetchTakeAnswer(pull, page);
	}
}

static void
Abandon(Pull *base)
{
	HttpPull   *pull = (HttpPull *) base;

	TransportClose(pull->transport);
	pull->transport = TransportOpen((size_t) PageMemory * 1024);
	LeavePlaces(pull);
}

static void
HandOut(const Fetch *fetch, PulledSlice *out)
{
	*out = fetch->result;
	out->verdict = VerdictOfSlice(fetch->verdict);
}

/* Its pages are the caller's. */
static void
HandOutPart(Fetch *fetch, PulledSlice *out)
{
	PulledSlice *result = &fetch->result;

	*out = *result;
	out->more = true;
	out->verdict = VERDICT_SUCCESS;
	result->before = PulledSum(result);
	result->pages = NIL;
	result->anew = false;
	fetch->held = 0;
}

static void
LeaveSlice(Pull *base)
{
	HttpPull   *pull = (HttpPull *) base;

	Fetch	   *fetch = *RingSlot(pull, pull->next_deliver);

	fetch->left = true;
	FetchDropAhead(pull, fetch);
}

static bool
Next(Pull *base, PulledSlice *out)
{
	HttpPull   *pull = (HttpPull *) base;
	bool		found = AwaitFirst(pull);

	if (found && FirstIsDone(pull))
		HandOut(TakeFirst(pull), out);
	else if (found && FirstHasPart(pull))
	{
		HandOutPart(*RingSlot(pull, pull->next_deliver), out);
		if (!pull->as_read)
			(void) SubmitDue(pull);
	}
	if (pull->as_read)
	{
		Settle(base);
		pull->reach = Min(2 * pull->reach, pull->ring_size);
	}
	return found;
}

static void
Close(Pull *base)
{
	TransportClose(((HttpPull *) base)->transport);
}

const Feed	HttpFeed = {
	.size = sizeof(HttpPull),
	.is_logged = true,
	.open = Open,
	.next = Next,
	.leave_slice = LeaveSlice,
	.is_ready = IsReady,
	.as_read = AsRead,
	.settle = Settle,
	.abandon = Abandon,
	.close = Close,
};

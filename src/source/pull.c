/*
 * pull.c
 *	  A sliding window of fetches over the list of slices.
 *
 * Slices from next_deliver up to next_start are in the ring; the one at next_deliver is handed
 * out first, so that callers see the order of their list however the answers come in. Each
 * fetch has a memory context of its own, which ends with PullRelease.
 */
#include "base/compat.h"
#include "source/pull.h"

#include "base/handle.h"
#include "base/pause.h"
#include "catalog/request_log_table.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "source/failure.h"
#include "source/fetch.h"
#include "source/kind.h"
#include "source/request_log.h"
#include "source/quota.h"
#include "source/settings.h"
#include "utils/memutils.h"

#define STOP_POLL_MS 250

int64
PullNowMs(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64) INSTR_TIME_GET_MILLISEC(now);
}

void
PullLeavePlace(Pull *pull)
{
	pull->places--;
	BudgetLeave(pull->server);
}

static void
LeavePlaces(void *arg)
{
	Pull	   *pull = arg;

	while (pull->places > 0)
		PullLeavePlace(pull);
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
	pull->terms.per_second = def->rate;
	pull->terms.burst = def->burst;
	BudgetSetOwner(def->server, def->server_owner);
	QuotaRefresh(def->quota, &pull->terms);
	QuotaRecall(def, &pull->terms);
	pull->slices = slices;
	pull->ring_size = 2 * def->concurrency;
	pull->reach = pull->ring_size;
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

static Fetch *
MakeFetch(Pull *pull, const Slice *slice)
{
	MemoryContext cxt = AllocSetContextCreate(pull->cxt, "elt fetch", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	Fetch	   *fetch = palloc0(sizeof(Fetch));

	fetch->cxt = cxt;
	fetch->result.slice = slice;
	fetch->result.fetch = fetch;
	PagingBegin(pull->def->paging, &fetch->paging, slice->cursor, false);
	FetchBuildRequest(pull, fetch);
	MemoryContextSwitchTo(old);
	return fetch;
}

static void
FillRing(Pull *pull)
{
	int			end;

	if (pull->wait_until != 0)
		return;
	end = Min(list_length(pull->slices), pull->next_deliver + pull->reach);
	for (; pull->next_start < end; pull->next_start++)
		*RingSlot(pull, pull->next_start) =
			MakeFetch(pull, list_nth(pull->slices, pull->next_start));
}

static long
Sooner(long a, long b)
{
	if (a < 0 || b < 0)
		return Max(a, b);
	return Min(a, b);
}

/* What has not been asked for stays so; what has been goes on as long as it may. */
static bool
IsLeftOut(const Pull *pull, const Fetch *fetch)
{
	return pull->wait_until != 0 && fetch->state == FETCH_DUE && fetch->result.requests == 0;
}

/* Send what is due; returns for how long nothing else will be, -1: until an answer comes. */
static long
SubmitDue(Pull *pull)
{
	int64		now = PullNowMs();
	long		wait_ms = -1;

	for (int i = pull->next_deliver; i < pull->next_start; i++)
	{
		Fetch	   *fetch = *RingSlot(pull, i);
		long		refused;

		if (fetch->state != FETCH_DUE || IsLeftOut(pull, fetch))
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
	return wait_ms;
}

/* Wait for an answer, at most so long (-1: for ever), and take it. */
static void
AwaitAnswer(Pull *pull, long wait_ms)
{
	FetchedPage *page;

	if (pull->must_stop != NULL)
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
TakeFirst(Pull *pull)
{
	Fetch	   *fetch = *RingSlot(pull, pull->next_deliver);

	*RingSlot(pull, pull->next_deliver) = NULL;
	pull->next_deliver++;
	return fetch;
}

static void
LeaveOutFirst(Pull *pull)
{
	while (pull->next_deliver < pull->next_start &&
		   IsLeftOut(pull, *RingSlot(pull, pull->next_deliver)))
		MemoryContextDelete(TakeFirst(pull)->cxt);
}

static bool
FirstIsDone(Pull *pull)
{
	return (*RingSlot(pull, pull->next_deliver))->state == FETCH_DONE;
}

/*
 * The caller is about to work on the first one, and calls nobody meanwhile: take what has come,
 * so that what is due goes out before and not after.
 */
static void
KeepBusy(Pull *pull)
{
	FetchedPage *page;

	while (!pull->def->kind->streams && !pull->as_read &&
		   (page = TransportWait(pull->transport, 0)) != NULL)
	{
		FetchTakeAnswer(pull, page);
		(void) SubmitDue(pull);
	}
}

/* Wait until the first one is done, or a token is wanted; false when there is none any more. */
static bool
AwaitFirst(Pull *pull)
{
	for (;;)
	{
		long		wait_ms;

		CHECK_FOR_INTERRUPTS();
		if (pull->must_stop != NULL && pull->must_stop())
			return false;
		FillRing(pull);
		wait_ms = SubmitDue(pull);
		LeaveOutFirst(pull);
		if (pull->next_deliver == pull->next_start)
			return false;
		if (FirstIsDone(pull) || pull->wants_token)
		{
			KeepBusy(pull);
			return true;
		}
		AwaitAnswer(pull, wait_ms);
	}
}

void
PullAsRead(Pull *pull)
{
	pull->as_read = true;
	pull->reach = 1;
}

void
PullSettle(Pull *pull)
{
	while (TransportInFlight(pull->transport) > 0)
	{
		FetchedPage *page = TransportWait(pull->transport, -1);

		if (page != NULL)
			FetchTakeAnswer(pull, page);
	}
}

void
PullStopWhen(Pull *pull, bool (*must_stop) (void))
{
	pull->must_stop = must_stop;
}

void
PullAbandon(Pull *pull)
{
	MemoryContext old = MemoryContextSwitchTo(pull->cxt);

	TransportClose(pull->transport);
	pull->transport = TransportOpen((size_t) PageMemory * 1024);
	LeavePlaces(pull);
	MemoryContextSwitchTo(old);
}

bool
PullNext(Pull *pull, PulledSlice *out)
{
	MemoryContext old = MemoryContextSwitchTo(pull->cxt);
	bool		found = AwaitFirst(pull);

	memset(out, 0, sizeof(PulledSlice));
	if (found && FirstIsDone(pull))
		*out = TakeFirst(pull)->result;
	if (pull->as_read)
	{
		PullSettle(pull);
		pull->reach = Min(2 * pull->reach, pull->ring_size);
	}
	MemoryContextSwitchTo(old);
	return found;
}

const PullTotals *
PullTotalsOf(const Pull *pull)
{
	return &pull->totals;
}

void
PullLogRequests(Pull *pull)
{
	MemoryContext old = MemoryContextSwitchTo(pull->cxt);

	if (pull->log == NULL && RequestLogRetention > 0 && pull->def->kind->metered)
		pull->log = RequestLogOpen();
	MemoryContextSwitchTo(old);
}

RequestLog *
PullRequestLog(const Pull *pull)
{
	return pull->log;
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

char *
PulledHash(const PulledSlice *pulled)
{
	uint64		hash = 0;
	int64		bytes = 0;
	ListCell   *lc;

	if (pulled->pages == NIL)
		return NULL;
	foreach(lc, pulled->pages)
	{
		FetchedPage *page = lfirst(lc);

		hash = hash_combine64(hash, page->body_hash);
		bytes += page->bytes;
	}
	return psprintf("%016llx " INT64_FORMAT, (unsigned long long) hash, bytes);
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

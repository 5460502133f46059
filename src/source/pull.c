/*
 * pull.c
 *	  Functions on pulls that do not depend on the kind of source.
 */
#include "base/compat.h"
#include "source/pull.h"

#include "catalog/request_log_table.h"
#include "common/hashfn.h"
#include "source/feed.h"
#include "source/kind.h"
#include "source/request_log.h"
#include "transport/file_version.h"
#include "transport/page.h"
#include "utils/memutils.h"

Pull *
PullOpen(const SourceDefinition *def, List *slices)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "elt pull",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	Pull	   *pull = palloc0(def->kind->feed->size);

	pull->feed = def->kind->feed;
	pull->cxt = cxt;
	pull->def = def;
	pull->slices = slices;
	pull->feed->open(pull);
	MemoryContextSwitchTo(old);
	return pull;
}

bool
SourceHasTables(const SourceDefinition *def)
{
	return def->kind->feed->attach != NULL;
}

void
PullAttach(Pull *pull, const SourceDefinition *def, RowBatch *rows)
{
	MemoryContext old = MemoryContextSwitchTo(pull->cxt);

	pull->feed->attach(pull, def, rows);
	MemoryContextSwitchTo(old);
}

static void
Tell(Pull *pull, void (*member) (Pull *pull))
{
	MemoryContext old = MemoryContextSwitchTo(pull->cxt);

	if (member != NULL)
		member(pull);
	MemoryContextSwitchTo(old);
}

void
PullAsRead(Pull *pull)
{
	Tell(pull, pull->feed->as_read);
}

void
PullSettle(Pull *pull)
{
	Tell(pull, pull->feed->settle);
}

void
PullAbandon(Pull *pull)
{
	Tell(pull, pull->feed->abandon);
}

const RowFields *
PullRowFields(Pull *pull, const SourceDefinition *def)
{
	MemoryContext old;
	const RowFields *fields;

	if (pull->feed->row_fields == NULL)
		return NULL;
	old = MemoryContextSwitchTo(pull->cxt);
	fields = pull->feed->row_fields(pull, def);
	MemoryContextSwitchTo(old);
	return fields;
}

void
PullLanded(Pull *pull)
{
	Tell(pull, pull->feed->landed);
}

void
PullStopWhen(Pull *pull, bool (*must_stop) (void))
{
	pull->must_stop = must_stop;
}

void
PullInParts(Pull *pull)
{
	pull->in_parts = true;
}

void
PullChoose(Pull *pull, int (*choose) (void *arg), void *arg)
{
	pull->choose = choose;
	pull->chooser = arg;
}

void
PullFollow(Pull *pull)
{
	pull->follows = true;
}

void
PullLeaveSlice(Pull *pull)
{
	Tell(pull, pull->feed->leave_slice);
}

void
PullMayRotate(Pull *pull)
{
	pull->may_rotate = true;
}

void
PullHasToken(Pull *pull, const PullProblem *problem)
{
	pull->wants_token = false;
	if (problem->message == NULL)
		return;
	pull->problem = *problem;
	pull->problem.message = MemoryContextStrdup(pull->cxt, problem->message);
}

bool
PullNext(Pull *pull, PulledSlice *out)
{
	MemoryContext old = MemoryContextSwitchTo(pull->cxt);
	bool		found;

	memset(out, 0, sizeof(PulledSlice));
	found = pull->feed->next(pull, out);
	MemoryContextSwitchTo(old);
	return found;
}

void
PullAwait(Pull *pull, PulledSlice *pulled)
{
	MemoryContext old = MemoryContextSwitchTo(pull->cxt);

	if (pull->feed->await != NULL)
		pull->feed->await(pull, pulled);
	MemoryContextSwitchTo(old);
}

bool
PullIsReady(Pull *pull)
{
	MemoryContext old = MemoryContextSwitchTo(pull->cxt);
	bool		ready = pull->feed->is_ready != NULL && pull->feed->is_ready(pull);

	MemoryContextSwitchTo(old);
	return ready;
}

bool
SourceBringsRows(const SourceDefinition *def)
{
	return def->kind->feed->next_rows != NULL;
}

bool
PullNextRows(Pull *pull, PulledSlice *pulled, RowBatch *rows)
{
	MemoryContext old = MemoryContextSwitchTo(rows->cxt);
	bool		more = pull->feed->next_rows(pull, pulled, rows);

	MemoryContextSwitchTo(old);
	return more;
}

bool
SourceStages(const SourceDefinition *def)
{
	return def->kind->feed->stage != NULL;
}

bool
PullStage(Pull *pull, PulledSlice *pulled, StageOrder *order)
{
	return pull->feed->stage(pull, pulled, order);
}

bool
PullIsSettled(Pull *pull)
{
	MemoryContext old = MemoryContextSwitchTo(pull->cxt);
	bool		settled = pull->feed->is_settled == NULL || pull->feed->is_settled(pull);

	MemoryContextSwitchTo(old);
	return settled;
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

	if (pull->log == NULL && RequestLogRetention > 0 && pull->feed->is_logged)
		pull->log = RequestLogOpen();
	MemoryContextSwitchTo(old);
}

RequestLog *
PullRequestLog(const Pull *pull)
{
	return pull->log;
}

void
PulledRaise(const PulledSlice *pulled)
{
	const char *state = pulled->sqlstate;

	ereport(ERROR,
			(errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4])),
			 errmsg("%s", pulled->error),
			 pulled->detail ? errdetail("%s", pulled->detail) : 0,
			 pulled->hint ? errhint("%s", pulled->hint) : 0));
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

PageSum
PulledSum(const PulledSlice *pulled)
{
	PageSum		sum = pulled->before;
	ListCell   *lc;

	foreach(lc, pulled->pages)
	{
		FetchedPage *page = lfirst(lc);

		sum.pages++;
		sum.bytes += page->bytes;
		sum.hash = hash_combine64(sum.hash, page->body_hash);
	}
	return sum;
}

char *
PulledHash(const PulledSlice *pulled)
{
	PageSum		sum = PulledSum(pulled);

	if (sum.pages == 0)
		return NULL;
	return psprintf("%016llx " INT64_FORMAT, (unsigned long long) sum.hash, sum.bytes);
}

SliceFile *
PulledFile(const PulledSlice *pulled)
{
	FetchedPage *page = pulled->pages == NIL ? NULL : linitial(pulled->pages);
	SliceFile  *file;

	if (page == NULL || page->file == NULL)
		return NULL;
	file = palloc(sizeof(SliceFile));
	file->size = page->file->size;
	file->modified = page->file->modified;
	file->checksum = page->file->checksum;
	return file;
}

void
PullRelease(Pull *pull, PulledSlice *pulled)
{
	MemoryContext cxt = pulled->more ? NULL : pulled->cxt;
	ListCell   *lc;

	pull->totals.bytes += StreamedBytes(pulled);
	foreach(lc, pulled->pages)
		PageFree(lfirst(lc));
	list_free(pulled->pages);
	memset(pulled, 0, sizeof(PulledSlice));
	if (cxt != NULL)
		MemoryContextDelete(cxt);
}

void
PullClose(Pull *pull)
{
	pull->feed->close(pull);
	MemoryContextDelete(pull->cxt);
}

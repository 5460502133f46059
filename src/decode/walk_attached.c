/*
 * walk_attached.c
 *	  Read the records of attached children while the record of their parent is read.
 *
 * If a child needs values of the parent's record that come after its list, the list is kept as text
 * and replayed when the record has been read, as walk_defer.c does for the way to records.
 */
#include "postgres.h"

#include "decode/walk_private.h"
#include "utils/memutils.h"

/* A failure of a child's decoder is one of the page. */
static bool
FailWith(Decoder *d, const Decoder *child)
{
	if (d->failed)
		return false;
	d->failed = true;
	d->error = child->error;
	d->error_detail = child->error_detail;
	d->error_hint = child->error_hint;
	return false;
}

/* ---- the records of a child ---- */

static void
HandOver(Decoder *child)
{
	BatchResolve(child->batch);
	child->sink(child->sink_state);
}

static void
FinishRecord(Decoder *child)
{
	MakeZipRows(child);
	while (BatchIsFull(child->batch))
	{
		HandOver(child);
		MakeZipRows(child);
	}
}

static bool
ReadOn(Decoder *child, Arrival arrival)
{
	if (arrival == ARRIVED_RECORD && !ReadRecord(child))
		return false;
	FinishRecord(child);
	return arrival != ARRIVED_FAILED && !child->failed;
}

/* All that is in the value whose first token was just read. False: the reader or child failed. */
static bool
ReadRecords(Decoder *child, JsonToken token)
{
	MemoryContext old = MemoryContextSwitchTo(child->batch->cxt);
	int			level = child->level;
	bool		done = ReadOn(child, Arrive(child, token));

	while (done && child->level > level)
		done = ReadOn(child, WalkOn(child));
	MemoryContextSwitchTo(old);
	return done;
}

static bool
AreKnown(List *needs, uint64 stamp)
{
	ListCell   *lc;

	foreach(lc, needs)
		if (((PathNode *) lfirst(lc))->stamp != stamp)
			return false;
	return true;
}

/* The member that the child's records are in. */
static bool
EnterChild(Decoder *d, const AttachedNode *node, uint64 stamp, JsonToken token)
{
	Decoder    *child = node->child;
	int			level = d->record_level;
	bool		done;

	if (token == JSON_ERROR)
		return false;
	child->reader = d->reader;
	child->forgotten_taint = -1;
	child->level = level + 1;
	if (AreKnown(node->needs, stamp))
		done = ReadRecords(child, token);
	else
		done = Defer(child, &child->frames[level], token);
	if (child->failed)
		return FailWith(d, child);
	return done;
}

static bool
Replay(Decoder *d, Decoder *child)
{
	Frame	   *frame = &child->frames[d->record_level];

	if (!frame->deferred.seen)
		return true;
	child->level = d->record_level + 1;
	StartReplay(child, frame);
	if (!ReadRecords(child, JsonNext(child->reader)) && !child->failed)
		FailReader(child);
	child->reader = frame->outer;
	frame->outer = NULL;
	return !child->failed;
}

/* ---- the record of the parent ---- */

void
AttachedBegin(Decoder *d)
{
	ListCell   *lc;

	foreach(lc, d->descendants)
		StartLevel(lfirst(lc), d->record_level);
	foreach(lc, d->attached)
		((Decoder *) lfirst(lc))->parents = d->records;
}

bool
AttachedEnd(Decoder *d)
{
	ListCell   *lc;

	foreach(lc, d->attached)
		(void) Replay(d, lfirst(lc));
	foreach(lc, d->descendants)
		if (((Decoder *) lfirst(lc))->failed)
			return FailWith(d, lfirst(lc));
	return true;
}

static bool
FailForDuplicate(Decoder *d, const PathNode *member)
{
	const AttachedNode *node = member->attached;
	Decoder    *child = node->child != NULL ? node->child : linitial(node->followers);

	child->reader = d->reader;
	FailDuplicate(child, member->name, member->name_len);
	return FailWith(d, child);
}

/* None of their records can have it. */
static void
TaintFollowers(const Decoder *d, List *followers)
{
	ListCell   *lc;

	foreach(lc, followers)
	{
		Decoder    *child = lfirst(lc);

		if (child->tainted_level < 0 || d->record_level < child->tainted_level)
			child->tainted_level = d->record_level;
	}
}

static int64
FirstTaint(int64 a, int64 b)
{
	return a >= 0 && (b < 0 || a < b) ? a : b;
}

/* To whoever skips this value, what the child's columns take as NaN is no text either. */
static bool
ReadChild(Decoder *d, const AttachedNode *node, uint64 stamp, int64 *tainted)
{
	int64		nonfinite = d->reader->nonfinite;
	bool		done;

	d->reader->nonfinite = -1;
	done = EnterChild(d, node, stamp, JsonNext(d->reader));
	*tainted = FirstTaint(*tainted, node->child->forgotten_taint);
	*tainted = FirstTaint(*tainted, d->reader->nonfinite);
	d->reader->nonfinite = FirstTaint(nonfinite, d->reader->nonfinite);
	return done;
}

/* A member that the record has or children follow. */
static bool
ReadOwn(Decoder *d, PathNode *member, uint64 stamp, int64 *tainted)
{
	bool		done = ReadNode(d, member, stamp, JsonNext(d->reader));

	if (d->reader->tainted >= 0)
		TaintFollowers(d, member->attached->followers);
	*tainted = FirstTaint(*tainted, d->others_taint);
	d->others_taint = -1;
	return done;
}

/* By default the root is the record if it is no list: not that which contains the children. */
static bool
IsAlone(const Decoder *d)
{
	return d->nsteps != d->record_level;
}

bool
ReadAttached(Decoder *d, PathNode *member, uint64 stamp)
{
	int64		tainted = d->reader->tainted;
	bool		done;

	if (member->stamp == stamp && !IsAlone(d))
		return FailForDuplicate(d, member);
	if (member->stamp == stamp)
		ClearNode(d, member);
	d->reader->tainted = -1;
	member->stamp = stamp;
	if (member->attached->child != NULL && !IsAlone(d))
		done = ReadChild(d, member->attached, stamp, &tainted);
	else
		done = ReadOwn(d, member, stamp, &tainted);
	d->reader->tainted = FirstTaint(tainted, d->reader->tainted);
	return done;
}

/*
 * logical_feed.c
 *	  Read a stream of changes in batches that end with a transaction.
 *
 * All of the stream is one slice, whose position is the LSN up to which changes have landed. What has
 * come is handed out part by part, so that nothing is waited for within a transaction. The last part
 * of a batch has no rows but the position: there the batch ends, and the next one goes on. A run ends
 * where the server's WAL ended when it began, or follows the stream for some minutes: then it lands what
 * has come after a moment.
 */
#include "base/compat.h"
#include "source/feed.h"

#include "access/xlog.h"
#include "miscadmin.h"
#include "source/logical/change_rows.h"
#include "source/logical/change_stream.h"
#include "source/logical/logical_source.h"
#include "source/logical/slot.h"
#include "source/logical/stream_position.h"
#include "source/logical/table_copy.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* What is received at most before it is handed out. */
#define PART_BYTES (2 * 1024 * 1024)
#define PART_MS 50

/* How long one wait lasts, and the silence after which the server is asked where it stands. */
#define WAIT_MS 100
#define SILENCE_MS 20
#define IDLE_SILENCE_MS 1000

/* A run that follows the stream ends after this time, and lands changes that are as old as that. */
#define FOLLOW_MS (5 * 60 * 1000)
#define DELAY_MS 200

typedef struct LogicalPull
{
	Pull		base;
	bool		opened;
	bool		creating;		/* the slot, as soon as the intention has landed */
	ChangeRows *rows;
	PgLink	   *link;			/* for replication */
	TableCopy  *copy;			/* of the tables, before their changes; NULL: that is over */
	ChangeStream *stream;		/* NULL: not yet */
	MemoryContext slice_cxt;
	int64		ahead;			/* the server's clock, of ours, at most */
	XLogRecPtr	target;			/* where the run ends */
	XLogRecPtr	reached;		/* end of the last transaction that was handed out */
	XLogRecPtr	staged;			/* the same of the batch */
	bool		in_transaction; /* the rest of one is to be handed out */
	bool		closing;		/* the next part is the last one of the batch */
	bool		ended;			/* and of the run */
	TimestampTz began;
	TimestampTz batch_began;
	TimestampTz first_at;		/* when the first changes of the batch were handed out; 0: none were */
	int64		rows_before;	/* the batch */
	int64		bytes_before;
} LogicalPull;

static void
Open(Pull *base)
{
	LogicalPull *pull = (LogicalPull *) base;

	pull->rows = ChangeRowsCreate();
	(void) ChangeRowsAddTable(pull->rows, base->def);
}

static void
Attach(Pull *base, const SourceDefinition *def, RowBatch *rows)
{
	LogicalPull *pull = (LogicalPull *) base;

	ChangeRowsInto(pull->rows, ChangeRowsAddTable(pull->rows, def), rows);
}

/* ---- connecting ---- */

static void
RefuseWithoutPipeline(const SourceDefinition *def)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("changes of foreign table \"%s\" cannot be read by a query", def->relation),
			 errhint("Use a pipeline. To read the table itself, use a foreign table of postgres_fdw.")));
}

static XLogRecPtr
WalEnd(PgLink *link)
{
	return LsnOf(PgLinkValue(PgLinkRun(link, "SELECT " WAL_END_SQL("pg_current_wal_flush_lsn")), 0, 0));
}

/* Of the server, which dates its commits. */
static TimestampTz
ClockOf(PgLink *link)
{
	PGresult   *r = PgLinkRun(link, "SELECT (extract(epoch FROM now()) * 1000000)::bigint");

	return strtoll(PgLinkValue(r, 0, 0), NULL, 10) -
		(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

/* Nobody knows what of it has been read. */
static void
RefuseSlot(const SourceDefinition *def)
{
	const LogicalSource *source = def->own;

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("replication slot \"%s\" of server \"%s\" exists, but pipeline \"%s\" has landed nothing",
					source->slot, def->server_name, source->pipeline),
			 errdetail("The first run creates the slot, so that the rows that are there before it are "
					   "loaded too."),
			 errhint("If nothing else uses it, use SELECT pg_drop_replication_slot('%s') on the server. "
					 "To land only the changes from its position on, set option snapshot 'never' of "
					 "foreign table \"%s\".",
					 source->slot, def->relation)));
}

/*
 * The first run creates the slot, and reads the tables as they are in its snapshot. That it does has
 * landed: should it be interrupted before the position has, it is known whose slot that is.
 */
static StreamPosition
BeginSlot(LogicalPull *pull)
{
	const SourceDefinition *def = pull->base.def;
	const LogicalSource *source = def->own;
	StreamPosition position = {0};
	char	   *snapshot;

	position.at = ClockOf(pull->link);
	position.lsn = SlotCreate(pull->link, def, &snapshot);
	position.is_loading = source->snapshot;
	if (source->snapshot)
		pull->copy = TableCopyOpen(def, pull->rows, &position, snapshot);
	/* so that the position is known, if nothing else */
	pull->closing = true;
	return position;
}

/* It was created, and the snapshot is lost. */
static StreamPosition
AdoptSlot(LogicalPull *pull, const SlotFacts *slot)
{
	const SourceDefinition *def = pull->base.def;
	StreamPosition position = StreamPositionAt(slot->confirmed, ClockOf(pull->link));

	position.is_loading = ((const LogicalSource *) def->own)->snapshot;
	if (position.is_loading)
		pull->copy = TableCopyOpen(def, pull->rows, &position, NULL);
	pull->closing = true;
	return position;
}

static StreamPosition
GoOn(LogicalPull *pull, const SlotFacts *slot, const char *text)
{
	const SourceDefinition *def = pull->base.def;
	StreamPosition position = StreamPositionRead(text);

	if (position.is_creating)
		return slot->exists ? AdoptSlot(pull, slot) : BeginSlot(pull);
	SlotCheckPosition(def, slot, position.lsn, pull->target);
	if (position.is_loading)
		pull->copy = TableCopyOpen(def, pull->rows, &position, NULL);
	return position;
}

static StreamPosition
FirstPosition(LogicalPull *pull, const char *text)
{
	const SourceDefinition *def = pull->base.def;
	const LogicalSource *source = def->own;
	SlotFacts	slot = SlotLook(pull->link, def);

	SlotWarnOfLag(def, &slot, pull->target);
	if (text != NULL)
		return GoOn(pull, &slot, text);
	pull->creating = !slot.exists;
	if (slot.exists && source->snapshot)
		RefuseSlot(def);
	return StreamPositionAt(slot.confirmed, 0);
}

static void
StartStream(LogicalPull *pull)
{
	pull->stream = StreamStart(pull->link, pull->base.def, pull->reached);
}

static void
BeginAt(LogicalPull *pull, StreamPosition position)
{
	pull->reached = pull->staged = position.lsn;
	ChangeRowsStartAt(pull->rows, position.at, pull->ahead);
	if (pull->copy == NULL && !pull->creating)
		StartStream(pull);
}

static void
Connect(LogicalPull *pull, const Slice *slice)
{
	const SourceDefinition *def = pull->base.def;
	const LogicalSource *source = def->own;

	if (source->pipeline == NULL || !pull->base.in_parts)
		RefuseWithoutPipeline(def);
	pull->link = PgLinkOpen(def, !source->by_sql);
	for (int i = 0; i < ChangeRowsTables(pull->rows); i++)
		PublicationCheck(pull->link, ChangeRowsTable(pull->rows, i));
	pull->ahead = -GetCurrentTimestamp();
	pull->ahead += ClockOf(pull->link);
	pull->target = WalEnd(pull->link);
	BeginAt(pull, FirstPosition(pull, slice->position));
	pull->slice_cxt = AllocSetContextCreate(pull->base.cxt, "elt stream", ALLOCSET_SMALL_SIZES);
	pull->opened = true;
}

/* ---- what is read at the moment: the tables, or their changes ---- */

static ChangeQueue *
QueueOf(const LogicalPull *pull)
{
	return pull->copy != NULL ? TableCopyQueue(pull->copy) : StreamQueue(pull->stream);
}

static void
Receive(LogicalPull *pull)
{
	if (pull->copy != NULL)
		TableCopyReceive(pull->copy, PART_BYTES);
	else
		StreamReceive(pull->stream, PART_BYTES);
}

static bool
IsOlder(TimestampTz then, int milliseconds)
{
	return TimestampDifferenceExceeds(then, GetCurrentTimestamp(), milliseconds);
}

/* Is more waited for than there was at the beginning of the run? */
static bool
Follows(const LogicalPull *pull)
{
	return pull->base.follows && !IsOlder(pull->began, FOLLOW_MS);
}

static void
Wait(LogicalPull *pull)
{
	if (pull->copy != NULL)
		TableCopyWait(pull->copy, WAIT_MS);
	else
		StreamWait(pull->stream, WAIT_MS, Follows(pull) ? IDLE_SILENCE_MS : SILENCE_MS);
}

static int64
BytesOf(const LogicalPull *pull)
{
	return (pull->copy ? TableCopyBytes(pull->copy) : 0) +
		(pull->stream ? StreamBytes(pull->stream) : 0);
}

static bool
MayPause(const LogicalPull *pull)
{
	return pull->copy != NULL ? TableCopyMayPause(pull->copy) : !pull->in_transaction;
}

/* From the tables to their changes. */
static void
EndCopy(LogicalPull *pull)
{
	pull->bytes_before -= TableCopyBytes(pull->copy);
	TableCopyClose(pull->copy);
	pull->copy = NULL;
	StartStream(pull);
}

/* ---- collecting ---- */

static bool
IsFull(const LogicalPull *pull)
{
	const LogicalSource *source = pull->base.def->own;

	return ChangeRowsCount(pull->rows) - pull->rows_before >= source->batch_rows ||
		BytesOf(pull) - pull->bytes_before >= source->batch_bytes;
}

static bool
IsOverdue(const LogicalPull *pull)
{
	const LogicalSource *source = pull->base.def->own;

	return IsOlder(pull->batch_began, source->batch_seconds * 1000) ||
		(pull->base.follows && pull->first_at != 0 && IsOlder(pull->first_at, DELAY_MS));
}

static size_t
Queued(const LogicalPull *pull)
{
	return ChangeQueueBytes(QueueOf(pull));
}

/* All that there was at the beginning of the run has been received. */
static bool
HasAll(const LogicalPull *pull)
{
	return pull->copy != NULL ? TableCopyHasEnded(pull->copy) :
		StreamReached(pull->stream) >= pull->target && !Follows(pull);
}

/* Nothing more comes before all that has come lands. */
static bool
Pauses(const LogicalPull *pull)
{
	return pull->copy == NULL && Queued(pull) == 0 && StreamPauses(pull->stream);
}

static bool
MustStop(const LogicalPull *pull)
{
	return pull->base.must_stop != NULL && pull->base.must_stop();
}

/* Wait for something to hand out; false when the batch is to end instead. */
static bool
Collect(LogicalPull *pull)
{
	TimestampTz began = GetCurrentTimestamp();

	for (;;)
	{
		Receive(pull);
		if (pull->copy != NULL && HasAll(pull) && Queued(pull) == 0)
			EndCopy(pull);
		if (HasAll(pull) || Queued(pull) >= PART_BYTES)
			return Queued(pull) > 0;
		if (Queued(pull) > 0 && IsOlder(began, PART_MS))
			return true;
		if (MustStop(pull) || (MayPause(pull) && (IsOverdue(pull) || Pauses(pull))))
			return false;
		Wait(pull);
	}
}

static void
BeginBatch(LogicalPull *pull)
{
	pull->batch_began = GetCurrentTimestamp();
	pull->first_at = 0;
	pull->rows_before = ChangeRowsCount(pull->rows);
	pull->bytes_before = BytesOf(pull);
	ChangeRowsBegin(pull->rows, true);
}

/* Into out, a part of the slice. */
static void
HandOut(LogicalPull *pull, PulledSlice *out)
{
	int64		before = pull->base.totals.bytes;

	if (pull->creating || (!pull->closing && !Collect(pull)))
		pull->closing = true;
	if (!pull->closing && pull->first_at == 0)
		pull->first_at = GetCurrentTimestamp();
	pull->base.totals.bytes = BytesOf(pull);
	pull->ended = pull->closing && !pull->creating && pull->copy == NULL && Queued(pull) == 0 &&
		HasAll(pull);
	out->more = !pull->closing;
	out->pauses = pull->closing && !pull->ended;
	out->bytes = Max(pull->base.totals.bytes - before, 0);
}

static bool
Next(Pull *base, PulledSlice *out)
{
	LogicalPull *pull = (LogicalPull *) base;
	const Slice *slice = base->slices == NIL ? NULL : linitial(base->slices);

	CHECK_FOR_INTERRUPTS();
	if (slice == NULL || pull->ended || MustStop(pull))
		return false;
	if (!pull->opened)
	{
		pull->began = GetCurrentTimestamp();
		Connect(pull, slice);
		BeginBatch(pull);
	}
	out->cxt = pull->slice_cxt;
	out->slice = slice;
	out->verdict = VERDICT_SUCCESS;
	out->attempts = 1;
	HandOut(pull, out);
	return !MustStop(pull);
}

/* The batch before has landed. */
static void
Await(Pull *base, PulledSlice *pulled)
{
	LogicalPull *pull = (LogicalPull *) base;

	BeginBatch(pull);
	pull->closing = false;
	if (pull->creating)
	{
		pull->creating = false;
		BeginAt(pull, BeginSlot(pull));
	}
	HandOut(pull, pulled);
}

/* ---- rows ---- */

static void
TakeMessage(LogicalPull *pull, char kind, const char *message, size_t len)
{
	XLogRecPtr	end = InvalidXLogRecPtr;

	if (pull->copy != NULL)
	{
		TableCopyTake(pull->copy, kind, message, len);
		return;
	}
	pull->in_transaction = !ChangeRowsTake(pull->rows, message, len, &end);
	pull->reached = Max(pull->reached, end);
}

/* True: there are more. */
static bool
TakeMessages(LogicalPull *pull)
{
	bool		overdue = IsOverdue(pull);

	while (ChangeRowsHaveRoom(pull->rows))
	{
		char		kind;
		size_t		len;
		const char *message;

		if (!ChangeRowsTruncate(pull->rows))
			return true;
		message = ChangeQueueNext(QueueOf(pull), &kind, &len);
		if (message == NULL)
			return false;
		TakeMessage(pull, kind, message, len);
		pull->closing = MayPause(pull) && (overdue || IsFull(pull));
		if (pull->closing)
			return false;
	}
	return true;
}

/* Where all that was received has been handed out, what the server said after it counts too. */
static StreamPosition
PositionOf(LogicalPull *pull)
{
	if (pull->creating)
		return (StreamPosition) {.is_creating = true};
	if (pull->copy != NULL)
		return TableCopyPosition(pull->copy);
	if (Queued(pull) == 0 && !pull->in_transaction)
		pull->reached = Max(pull->reached, StreamReached(pull->stream));
	return StreamPositionAt(pull->reached, ChangeRowsTime(pull->rows));
}

static bool
EndBatch(LogicalPull *pull, PulledSlice *pulled)
{
	StreamPosition position = PositionOf(pull);

	pull->staged = position.lsn;
	pulled->position = MemoryContextStrdup(pull->slice_cxt, StreamPositionText(&position));
	return pulled->pauses;
}

static bool
NextRows(Pull *base, PulledSlice *pulled, RowBatch *rows)
{
	LogicalPull *pull = (LogicalPull *) base;
	bool		more;

	if (!pulled->more)
		return EndBatch(pull, pulled);
	ChangeRowsInto(pull->rows, 0, rows);
	ChangeRowsBegin(pull->rows, false);
	more = TakeMessages(pull);
	ChangeRowsFinish(pull->rows);
	ChangeRowsInto(pull->rows, 0, NULL);
	Receive(pull);
	return more;
}

static const RowFields *
Fields(Pull *base, const SourceDefinition *def)
{
	return ChangeRowsFields(((LogicalPull *) base)->rows, def);
}

static void
Landed(Pull *base)
{
	LogicalPull *pull = (LogicalPull *) base;

	if (pull->stream == NULL)
		return;
	/* a commit that nobody has waited for could be lost when the server has forgotten its changes */
	XLogFlush(XactLastCommitEnd);
	StreamConfirm(pull->stream, pull->staged);
}

/* The connections end with the memory context. */
static void
Close(Pull *base)
{
}

const Feed	LogicalFeed = {
	.size = sizeof(LogicalPull),
	.open = Open,
	.attach = Attach,
	.next = Next,
	.await = Await,
	.next_rows = NextRows,
	.row_fields = Fields,
	.landed = Landed,
	.close = Close,
};

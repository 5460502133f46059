/*
 * change_stream.c
 *	  Receive changes, and put them in the order in which their transactions were committed.
 *
 * Changes of large transactions come while these are running, in between all others. They are spooled,
 * and read from there when the transaction has been committed, as if they had come then.
 */
#include "base/compat.h"
#include "source/logical/change_stream_private.h"

#include "base/pause.h"
#include "source/logical/pgoutput.h"
#include "utils/timestamp.h"

/* A connection that has just been lost may hold the slot a little longer. */
#define SLOT_PATIENCE_MS	30000
#define SLOT_PAUSE_MS		100

/* ---- starting ---- */

void
StreamReport(const ChangeStream *s, const char *hint)
{
	PgLinkReport(s->link, psprintf("read replication slot \"%s\"",
								   ((const LogicalSource *) s->def->own)->slot), hint);
}

ChangeStream *
StreamStart(PgLink *link, const SourceDefinition *def, XLogRecPtr from)
{
	ChangeStream *s = palloc0(sizeof(ChangeStream));
	TimestampTz patience = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), SLOT_PATIENCE_MS);

	s->method = ((const LogicalSource *) def->own)->by_sql ? &PeekMethod : &ProtocolMethod;
	s->link = link;
	s->def = def;
	s->queue = ChangeQueueCreate();
	s->spools = ChangeSpoolsCreate();
	initStringInfo(&s->commit);
	s->reached = s->landed = from;
	while (!s->method->begin(s, from))
	{
		if (strcmp(PgLinkState(link), "55006") != 0)
			StreamReport(s, NULL);
		if (GetCurrentTimestamp() >= patience)
			StreamReport(s, "Each pipeline needs a slot of its own.");
		PauseFor(SLOT_PAUSE_MS);
	}
	StreamConfirm(s, from);
	return s;
}

void
StreamConfirm(ChangeStream *s, XLogRecPtr landed)
{
	s->landed = Max(s->landed, landed);
	s->method->confirm(s);
}

/* ---- receiving ---- */

static void
Queue(ChangeStream *s, const char *message, size_t len)
{
	ChangeQueueAdd(s->queue, 'w', message, len);
	s->bytes += len;
}

static void
EndTransaction(ChangeStream *s, OutputReader *commit)
{
	XLogRecPtr	end = OutputCommitRead(commit);

	s->in_transaction = false;
	s->reached = Max(s->reached, end);
}

static void
EndReplay(ChangeStream *s)
{
	OutputReader commit = {s->commit.data + 1, s->commit.data + s->commit.len};

	s->replayed = NULL;
	Queue(s, s->commit.data, s->commit.len);
	EndTransaction(s, &commit);
}

/* A change of a transaction that is running. */
static void
Spool(ChangeStream *s, char kind, OutputReader *r)
{
	uint32		subxid = OutputInt32(r);

	ChangeSpoolAdd(s->spools, s->running, subxid, kind, r->at, r->end - r->at);
}

/*
 * A transaction is committed whose changes have come before. It begins and ends like any other, with
 * them in between.
 */
static void
Replay(ChangeStream *s, OutputReader *r)
{
	uint32		xid = OutputInt32(r);
	StringInfoData begin;
	OutputReader commit = *r;

	resetStringInfo(&s->commit);
	appendStringInfoChar(&s->commit, 'C');
	appendBinaryStringInfo(&s->commit, r->at, r->end - r->at);
	initStringInfo(&begin);
	appendStringInfoChar(&begin, 'B');
	OutputBeginWrite(&begin, &commit, xid);
	Queue(s, begin.data, begin.len);
	pfree(begin.data);
	s->in_transaction = true;
	s->replayed = ChangeSpoolOf(s->spools, xid);
	if (s->replayed == NULL)
		EndReplay(s);
}

static void
Abort(ChangeStream *s, OutputReader *r)
{
	uint32		xid = OutputInt32(r);

	ChangeSpoolAbort(s->spools, xid, OutputInt32(r));
}

/* Follow where transactions begin and end. */
static void
TakeChange(ChangeStream *s, const char *message, size_t len)
{
	OutputReader r = {message, message + len};
	uint8		kind = OutputByte(&r);

	switch (kind)
	{
		case 'S':
			s->running = OutputInt32(&r);
			return;
		case 'E':
			s->running = 0;
			return;
		case 'c':
			Replay(s, &r);
			return;
		case 'A':
			Abort(s, &r);
			return;
		case 'O':				/* where the transaction came from */
			return;
		case 'B':
			s->in_transaction = true;
			break;
		case 'C':
			EndTransaction(s, &r);
			break;
		default:
			break;
	}
	if (s->running != 0)
		Spool(s, kind, &r);
	else
		Queue(s, message, len);
}

static void
ReplayNext(ChangeStream *s)
{
	size_t		len;
	const char *message = ChangeSpoolNext(s->spools, s->replayed, &len);

	if (message == NULL)
		EndReplay(s);
	else
		Queue(s, message, len);
}

void
StreamReceive(ChangeStream *s, size_t bytes)
{
	while (ChangeQueueBytes(s->queue) < bytes)
	{
		int			len;
		const char *change;

		if (s->replayed != NULL)
		{
			ReplayNext(s);
			continue;
		}
		change = s->method->next(s, &len);
		if (change == NULL)
			return;
		TakeChange(s, change, len);
	}
}

void
StreamWait(ChangeStream *s, long milliseconds, long silence)
{
	s->method->wait(s, milliseconds, silence);
}

bool
StreamPauses(const ChangeStream *s)
{
	return s->method->pauses(s);
}

ChangeQueue *
StreamQueue(ChangeStream *s)
{
	return s->queue;
}

XLogRecPtr
StreamReached(const ChangeStream *s)
{
	return s->in_transaction ? InvalidXLogRecPtr : s->reached;
}

int64
StreamBytes(const ChangeStream *s)
{
	return s->bytes;
}

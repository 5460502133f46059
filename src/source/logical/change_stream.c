/*
 * change_stream.c
 *	  Receive changes by the protocol of streaming replication, and report progress.
 *
 * Changes of large transactions come while these are running, in between all others. They are spooled,
 * and read from there when the transaction has been committed, as if they had come then.
 *
 * Only what has landed is reported as flushed. While rows land nobody answers the server, so its
 * timeout is switched off for this connection, and keepalives of TCP notice when a side is gone.
 */
#include "base/compat.h"
#include "source/logical/change_stream.h"

#include "base/pause.h"
#include "lib/stringinfo.h"
#include "port/pg_bswap.h"
#include "portability/instr_time.h"
#include "source/logical/change_spool.h"
#include "source/logical/pgoutput.h"
#include "source/logical/slot.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* A connection that has just been lost may hold the slot a little longer. */
#define SLOT_PATIENCE_MS	30000
#define SLOT_PAUSE_MS		100

/* How often the server hears of us while it has nothing to say. */
#define STATUS_MS	10000

struct ChangeStream
{
	PgLink	   *link;
	const SourceDefinition *def;
	ChangeQueue *queue;
	XLogRecPtr	reached;		/* end of the last transaction, or where the server stands */
	XLogRecPtr	landed;
	bool		in_transaction;
	uint32		running;		/* transaction whose changes come; 0: one that has ended */
	ChangeSpools *spools;
	ChangeSpool *replayed;		/* of the transaction that was committed last; NULL: none is left */
	StringInfoData commit;		/* what ends it */
	bool		asked;			/* the server where it stands, without an answer so far */
	TimestampTz told_at;		/* when a status was sent */
	int64		bytes;
};

/* ---- starting ---- */

static void
TakeSettings(PgLink *link)
{
	static const char *const settings[] = {
		"SET wal_sender_timeout = 0", "SET tcp_keepalives_idle = 60",
		"SET tcp_keepalives_interval = 10", "SET tcp_keepalives_count = 6"
	};

	/* where one cannot be set, it is as the server has it */
	for (int i = 0; i < lengthof(settings); i++)
		(void) PgLinkTry(link, settings[i]);
}

/* The newest version of it that the server knows. */
static const char *
ProtocolOf(const PgLink *link)
{
	int			version = PgLinkVersion(link);

	if (version >= 160000)
		return "proto_version '4', streaming 'on'";
	if (version >= 150000)
		return "proto_version '3', streaming 'on'";
	return version >= 140000 ? "proto_version '2', streaming 'on'" : "proto_version '1'";
}

static bool
Begin(ChangeStream *s, XLogRecPtr from)
{
	const LogicalSource *source = s->def->own;
	PgLink	   *link = s->link;
	const char *command = psprintf("START_REPLICATION SLOT %s LOGICAL %s (%s, publication_names %s)",
								   PgLinkName(link, source->slot), LsnText(from), ProtocolOf(link),
								   PgLinkLiteral(link, PgLinkName(link, source->publication)));

	if (PgLinkTry(link, command) != NULL)
		return true;
	if (strcmp(PgLinkState(link), "55006") != 0)
		PgLinkReport(link, psprintf("read replication slot \"%s\"", source->slot), NULL);
	return false;
}

ChangeStream *
StreamStart(PgLink *link, const SourceDefinition *def, XLogRecPtr from)
{
	ChangeStream *s = palloc0(sizeof(ChangeStream));
	TimestampTz patience = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), SLOT_PATIENCE_MS);

	s->link = link;
	s->def = def;
	s->queue = ChangeQueueCreate();
	s->spools = ChangeSpoolsCreate();
	initStringInfo(&s->commit);
	s->reached = s->landed = from;
	TakeSettings(link);
	while (!Begin(s, from))
	{
		if (GetCurrentTimestamp() >= patience)
			PgLinkReport(link, psprintf("read replication slot \"%s\"",
										((const LogicalSource *) def->own)->slot),
						 "Each pipeline needs a slot of its own.");
		PauseFor(SLOT_PAUSE_MS);
	}
	StreamConfirm(s, from);
	return s;
}

/* ---- status ---- */

static void
AppendInt64(StringInfo message, uint64 n)
{
	n = pg_hton64(n);
	appendBinaryStringInfo(message, (char *) &n, sizeof(n));
}

static void
SendStatus(ChangeStream *s, bool wants_reply)
{
	StringInfoData message;

	initStringInfo(&message);
	appendStringInfoChar(&message, 'r');
	AppendInt64(&message, s->landed);
	AppendInt64(&message, s->landed);
	AppendInt64(&message, s->landed);
	AppendInt64(&message, (uint64) GetCurrentTimestamp());
	appendStringInfoChar(&message, wants_reply ? 1 : 0);
	PgLinkSend(s->link, message.data, message.len);
	pfree(message.data);
	s->told_at = GetCurrentTimestamp();
	s->asked |= wants_reply;
}

void
StreamConfirm(ChangeStream *s, XLogRecPtr landed)
{
	s->landed = Max(s->landed, landed);
	SendStatus(s, false);
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

/* All that the server had to say up to there has been said. */
static void
TakeKeepalive(ChangeStream *s, OutputReader *r)
{
	XLogRecPtr	wal_end = OutputInt64(r);

	(void) OutputInt64(r);
	s->asked = false;
	if (!s->in_transaction)
		s->reached = Max(s->reached, wal_end);
	if (OutputByte(r) != 0)
		SendStatus(s, false);
}

static void
TakeMessage(ChangeStream *s, const char *message, int len)
{
	OutputReader r = {message, message + len};
	uint8		kind = OutputByte(&r);

	if (kind == 'k')
		TakeKeepalive(s, &r);
	else if (kind == 'w')
	{
		(void) OutputInt64(&r);
		(void) OutputInt64(&r);
		(void) OutputInt64(&r);
		TakeChange(s, r.at, r.end - r.at);
	}
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
		bool		ended;
		int			len;
		const char *message;

		if (s->replayed != NULL)
		{
			ReplayNext(s);
			continue;
		}
		message = PgLinkMessage(s->link, &len, &ended);
		if (ended)
			PgLinkEndCopy(s->link);
		if (message == NULL)
			return;
		TakeMessage(s, message, len);
	}
}

void
StreamWait(ChangeStream *s, long milliseconds, long silence)
{
	if (PgLinkWait(s->link, s->asked ? milliseconds : Min(milliseconds, silence)))
		return;
	if (TimestampDifferenceExceeds(s->told_at, GetCurrentTimestamp(), s->asked ? STATUS_MS : silence))
		SendStatus(s, true);
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

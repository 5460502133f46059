/*
 * stream_peek.c
 *	  Receive changes by statements, where connections for replication are not permitted.
 *
 * A statement reads the changes of some transactions and leaves them in the slot. When they have
 * landed, another one moves the slot behind them. What has landed before, but was not left behind, is
 * passed over.
 *
 * All of the WAL up to an LSN has been read only if that is the end of a record, as the place is where
 * the next one will be inserted; and if it was flushed.
 */
#include "base/compat.h"
#include "source/logical/change_stream_private.h"

#include "base/pause.h"
#include "source/logical/pgoutput.h"
#include "source/logical/slot.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* How often new changes are looked for. */
#define POLL_MS 500

/* Commits that do not wait are flushed soon. */
#define FLUSH_TRIES		40
#define FLUSH_PAUSE_MS	10

typedef struct Peek
{
	bool		reading;		/* a statement's result */
	bool		skipping;		/* within a transaction that has landed */
	int64		changes;		/* of the result so far */
	bool		holds;			/* what has come is to land before more can be read */
	XLogRecPtr	upto;			/* what the result covers unless it is cut */
	XLogRecPtr	advanced;		/* where the slot is */
	TimestampTz read_at;		/* when the last one ended; 0: there was none */
	StringInfoData change;
} Peek;

static const LogicalSource *
SourceOf(const ChangeStream *s)
{
	return s->def->own;
}

static int64
Limit(const ChangeStream *s)
{
	return Min(SourceOf(s)->batch_rows, PG_INT32_MAX);
}

/* ---- statements ---- */

#define UPTO_SQL "SELECT " WAL_END_SQL("pg_current_wal_insert_lsn") ", pg_is_in_recovery()"

static bool
IsFlushed(ChangeStream *s, XLogRecPtr end)
{
	PGresult   *r = PgLinkRun(s->link, "SELECT pg_current_wal_flush_lsn()");

	return LsnOf(PgLinkValue(r, 0, 0)) >= end;
}

/* Where a record ends up to which all has been flushed; 0: not yet. */
static XLogRecPtr
FlushedEnd(ChangeStream *s)
{
	PGresult   *r = PgLinkRun(s->link, UPTO_SQL);
	XLogRecPtr	end = LsnOf(PgLinkValue(r, 0, 0));

	if (PgLinkIsTrue(r, 0, 1))
		return end;
	for (int i = 0; i < FLUSH_TRIES; i++)
	{
		if (IsFlushed(s, end))
			return end;
		PauseFor(FLUSH_PAUSE_MS);
	}
	return InvalidXLogRecPtr;
}

static char *
PeekCommand(ChangeStream *s)
{
	const LogicalSource *source = SourceOf(s);
	char	   *publication = PgLinkName(s->link, source->publication);

	return psprintf("COPY (SELECT encode(data, 'hex') FROM pg_logical_slot_peek_binary_changes(%s, NULL, "
					INT64_FORMAT ", 'proto_version', '1', 'publication_names', %s)) TO STDOUT",
					PgLinkLiteral(s->link, source->slot), Limit(s),
					PgLinkLiteral(s->link, publication));
}

/* False: the server refuses it. */
static bool
Advance(ChangeStream *s)
{
	const LogicalSource *source = SourceOf(s);

	if (s->landed <= s->peek->advanced)
		return true;
	if (PgLinkTry(s->link, psprintf("SELECT pg_replication_slot_advance(%s, %s)",
									PgLinkLiteral(s->link, source->slot),
									PgLinkLiteral(s->link, LsnText(s->landed)))) == NULL)
		return false;
	s->peek->advanced = s->landed;
	return true;
}

static bool
Read(ChangeStream *s)
{
	Peek	   *peek = s->peek;

	if (!Advance(s))
		return false;
	peek->upto = FlushedEnd(s);
	if (PgLinkTry(s->link, PeekCommand(s)) == NULL)
		return false;
	peek->reading = true;
	peek->changes = 0;
	return true;
}

/* ---- the method ---- */

static bool
Begin(ChangeStream *s, XLogRecPtr from)
{
	if (s->peek == NULL)
	{
		s->peek = palloc0(sizeof(Peek));
		initStringInfo(&s->peek->change);
	}
	return Read(s);
}

static void
EndRead(ChangeStream *s)
{
	Peek	   *peek = s->peek;

	PgLinkEndCopy(s->link);
	peek->reading = false;
	peek->read_at = GetCurrentTimestamp();
	if (peek->changes < Limit(s))
		s->reached = Max(s->reached, peek->upto);
	else
		peek->holds = true;
}

/* More, unless what has come must land first. */
static void
ReadOn(ChangeStream *s)
{
	Peek	   *peek = s->peek;

	if (peek->holds ||
		!TimestampDifferenceExceeds(peek->read_at, GetCurrentTimestamp(), POLL_MS))
		return;
	if (!Read(s))
		StreamReport(s, NULL);
}

static const char *
Decoded(Peek *peek, const char *message, int *len)
{
	int			digits = *len;

	while (digits > 0 && message[digits - 1] == '\n')
		digits--;
	resetStringInfo(&peek->change);
	enlargeStringInfo(&peek->change, digits / 2 + 1);
	*len = (int) hex_decode(message, digits, peek->change.data);
	return peek->change.data;
}

/* Of a transaction that has landed, tables are described for all others. */
static bool
Skips(ChangeStream *s, const char *change, int len)
{
	Peek	   *peek = s->peek;
	OutputReader r = {change, change + len};
	uint8		kind = OutputByte(&r);

	if (kind == 'B')
		peek->skipping = OutputBeginRead(&r).commit < s->landed;
	peek->holds |= !peek->skipping;
	return peek->skipping && strchr("BCR", kind) == NULL;
}

static const char *
Next(ChangeStream *s, int *len)
{
	Peek	   *peek = s->peek;

	if (!peek->reading)
		ReadOn(s);
	while (peek->reading)
	{
		bool		ended;
		const char *message = PgLinkMessage(s->link, len, &ended);
		const char *change;

		if (ended)
		{
			EndRead(s);
			return NULL;
		}
		if (message == NULL)
			return NULL;
		peek->changes++;
		change = Decoded(peek, message, len);
		if (!Skips(s, change, *len))
			return change;
	}
	return NULL;
}

static void
Wait(ChangeStream *s, long milliseconds, long silence)
{
	(void) PgLinkWait(s->link, milliseconds);
}

/* A result that is being read goes on. */
static void
Confirm(ChangeStream *s)
{
	Peek	   *peek = s->peek;

	if (peek->reading)
		return;
	(void) Advance(s);
	peek->holds = false;
	peek->read_at = 0;
}

static bool
Pauses(const ChangeStream *s)
{
	return !s->peek->reading && s->peek->holds;
}

const StreamMethod PeekMethod = {
	.begin = Begin,
	.next = Next,
	.wait = Wait,
	.confirm = Confirm,
	.pauses = Pauses,
};

/*
 * stream_protocol.c
 *	  Receive changes by the protocol of streaming replication, and report progress.
 *
 * Only what has landed is reported as flushed. While rows land nobody answers the server, so its
 * timeout is switched off for this connection, and keepalives of TCP notice when a side is gone.
 */
#include "base/compat.h"
#include "source/logical/change_stream_private.h"

#include "port/pg_bswap.h"
#include "source/logical/pgoutput.h"
#include "source/logical/slot.h"
#include "utils/timestamp.h"

/* How often the server hears of us while it has nothing to say. */
#define STATUS_MS	10000

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

	if (s->told_at == 0)
		TakeSettings(link);
	s->told_at = GetCurrentTimestamp();
	return PgLinkTry(link, command) != NULL;
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

static void
Confirm(ChangeStream *s)
{
	SendStatus(s, false);
}

/* ---- receiving ---- */

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

/* The change of a message, or NULL. */
static const char *
ChangeOf(ChangeStream *s, const char *message, int *len)
{
	OutputReader r = {message, message + *len};
	uint8		kind = OutputByte(&r);

	if (kind == 'k')
		TakeKeepalive(s, &r);
	if (kind != 'w')
		return NULL;
	(void) OutputInt64(&r);
	(void) OutputInt64(&r);
	(void) OutputInt64(&r);
	*len = (int) (r.end - r.at);
	return r.at;
}

static const char *
Next(ChangeStream *s, int *len)
{
	for (;;)
	{
		bool		ended;
		const char *message = PgLinkMessage(s->link, len, &ended);
		const char *change;

		if (ended)
			PgLinkEndCopy(s->link);
		if (message == NULL)
			return NULL;
		change = ChangeOf(s, message, len);
		if (change != NULL)
			return change;
	}
}

static void
Wait(ChangeStream *s, long milliseconds, long silence)
{
	if (PgLinkWait(s->link, s->asked ? milliseconds : Min(milliseconds, silence)))
		return;
	if (TimestampDifferenceExceeds(s->told_at, GetCurrentTimestamp(), s->asked ? STATUS_MS : silence))
		SendStatus(s, true);
}

/* It goes on by itself. */
static bool
Pauses(const ChangeStream *s)
{
	return false;
}

const StreamMethod ProtocolMethod = {
	.begin = Begin,
	.next = Next,
	.wait = Wait,
	.confirm = Confirm,
	.pauses = Pauses,
};

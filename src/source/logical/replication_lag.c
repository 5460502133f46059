/*
 * replication_lag.c
 *	  How far the server is ahead of what has landed, and what it keeps for the slot.
 */
#include "base/compat.h"
#include "source/logical/replication_lag.h"

#include "source/logical/pg_link.h"
#include "source/logical/slot.h"
#include "source/logical/stream_position.h"
#include "utils/builtins.h"

#define LAG_SQL \
	"SELECT " WAL_END_SQL("pg_current_wal_flush_lsn") ", s.slot_name, s.restart_lsn, s.active, %s" \
	" FROM (VALUES (1)) one LEFT JOIN pg_replication_slots s ON s.slot_name = %s"

/* status is that of the slot's WAL; NULL where the server does not know it. */
static const char *
StateOf(const PGresult *r, const StreamPosition *position, bool has_landed)
{
	const char *status = PgLinkValue(r, 0, 4);

	if (PgLinkValue(r, 0, 1) == NULL)
		return has_landed && !position->is_creating ? "missing" : "new";
	if (status != NULL && strcmp(status, "lost") == 0)
		return "lost";
	if (position->is_loading)
		return "loading";
	if (PgLinkIsTrue(r, 0, 3))
		return "active";
	return status != NULL && strcmp(status, "unreserved") == 0 ? "unreserved" : "idle";
}

void
ReplicationLag(const SourceDefinition *def, const char *text, SourceLag *lag)
{
	const LogicalSource *source = def->own;
	StreamPosition position = StreamPositionRead(text);
	PgLink	   *link = PgLinkOpen(def, false);
	PGresult   *r = PgLinkRun(link, psprintf(LAG_SQL, PgLinkVersion(link) >= 130000 ?
											 "s.wal_status" : "NULL",
											 PgLinkLiteral(link, source->slot)));
	XLogRecPtr	wal_end = LsnOf(PgLinkValue(r, 0, 0));
	XLogRecPtr	kept_from = LsnOf(PgLinkValue(r, 0, 2));

	lag->name = pstrdup(source->slot);
	lag->state = StateOf(r, &position, text != NULL);
	lag->has_bytes = position.lsn != InvalidXLogRecPtr;
	lag->bytes = wal_end > position.lsn ? (int64) (wal_end - position.lsn) : 0;
	lag->has_retained = kept_from != InvalidXLogRecPtr;
	lag->retained = wal_end > kept_from ? (int64) (wal_end - kept_from) : 0;
	PgLinkClose(link);
}

/*
 * slot.h
 *	  The replication slot and the publication on the server, and what can be wrong with them.
 */
#ifndef ELT_SOURCE_LOGICAL_SLOT_H
#define ELT_SOURCE_LOGICAL_SLOT_H

#include "postgres.h"
#include "access/xlogdefs.h"
#include "source/logical/pg_link.h"

typedef struct SlotFacts
{
	bool		exists;
	XLogRecPtr	confirmed;		/* changes before it cannot be read again */
	XLogRecPtr	kept_from;		/* WAL that the server keeps for it */
} SlotFacts;

/* Raise an error when it cannot be read from. */
extern SlotFacts SlotLook(PgLink *link, const SourceDefinition *def);

/* Raise an error unless changes from there on can be read: from is where the pipeline has landed. */
extern void SlotCheckPosition(const SourceDefinition *def, const SlotFacts *slot, XLogRecPtr from,
							  XLogRecPtr wal_end);

/* Warn when the server keeps more WAL for it than option max_lag permits. */
extern void SlotWarnOfLag(const SourceDefinition *def, const SlotFacts *slot, XLogRecPtr wal_end);

/*
 * Create it; returns where it begins. *snapshot is the name of what is there before, or NULL where only
 * the protocol of replication tells it.
 */
extern XLogRecPtr SlotCreate(PgLink *link, const SourceDefinition *def, char **snapshot);

/* What has to be done on the server, and here, to begin again; drop: the slot is still there. */
extern char *SlotAgainHint(const SourceDefinition *def, bool drop);

/* The columns (char *) by which the server tells rows of the table apart; NIL: it has none. */
extern List *IdentityColumns(PgLink *link, const SourceDefinition *def, bool *full);
/* Condition of the publication for its rows, or NULL. */
extern char *PublishedRows(PgLink *link, const SourceDefinition *def);

/* Raise an error unless the publication has the table, with what changes of rows need. */
extern void PublicationCheck(PgLink *link, const SourceDefinition *def);

/* Where its WAL ends; function tells it on a server that is not a standby. */
#define WAL_END_SQL(function) \
	"CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE " function "() END"

/* "0/16B3748", as pg_lsn writes and reads it. */
extern char *LsnText(XLogRecPtr lsn);
extern XLogRecPtr LsnOf(const char *text);

#endif

/*
 * ledger.h
 *	  The ledger of partitions: the state of each is a row of elt_catalog.partition.
 */
#ifndef ELT_PARTITION_LEDGER_H
#define ELT_PARTITION_LEDGER_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "partition/parts.h"
#include "partition/policy.h"

typedef struct LedgerRow
{
	Part		part;			/* relid is invalid when its table is gone */
	char	   *name;
	bool		attached;		/* it is a partition of the table, whatever is recorded */
	char	   *state;
	TimestampTz created_at;
	List	   *actions;		/* char *, of the chain, that are done */
	char	   *action;			/* the one that has begun, or NULL */
	char	   *step;			/* its last step that is done, or NULL */
	char	   *archive_server; /* where an archive is, or is being made; or NULL */
	char	   *archive_path;
	char	   *archive_names;	/* fields of the archive by columns of other names, jsonb text; or NULL */
	char	   *archive_proof;	/* what its rows are known by (archive_proof.h), jsonb text; or NULL */
	Oid			archived_as;	/* foreign table of the archive; invalid: there is none */
	int64		archived_rows;	/* that are in the archive alone; -1: none are */
	char	   *compression;	/* how it is compressed (compression.h), or NULL */
} LedgerRow;

/* The row of an attached partition; one that was made by others has none yet, and is made up. */
extern LedgerRow *LedgerOf(Oid relation, const Part *part);
/* Rows (LedgerRow *) of partitions that have left the table, but not for good. */
extern List *LedgerLeft(Oid relation);
/* Rows (LedgerRow *) of partitions that are packed. */
extern List *LedgerPacked(Oid relation);
/* That of a packed partition by its foreign table, and its table; or NULL. */
extern LedgerRow *LedgerOfPacked(Oid foreign, Oid *relation);
/* Rows (LedgerRow *) whose archives are complete. */
extern List *LedgerArchived(Oid relation);
/*
 * Rows (LedgerRow *) whose tables leave the table, or have left it by a chain with these actions (char *),
 * are in no archive, and are not to be dropped.
 */
extern List *LedgerLeaving(Oid relation, List *actions);
/* That row as it is now, or NULL. */
extern LedgerRow *LedgerAgain(Oid relation, const LedgerRow *row);
/*
 * Since when a partition of numbers has been full, at the latest: one is made when numbers come within
 * premake partitions of it. Infinity when it may not be full.
 */
extern TimestampTz LedgerFilledAt(Oid relation, const Part *part, int premake);

/* Rows (LedgerRow *) that retention has dropped, and whose archives are still there. */
extern List *LedgerWithoutNeed(Oid relation);
/* Is the file an archive of a row of any table, or of that table, or meant to become it? */
extern bool LedgerHasArchive(const char *server, const char *path);
extern bool LedgerNamesArchive(Oid relation, const char *server, const char *path);
/* A partition has been made, or removed at once. Its name may be that of one which is in an archive. */
extern void LedgerWrite(Oid relation, const char *name, const Part *part, const char *state);
/* Write state, actions, action and step, and that nothing failed. */
extern void LedgerSave(Oid relation, const LedgerRow *row);
/* Why it could not go on, or is held; NULL: it is not. */
extern void LedgerFail(Oid relation, const LedgerRow *row, const char *error, const char *held);

#endif

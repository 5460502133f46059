/*
 * archive_proof.h
 *	  What the rows of an archive are known by when its file is read again.
 */
#ifndef ELT_PARTITION_ARCHIVE_PROOF_H
#define ELT_PARTITION_ARCHIVE_PROOF_H

#include "postgres.h"
#include "partition/ledger.h"
#include "sink/archive.h"

/* Of rows that have been verified, jsonb text; NULL when their hash may change by itself. */
extern char *ArchiveProofOf(Oid relation, const ArchivedRows *rows);
/* False when the file has other rows. For the table's owner. */
extern bool ArchiveProofHolds(Oid relation, const LedgerRow *row);

#endif

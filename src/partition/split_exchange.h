/*
 * split_exchange.h
 *	  Put the copies of a partition in its place, or remove them.
 */
#ifndef ELT_PARTITION_SPLIT_EXCHANGE_H
#define ELT_PARTITION_SPLIT_EXCHANGE_H

#include "postgres.h"
#include "partition/split_state.h"

/* What the copies would be wrong for if it changed: the file and the columns of the partition. */
extern char *SplitDefinition(Oid source);
/* Error when something refers to the partition itself, or has no place in what replaces it. */
extern void SplitCheckNothingBlocks(Oid relation, Oid source);

/* Analyze the copies. */
extern void SplitAnalyze(const Split *split);
/*
 * Wait until no transaction is left whose snapshot is older than the last copied row: reading the copies
 * it would miss rows. Waits for each at most elt.detach_timeout, and blocks nobody.
 */
extern void SplitWaitForReaders(void);
/*
 * In the place of the partition, which is dropped; the table is locked exclusively until the transaction
 * ends. Returns false when others have written so much meanwhile that it must be copied first.
 */
extern bool SplitExchange(Split *split, int64 most_changes);
/* Dissolve one of the groups into partitions of the table. */
extern void SplitDissolve(Split *split, Oid group);
/* Remove one of the groups, and when none is left the rest. True when that is done. */
extern bool SplitUndo(Split *split);

#endif

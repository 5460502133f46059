/*
 * change_commit.h
 *	  What a transaction has logged, and what becomes of it when it commits.
 */
#ifndef ELT_CHANGE_CHANGE_COMMIT_H
#define ELT_CHANGE_CHANGE_COMMIT_H

#include "postgres.h"
#include "catalog/change_log.h"

/* What a statement has logged before, by another of its triggers or by theirs. */
typedef struct StatementChanges
{
	int64		begin;			/* its own changes have greater numbers */
	bool		is_first;		/* it has none yet */
	int64		nested;			/* after it, before begin: those of statements within it; 0: none */
} StatementChanges;

/*
 * The number that stands for this transaction in the log; the numbers of its changes, which are drawn
 * afterwards, are greater. Readers pass over none of them until it ends.
 */
extern int64 ChangeCommitId(const ChangeLog *log);
/* A statement logs changes of a kind (a bit). */
extern StatementChanges ChangesOfStatement(const ChangeLog *log, int kind);
/* Has this transaction changed the target? */
extern bool ChangedHere(Oid relation);
/* The run that lands from now on, until the transaction ends; 0: none. */
extern void ChangesAreOfRun(int64 run_id);
extern int64 RunOfChanges(void);
/*
 * The greatest number up to which no change can still be committed; those behind it wait for the
 * transactions that have begun to log.
 */
extern int64 SettledChange(const ChangeLog *log);

#endif

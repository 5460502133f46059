/*
 * check.h
 *	  Evaluate checks over staged rows and act on the rows that violate them.
 *
 * Runs in the landing transaction, before the merge. A failed verdict is an outcome: the
 * caller commits results and rejects without merging.
 */
#ifndef ELT_CHECK_CHECK_H
#define ELT_CHECK_CHECK_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/staged.h"
#include "check/quarantine.h"

typedef struct CheckVerdict
{
	int64		quarantined;	/* rows moved to quarantine, out of the staging table */
	int64		dropped;		/* rows deleted from the staging table */
	bool		failed;			/* the batch must not merge */
	int			sqlstate;		/* of a failed verdict ... */
	char	   *message;		/* ... check "x" failed for 3 of 96 rows */
} CheckVerdict;

/* Set the verdicts of scanned checks on a batch of so many rows. */
extern void ChecksJudge(const Pipeline *p, List *checks, int64 rows);

/*
 * Evaluate every check once per staged row and act on the rows that violate one. The verdict
 * fails when a 'fail' check is violated, or when more than max_reject_percent of the batch would
 * be quarantined; then no row is removed from the batch.
 */
extern CheckVerdict ChecksApply(const Pipeline *p, const StagedBatch *batch, bool refused);

/* The same verdict without changes; taken (of Breach) receives the rows that would be removed. */
extern CheckVerdict ChecksLook(const Pipeline *p, const StagedBatch *batch, BadRows **taken);

#endif

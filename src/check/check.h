/*
 * check.h
 *	  Checks over staged rows, and what becomes of the rows that break them.
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

/*
 * Evaluate every check once per staged row and act on the rows that break one. The verdict fails
 * when a 'fail' check was broken, or when more than max_reject_percent of the batch would be in
 * quarantine; a batch that is refused anyway stays whole.
 */
extern CheckVerdict ChecksApply(const Pipeline *p, const StagedBatch *batch, bool refused);

/* The same verdict, read only; taken (of Breach) are the rows that would leave the batch. */
extern CheckVerdict ChecksLook(const Pipeline *p, const StagedBatch *batch, BadRows **taken);

#endif

/*
 * reject_overflow.h
 *	  Rejects of which only the number is known.
 *
 * Of one check or reason a batch keeps no more than max_rejects_kept. How many more there were is
 * kept by slice, until the slice lands again.
 */
#ifndef ELT_CATALOG_REJECT_OVERFLOW_H
#define ELT_CATALOG_REJECT_OVERFLOW_H

#include "postgres.h"
#include "catalog/staged.h"

/* Forget what this very batch has counted, should it land once more. */
extern void OverflowForget(const Pipeline *p, const StagedBatch *batch);
/* Those of slices that have landed again, or were asked again in vain, need nobody any more. */
extern void OverflowSettle(const Pipeline *p, const StagedBatch *batch, bool landed);
/* Those of a pipeline that nobody will land. */
extern void OverflowDiscard(const Pipeline *p);

/* Count staged rejects that are not kept; returns how many. */
extern int64 OverflowCountStaged(const Pipeline *p, const StagedBatch *batch);
/*
 * Count rows of the batch that are not kept: of so many rows with this _loaded_at (text) and
 * reason. Each list has a member for each kind of row.
 */
extern void OverflowCount(const Pipeline *p, int64 run_id, int32 batch, const char *stage,
						  List *loaded_at, List *reasons, List *rows);
/* Tell whoever runs it that so many rejects are not kept. */
extern void OverflowWarn(const Pipeline *p, int64 rows);

#endif

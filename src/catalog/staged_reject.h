/*
 * staged_reject.h
 *	  Rejects of a staged batch, and what becomes of those of earlier attempts at its slices.
 */
#ifndef ELT_CATALOG_STAGED_REJECT_H
#define ELT_CATALOG_STAGED_REJECT_H

#include "postgres.h"
#include "catalog/staged.h"

/* Has decoding refused anything that is staged? */
extern bool StagedHasRejects(const Pipeline *p);
/* Forget what this very batch has left in quarantine, should it land once more. */
extern void StagedForgetRejects(const Pipeline *p, const StagedBatch *batch);
/*
 * When all rejects of the batch are there: those of earlier attempts at its slices are superseded
 * by what landed, or replaced by what did not; those that came once more are joined with the new
 * ones.
 */
extern void StagedSettleRejects(const Pipeline *p, const StagedBatch *batch, bool landed);
/* Count in its slices the rows that checks and merge have put into quarantine. */
extern void StagedCountRejects(const Pipeline *p, const StagedBatch *batch);
/* Copy staged rejects into quarantine; returns how many. */
extern int64 StagedQuarantine(const Pipeline *p, const StagedBatch *batch);

#endif

/*
 * pull_batch.h
 *	  Stage one slice after the other, each in a transaction.
 */
#ifndef ELT_PIPELINE_PULL_BATCH_H
#define ELT_PIPELINE_PULL_BATCH_H

#include "postgres.h"
#include "pipeline/execution.h"

/* Begin the staging of a batch whose fields are tracked; the argument is an Execution. */
extern void BatchBeginStaging(void *arg);
/* Stage the slice at hand, or the next part of it. */
extern void BatchStageSlice(void *arg);
/* All of the batch is staged. */
extern void BatchCompleteStaging(void *arg);

#endif

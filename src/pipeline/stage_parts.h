/*
 * stage_parts.h
 *	  Stage slices of sources that do so by their own statements.
 */
#ifndef ELT_PIPELINE_STAGE_PARTS_H
#define ELT_PIPELINE_STAGE_PARTS_H

#include "postgres.h"
#include "pipeline/execution.h"

/*
 * Stage the next rows of the slice at hand, as the pipeline's owner: those that the batch has room
 * for after taken others of it. Adds them to staged. False after the last row.
 */
extern bool StagePart(Execution *e, int64 taken, SliceParts *staged);

/* Wait until rows can be read without missing some that appear later; commits. */
extern ErrorData *SettleSource(Execution *e);

#endif

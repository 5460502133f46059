/*
 * slice_parts.h
 *	  A slice that is staged part by part, each in a transaction of its own.
 *
 * Parts are nothing until the slice is recorded: a batch whose slice has not ended is not complete,
 * and what is staged of one that fails, or is begun anew, is taken back.
 */
#ifndef ELT_PIPELINE_SLICE_PARTS_H
#define ELT_PIPELINE_SLICE_PARTS_H

#include "pipeline/execution.h"

/* Nothing is staged of the slice that comes next. */
extern void PartsBegin(Execution *e);
/* Do the parts that are staged count no more, now that the next one has come? */
extern bool PartsAreVoid(const Execution *e);
/* Take their rows and rejects back; in a transaction. */
extern void PartsForget(const Execution *e);
/* What checks and fields have counted along since the slice began stands, or does not. */
extern void PartsEndCounts(Execution *e, bool kept);
/* Nobody wants the slice any more: take back what is staged of it, and commit; NULL or an error. */
extern ErrorData *PartsGiveUp(Execution *e);
/* Tell progress what has been staged, and what it took, since it was told last. */
extern void PartsTell(Execution *e);

#endif

/*
 * batch_bounds.h
 *	  Limits on the size of a batch.
 */
#ifndef ELT_PIPELINE_BATCH_BOUNDS_H
#define ELT_PIPELINE_BATCH_BOUNDS_H

#include "postgres.h"
#include "pipeline/execution.h"

extern void BatchBoundsInit(void);

extern void BatchBegin(Execution *e);

/* Shall the batch, with so many rows more, land before another slice is staged? */
extern bool BatchIsFull(const Execution *e, int64 rows);

#endif

/*
 * family_rows.h
 *	  Staged rows of a slice, of the pipeline that runs or of a child.
 */
#ifndef ELT_PIPELINE_FAMILY_ROWS_H
#define ELT_PIPELINE_FAMILY_ROWS_H

#include "pipeline/execution.h"

/*
 * Write decoded rows of the slice at hand, whose first reject is kept unless there is one; returns
 * how many rows and rejects they are.
 */
extern int64 FamilyRowsWrite(const Execution *e, StageWriter *writer, RowBatch *rows,
							 char **first_reject);

/* Take back what is staged of the slice for p, in a transaction. */
extern void FamilyRowsForget(const Execution *e, const Pipeline *p, const StageCounts *counts);

#endif

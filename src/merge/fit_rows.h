/*
 * fit_rows.h
 *	  Merge the rows of a batch that fit into the target.
 */
#ifndef ELT_MERGE_FIT_ROWS_H
#define ELT_MERGE_FIT_ROWS_H

#include "postgres.h"
#include "catalog/run.h"
#include "merge/shape.h"

/*
 * As MergeBatch, except that rows which constraints, domains, triggers or partitions of the target
 * refuse go to quarantine. Raises the error where more than 1,000 are, or what fails is not a row.
 */
extern void MergeFitRows(const MergeShape *shape, int64 run_id, MergeCounts *counts);

#endif

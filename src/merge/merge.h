/*
 * merge.h
 *	  Merge a staged batch into its target, by strategy.
 *
 * Every strategy compares the staged rows with the target in one join; only rows that differ are
 * written.
 */
#ifndef ELT_MERGE_MERGE_H
#define ELT_MERGE_MERGE_H

#include "postgres.h"
#include "catalog/run.h"
#include "merge/shape.h"

/*
 * Land the staged rows of a run in the target and add what became of them to counts. After
 * MergeBegin.
 */
extern void MergeBatch(const MergeShape *shape, int64 run_id, MergeCounts *counts);

#endif

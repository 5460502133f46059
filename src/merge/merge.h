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
#include "catalog/pipeline.h"
#include "catalog/run.h"
#include "source/definition.h"

/*
 * Land the staged rows of a run in the target and add what became of them to counts. Merges
 * into one target take turns: the lock is held until the transaction ends.
 */
extern void MergeBatch(const Pipeline *p, const SourceDefinition *source, int64 run_id,
					   MergeCounts *counts);

#endif

/*
 * replace_differing.h
 *	  Replace rows by their keys, when no key repeats: find what differs, and write only that.
 */
#ifndef ELT_MERGE_REPLACE_DIFFERING_H
#define ELT_MERGE_REPLACE_DIFFERING_H

#include "postgres.h"
#include "catalog/run.h"
#include "merge/batch.h"
#include "merge/replaced.h"

extern bool ReplaceDifferingFits(const MergeShape *shape, const BatchFacts *facts);
extern char *ReplaceDifferingSql(const MergeShape *shape, const BatchFacts *facts);
extern void ReplaceDifferingLand(const MergeShape *shape, const BatchFacts *facts,
								 MergeCounts *counts);

#endif

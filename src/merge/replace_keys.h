/*
 * replace_keys.h
 *	  Replace rows by their keys.
 */
#ifndef ELT_MERGE_REPLACE_KEYS_H
#define ELT_MERGE_REPLACE_KEYS_H

#include "postgres.h"
#include "catalog/run.h"
#include "merge/batch.h"
#include "merge/replaced.h"

/* As the functions of a strategy. */
extern char *ReplaceKeysSql(const MergeShape *shape, const BatchFacts *facts);
extern void ReplaceKeysLand(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts);
extern char *ReplaceKeysRemoved(const MergeShape *shape);
extern char *ReplaceKeysPreview(const MergeShape *shape, const Replaced *r);

#endif

/*
 * strategy.h
 *	  The strategies of a merge; each writes its statement and reads what it returns.
 */
#ifndef ELT_MERGE_STRATEGY_H
#define ELT_MERGE_STRATEGY_H

#include "postgres.h"
#include "catalog/run.h"
#include "merge/batch.h"
#include "merge/shape.h"

typedef struct MergeStrategy
{
	const char *name;
	/* MergeSetting *, under which it is planned */
	List	   *(*settings) (const MergeShape *shape, const BatchFacts *facts);
	/* the statement that classifies and writes */
	char	   *(*sql) (const MergeShape *shape, const BatchFacts *facts);
	/* run it and add what became of the rows to counts */
	void		(*land) (const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts);
} MergeStrategy;

extern const MergeStrategy UpsertStrategy;
extern const MergeStrategy Scd2Strategy;

#endif

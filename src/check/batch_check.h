/*
 * batch_check.h
 *	  Checks of a staged batch as a whole: a measure, and conditions on its value.
 */
#ifndef ELT_CHECK_BATCH_CHECK_H
#define ELT_CHECK_BATCH_CHECK_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/staged.h"
#include "check/measure.h"

typedef struct BatchCheck
{
	char	   *name;
	char	   *expression;
	char	   *warn_if;		/* NULL: it never warns */
	char	   *fail_if;		/* NULL: it never refuses the batch */
	Measure    *measure;

	/* found in a batch */
	char	   *value;			/* a number; NULL: none */
	char	   *evidence;		/* JSON, for later batches; NULL: none */
	char	   *message;		/* why there is no value, or what is wrong with it; or NULL */
	const char *verdict;		/* passed, warned, failed or unknown */
} BatchCheck;

/* Those of a pipeline (BatchCheck *), by name. */
extern List *BatchChecksOf(const Pipeline *p);
extern const char *BatchCheckAction(const BatchCheck *check);
/* Raise an error unless all can still be evaluated. */
extern void BatchChecksVerify(const Pipeline *p);

/* Is every run of the pipeline, with its children, to be judged as one batch? */
extern bool BatchChecksJudgeRuns(const Pipeline *p);

/* Refuse a continuous schedule: where it has checks of runs, a run must have an end. */
extern void BatchChecksNeedEnd(const Pipeline *p);

/* Evaluate them for the staged batch. */
extern void BatchChecksMeasure(const Pipeline *p, const StagedBatch *batch, List *checks);
/* The message of the first that refuses the batch, or NULL. */
extern char *BatchChecksFailure(List *checks);
/* The same, with results recorded and warnings issued. */
extern char *BatchChecksApply(const Pipeline *p, const StagedBatch *batch);

#endif

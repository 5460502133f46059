/*
 * child_load.h
 *	  Stage the rows of children from the pages of the pipeline that runs.
 *
 * Each page is decoded for all of them at once. A child that cannot be read together with its parent
 * decodes it once more. All rows of a slice are staged in the transactions of that slice. What the
 * steps of a run do for the pipeline itself, these functions do for its children.
 */
#ifndef ELT_PIPELINE_CHILD_LOAD_H
#define ELT_PIPELINE_CHILD_LOAD_H

#include "pipeline/execution.h"

typedef struct ChildLoad
{
	Execution  *execution;
	Pipeline   *pipeline;
	SourceDefinition *source;
	struct ChildLoad *parent;	/* NULL: the pipeline that runs */
	Decoder    *decoder;
	bool		is_attached;	/* to the parent's: it reads no page of its own */
	struct Computed *computed;	/* columns with an expression, or NULL */
	RowBatch   *rows;
	TimeRange	range;
	const char **params;		/* of the slice at hand */
	int64		records;		/* numbered so far */
	int64		taken;			/* rows and rejects of the page at hand */
	NativeChecks *checks;		/* of the batch at hand; NULL: none is native */
	StageWriter *writer;
	struct BatchFields *fields;
	StageCounts staged;			/* of the slice at hand, by transactions that are over too */
	StageCounts staging;		/* the same with the one at hand */
	char	   *first_reject;	/* its message, or NULL; in the batch's context */
} ChildLoad;

/* Read their definitions; error unless they can be read from what the pipeline requests. */
extern void ChildrenRead(Execution *e);
/* Error unless their targets, checks and owners are still in order. */
extern void ChildrenVerify(Execution *e);
/* Let the pull of the run bring them too. */
extern void ChildrenAttach(Execution *e);
/* Which times their rows may have. */
extern void ChildrenPlan(Execution *e);

/* Begin to stage a batch, and complete it. */
extern void ChildrenBegin(Execution *e);
extern void ChildrenComplete(Execution *e);

/* Begin or continue a slice; continued: an earlier batch has its first pages. */
extern void ChildrenOpenSlice(Execution *e, bool continued);
/* Begin a page, before the pipeline's own records of it are read. */
extern void ChildrenOpenPage(Execution *e);
/* Stage the rest of their records of the page that has just been read; returns how many it has. */
extern int64 ChildrenAddPage(Execution *e);
/* The end of what this transaction has of the slice. */
extern void ChildrenCloseSlice(Execution *e);
/* The slice is whole; result is that of the pipeline's own rows. */
extern void ChildrenRecordSlice(Execution *e, const SliceResult *result);
/* What was staged of the slice at hand stands, unless the transaction fails. */
extern void ChildrenKeepStaged(Execution *e);

/* Nothing is staged of the slice that comes next. */
extern void ChildrenResetSlice(Execution *e);
/* Take back what earlier transactions have staged of the slice. */
extern void ChildrenForgetSlice(const Execution *e);
/* See PartsEndCounts. */
extern void ChildrenEndCounts(Execution *e, bool kept);
/* Slices of the pipeline have failed after they were staged: theirs fail too. */
extern void ChildrenFailWithParents(const Execution *e);
/* See StagingGiveBack. */
extern void ChildrenGiveBack(const Execution *e);

#endif

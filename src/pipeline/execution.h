/*
 * execution.h
 *	  State of a run that its steps share.
 *
 * A step commits between its phases and each phase is an Attempt, so a failure comes back as an
 * ErrorData instead of ending the procedure; the run's outcome is then recorded.
 */
#ifndef ELT_PIPELINE_EXECUTION_H
#define ELT_PIPELINE_EXECUTION_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/run.h"
#include "catalog/staged.h"
#include "load/writer.h"
#include "portability/instr_time.h"
#include "source/definition.h"
#include "source/slice_reader.h"

struct BatchFields;

/* What is staged of a slice. */
typedef struct SliceParts
{
	StageCounts counts;
	const Slice *slice;
	char	   *first_reject;	/* its message, or NULL; in the batch's context */
} SliceParts;

#define NO_SLICE_PARTS ((SliceParts) {NO_STAGE_COUNTS})

typedef struct Execution
{
	Pipeline   *pipeline;
	Run		   *run;
	SourceDefinition *source;
	List	   *parents;		/* Parent *, whose changes its source is restricted to; else NIL */
	char	   *definition;		/* that answers are read under; NULL: none repeats */
	List	   *slices;			/* Slice *, due in this run, in the order of asking */
	TimestampTz horizon;		/* windows that end at or before it are complete */
	TimestampTz settle_until;	/* its files are complete by then, and it waits; 0: it does not */
	bool		has_waited;		/* for that */
	TimeRange	range;			/* what times rows may have */
	NativeChecks *checks;		/* of the batch at hand; NULL: none is native */
	StageWriter *writer;		/* of the batch at hand */
	struct BatchFields *fields; /* that the records of the batch have: fields.h */
	List	   *children;		/* ChildLoad *, each after its parent: child_load.h */
	SliceReader reader;
	RowBatch   *rows;			/* reused from page to page */
	int64		records;		/* numbered so far, where there are children */
	Pull	   *pull;
	TimestampTz loaded_at;		/* _loaded_at of the slice at hand; rises from slice to slice */
	PulledSlice pulled;			/* the slice at hand, or the next part of it */
	bool		in_parts;		/* earlier parts of it are staged: parts.h */
	SliceParts	parts;			/* all of it that is staged */
	int64		told_records;	/* what progress has been told of the slice */
	int64		told_requests;
	int64		told_bytes;
	int64		told_pages;
	bool		midway;			/* the batch ends within it: the rest is the next batch's */
	bool		one_batch;		/* all of the run is one, whatever its size */
	int64		most_records;	/* to read of a page without children; 0: all */
	bool		pulled_all;
	bool		stopped;		/* by elt.cancel: what is complete lands, the rest is due */
	bool		skipped;		/* run_when does not hold */
	bool		left_out;		/* slices that failed before: their pause has not ended */
	bool		yielded;		/* a backfill that makes way: the rest is for later */
	int32		batch;			/* at hand, from 1 */
	int64		batch_rows;		/* read so far: staged or rejected */
	int64		batch_rejected; /* of those */
	int64		child_rows;		/* the same of its children: staged or rejected */
	int64		batch_bytes;
	int64		batch_slices;
	int			lot_slices;		/* staged since the last commit */
	int64		lot_bytes;		/* of those */
	instr_time	batch_began;
	int64		slices_done;
	int64		slices_unchanged;	/* of those */
	int64		slices_failed;
	int64		slices_unproven;	/* whose lists may not be complete; they landed all the same */
	char	   *first_unproven; /* of those: its name, and why */
	int64		requests_logged;
	const char *step;			/* at hand, for messages */
	TimestampTz step_started;
	MergeCounts counts;			/* of all landed batches */
	ErrorData  *slice_error;	/* of the first slice that failed, or NULL */
	TimestampTz wait_until;		/* before that it makes no sense to run again; 0: not told */
	MemoryContext cxt;			/* lives as long as the run */
	MemoryContext batch_cxt;	/* reset between batches */
	MemoryContext slice_cxt;	/* reset between slices */
} Execution;

/* The steps; NULL or the error that ends the run. */
extern ErrorData *PullBatch(Execution *e);
/* How a run ends that elt.cancel has stopped. */
extern ErrorData *StoppedError(const Execution *e);
extern ErrorData *PrepareBatch(Execution *e);
extern ErrorData *LandBatch(Execution *e);

/* Read the source for as long as the run lives; in a transaction, may throw. */
extern void PlanReadSource(Execution *e);
/* Decide what this run asks of it, or that it waits for files first; in a transaction, may throw. */
extern void PlanRun(Execution *e);

/*
 * Which times rows may have in the column by which the target is partitioned, else in this one;
 * 0: any. The source is the one that is requested.
 */
extern TimeRange PlanRangeOf(const Pipeline *p, const SourceDefinition *source,
							 AttrNumber column);

/* Determine the definition for answers before any of it is read, so that later changes count. */
extern void PlanDefinition(Execution *e);
/* Decide whether slices with unchanged answers are skipped; otherwise every slice is staged. */
extern void PlanRecall(Execution *e);

/* The list of the slice at hand may not be complete: its strategy decides whether it lands. */
extern void JudgeUnproven(Execution *e);
/* At the end of the run: report incomplete lists in its detail and to its caller. */
extern void TellUnproven(const Execution *e);

/* In the transaction at hand, when there are enough to be worth it; an error, or NULL. */
extern ErrorData *StoreRequests(Execution *e);
/* At the end of the run: all of them, those of slices that were not handed out too. */
extern void StoreLastRequests(Execution *e);

/* A slice has failed: the run's error is that of the first one. */
extern void NoteSliceFailure(Execution *e, const Slice *slice, const ErrorData *error);

/* An error that a step decides on itself. */
extern ErrorData *StepError(int sqlerrcode, const char *message, const char *detail,
							const char *hint);

#endif

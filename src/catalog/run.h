/*
 * run.h
 *	  Runs and their steps; the only writer of elt_catalog.run and elt_catalog.step.
 *
 *		queued ──► running ──► succeeded | partial | failed | cancelled
 *		   │           └─────► abandoned  (its process died; found by the next one)
 *		   └─────────────────► cancelled
 */
#ifndef ELT_CATALOG_RUN_H
#define ELT_CATALOG_RUN_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "datatype/timestamp.h"

/* What became of the rows of a batch. read is the sum of all the others. */
typedef struct MergeCounts
{
	int64		read;
	int64		inserted;
	int64		updated;
	int64		unchanged;
	int64		deleted;
	int64		stale;			/* older than the stored row */
	int64		duplicate;		/* same key again in the batch */
	int64		conflicting;	/* of those: unlike the row of their key that counts */
	int64		quarantined;	/* parse rejects included */
	int64		dropped;
	int64		pending;		/* deletes that wait for approval; no part of read */
	int64		removed;		/* rows of the target that the load lacks; no part of read */
	int64		ties;			/* rows that differ in spite of an equal sequence; no part of read */
} MergeCounts;

typedef struct Run
{
	int64		id;
	int32		pipeline_id;
	char	   *kind;			/* incremental, full, window, backfill, pull, merge */
	char	   *origin;			/* call, queue, schedule, retry */
	int32		attempt;
	bool		has_window;
	TimestampTz window_from;
	TimestampTz window_to;
	int32		batches;		/* landed by an earlier part of a backfill that yielded */
	bool		goes_on;		/* with what an earlier part, or a run that it repeats, has left */
} Run;

/* The kind of a run of what is new, or of named windows; error when it takes none. */
extern const char *RunKindOf(const Pipeline *p, bool has_window);

/* Start a run in this session, or claim a queued one; state becomes running. */
extern Run *RunStart(int32 pipeline_id, const char *kind, bool has_window,
					 TimestampTz from, TimestampTz to);
extern Run *RunClaim(int64 run_id); /* NULL when it is no longer queued, or locked */
/* A run is another one than was queued. */
extern void RunSetKind(Run *run, const char *kind);
extern int32 RunPipeline(int64 run_id); /* its pipeline's id; error when there is no such run */
/*
 * Queue the next attempt of a failed run that came from the queue, unless it is pointless: not
 * before the given instant, or without one after a delay that grows.
 */
extern void RunRetryLater(const Run *run, const Pipeline *p, const ErrorData *error,
						  TimestampTz not_before);
/* Has the run landed any slice? */
/* Was it queued by a schedule, an order or a change, and not by a person? */
extern bool RunIsAutomatic(const Run *run);
extern bool RunHasLanded(int64 run_id);
extern bool RunHasSucceeded(int64 run_id);

/* Add a landed batch to the run; called in the landing transaction. */
extern void RunAddBatch(int64 run_id, const MergeCounts *counts);
/* Count the rows of a batch that was refused, unless the run has ended: it may land yet. */
extern void RunAddRefused(int64 run_id, int64 read, int64 quarantined);
/* The same two for a child, whose counts are kept apart. */
extern void RunAddChild(int64 run_id, const Pipeline *child, const MergeCounts *counts);
extern void RunAddRefusedChild(int64 run_id, const Pipeline *child, int64 read,
							   int64 quarantined);
/* What a run did for a child. */
typedef struct ChildCounts
{
	char	   *name;
	MergeCounts counts;
} ChildCounts;

/* Of each child (ChildCounts *) for which the run has read a row. */
extern List *RunChildren(int64 run_id);
extern void RunAddStep(int64 run_id, int32 batch, const char *step, TimestampTz started,
					   int64 rows_in, int64 rows_out);
/* Note in this step how often equal sequences did not decide which row is newer. */
extern void RunAddTies(int64 run_id, int32 batch, const char *step, int64 ties);
/* Store a detail of the run's outcome; hint may be NULL. */
extern void RunNote(int64 run_id, const char *detail, const char *hint);
/* Rows that were removed after the run had landed. */
extern void RunAddRemoved(int64 run_id, int64 rows);
/* Record a partition that the run created. */
extern void RunAddPartitions(int64 run_id, List *partitions);	/* char * */
/* Finish; error may be NULL. */
extern void RunFinish(int64 run_id, const char *state, const ErrorData *error);

#endif

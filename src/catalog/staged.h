/*
 * staged.h
 *	  The staged batch's own facts: unlogged like its rows, so that a crash empties both.
 */
#ifndef ELT_CATALOG_STAGED_H
#define ELT_CATALOG_STAGED_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/slice.h"

typedef struct StagedBatch
{
	int64		run_id;
	int32		batch;			/* number within its run, from 1 */
	int64		rows;			/* typed rows in the staging table */
	int64		rejected;		/* rows that could not become typed rows */
	int64		landing;		/* rows and rejects of slices that have not failed */
	int64		undecoded;		/* of those: refused by decoding */
	int64		requests;
	int64		bytes;
	int64		unchanged;		/* slices that were answered as they had landed */
	int64		not_yet;		/* slices that are not published */
	bool		has_windows;	/* among its slices */
	bool		goes_on;		/* a slice of it goes on from a cursor */
	int64		records;		/* that were decoded, refused ones included */
	List	   *missing;		/* char *, declared paths that lead to nothing in all of them */
	char	   *definition;		/* that its answers were read under, or NULL */
} StagedBatch;

/* A check that was evaluated while the batch was loaded. */
typedef struct StagedCheck
{
	int32		rule_id;
	int32		bit;			/* in _failed of the rows that broke it */
	int64		failed;			/* how many those are */
} StagedCheck;

/* The window of a slice that landed or was empty. */
typedef struct StagedWindow
{
	char	   *params;			/* JSON text */
	TimestampTz start;
	TimestampTz end;
	TimestampTz loaded_at;		/* _loaded_at of its staged rows; 0: it has none */
} StagedWindow;

/* A slice that landed or was empty, as proof of what its source has. */
typedef struct StagedAnswer
{
	char	   *params;			/* JSON text */
	TimestampTz loaded_at;		/* _loaded_at of its staged rows; 0: it has none */
	char	   *doubt;			/* why rows that it lacks may be there; NULL: it is complete */
} StagedAnswer;

/* A slice that was still not published, beyond the pipeline's limit. */
typedef struct OverdueSlice
{
	Slice		slice;
	char	   *error;
	int64		count;			/* of all such slices of the batch */
} OverdueSlice;

/* Discard the staged batch and begin batch number batch of a run; definition may be NULL. */
extern void StagedBegin(const Pipeline *p, int64 run_id, int32 batch,
						const char *definition);
/* Record one fetched slice. */
extern void StagedAddSlice(const Pipeline *p, const SliceResult *result);
/* Delete the rejects of a slice that is not recorded yet. */
extern void StagedForgetRejected(const Pipeline *p, const Slice *slice);
/* Record the results of checks during loading (StagedCheck *), in any order. */
extern void StagedAddCheck(const Pipeline *p, const StagedCheck *check);
extern List *StagedChecks(const Pipeline *p);
/* StagedWindow *, by params and start. */
extern List *StagedWindows(const Pipeline *p);
/* StagedAnswer *, in the order in which they came. */
extern List *StagedAnswers(const Pipeline *p);
/* The message of one staged reject, or NULL. */
extern char *StagedFirstReject(const Pipeline *p);
/* Fail slices of which decoding rejected every record with this error; returns how many. */
extern int64 StagedFailUndecoded(const Pipeline *p, const char *sqlstate, const char *error);
/* The slices of a child whose parent has failed after they were staged fail with its error. */
extern void StagedFailWithParent(const Pipeline *child, const Pipeline *parent);
/* Tell staged rejects of a child the keys of their parents, an expression over their rows s. */
extern void StagedNameParents(const Pipeline *child, const Pipeline *parent, const char *key);
/* The same for those that this batch has put into quarantine, whose raw text has columns. */
extern void RejectsNameParents(const Pipeline *child, const Pipeline *parent,
							   const StagedBatch *batch);
/* Record which declared paths (char *) had a value in its records, and which did not. */
extern void StagedSetFields(const Pipeline *p, int64 records, List *present, List *missing,
							const char *sample, const char *new_fields);
/* Fields that no column reads, as JSON; NULL: they were not tracked. */
extern char *StagedNewFields(const Pipeline *p);
/* The batch is complete: only now may it land. */
extern void StagedComplete(const Pipeline *p);
/* The staged batch; NULL when no complete batch is staged. */
extern StagedBatch *StagedRead(const Pipeline *p);
/*
 * Move slices' state and cursors forward; only in the landing transaction, of this run. What the
 * answers carried is kept under answer_key; NULL: it must not be reused.
 */
extern void StagedLand(const Pipeline *p, const StagedBatch *batch, int64 run_id,
					   const char *answer_key);
/* After StagedLand: the first of the slices that it found to be overdue; NULL: there is none. */
extern OverdueSlice *StagedOverdue(const Pipeline *p, const StagedBatch *batch);
extern void StagedForget(const Pipeline *p);

#endif

/*
 * full_load.h
 *	  What a full load requested and received, the last complete load, and deletes that wait for
 *	  approval.
 *
 * The next complete load supersedes the pending deletes of a pipeline. One of changed keys adds to them.
 */
#ifndef ELT_CATALOG_FULL_LOAD_H
#define ELT_CATALOG_FULL_LOAD_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "datatype/timestamp.h"

/* Of the staged batch. */
typedef struct FullLoad
{
	TimestampTz started;		/* before its first request */
	int64		planned;		/* slices */
	int64		landed;			/* of these; those that were empty included */
	int64		failed;
	int64		not_yet;
	char	   *unproven;		/* why the list of one may not be complete; NULL: all are */
	int64		rejected;		/* rows whose key is not known; not those that have expired */
	TimestampTz from;			/* span of its windows; without windows all time */
	TimestampTz to;
	char	   *asked;			/* JSON array of the combinations of params that landed */
	char	   *empty;			/* of those without any row; NULL: there are none */
} FullLoad;

/* A load whose deletes are pending. */
typedef struct PendingLoad
{
	int32		pipeline_id;
	int64		run_id;
	TimestampTz started;
	int64		rows;			/* that it staged */
} PendingLoad;

/* Store the load's number of slices with the new batch. */
extern void FullLoadBegin(const Pipeline *p, int64 slices);
/* Of the staged batch; SPI must be connected. */
extern FullLoad *FullLoadRead(const Pipeline *p);

/*
 * Is the staged batch of a full load? Of a pipeline with full_every some are: its load becomes that
 * of the batch.
 */
extern void FullLoadTake(Pipeline *p);
/* When the run began that has staged the batch; 0: nothing is staged. */
extern TimestampTz LoadStarted(const Pipeline *p);

/* Has the pipeline an interval of full loads, and is it over? */
extern bool FullLoadIsDue(const Pipeline *p);
/* A run of it that is one has landed. */
extern void FullLoadDone(const Pipeline *p, int64 run_id);

/* Rows of the last load whose absent keys are gone; -1: there was none. */
extern int64 CompleteLoadRows(const Pipeline *p);
extern void CompleteLoadSet(const Pipeline *p, int64 run_id, int64 rows);

extern PendingLoad *PendingLoadOf(const Pipeline *p);	/* NULL: none */
extern PendingLoad *PendingLoadOfRun(int64 run_id); /* NULL: none */
/* Store the keys in column _key of a table, beside those that are still pending. */
extern void PendingLoadPut(const Pipeline *p, const PendingLoad *pending, const char *reason,
						   const char *keys);
/* Copy the pending keys to column _key of a table; remove the keys in it from the pending ones. */
extern void PendingKeysCopy(const Pipeline *p, const char *table);
extern void PendingKeysForget(const Pipeline *p, const char *table);
/* Returns how many keys were pending. */
extern int64 PendingLoadForget(const Pipeline *p);

#endif

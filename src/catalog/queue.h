/*
 * queue.h
 *	  Runs that wait for a worker, and what the scheduler does with them.
 *
 *		queued ──► running ──► ...		by RunClaim, in the worker
 *		running ──► abandoned			its process is gone: QueueRepair, which queues a retry
 *		queued ──► queued, later		QueuePostpone; QueueStillborn, a few times
 *		queued ──► cancelled			QueueCancel
 *		running ──► queued				QueueYield: the rest of a backfill
 *
 * SPI must be connected. A run that is locked is skipped until the next time.
 */
#ifndef ELT_CATALOG_QUEUE_H
#define ELT_CATALOG_QUEUE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

typedef struct QueuedRun
{
	int64		id;
	char	   *pipeline;
	bool		beside;			/* it needs none of elt.max_workers: its schedule is continuous */
} QueuedRun;

/* A run as elt.wait and elt.cancel see it. */
typedef struct RunState
{
	int32		pipeline_id;
	char	   *pipeline;
	char	   *state;
	int			pid;			/* 0: none */
	TimestampTz backend_start;
	int64		retried_as;		/* the run that replaces an abandoned one; 0: none */
	char	   *sqlstate;
	char	   *error;
	char	   *detail;
	char	   *hint;
} RunState;

/*
 * Queue a run and return its id, or the id of an equal one that is already queued; if that starts
 * before this transaction commits, QueueFollow adds another. Error when one with a different window is
 * queued; any number of backfills may be queued.
 */
extern int64 QueueAdd(const Pipeline *p, const char *kind, const char *origin,
					  bool has_window, TimestampTz from, TimestampTz to);

/*
 * Queue the run of a slot and return its id. One that waits already stands for this slot too:
 * *coalesced; 0 when that one has a window, so that the slot must wait.
 */
extern int64 QueueAddSlot(int32 pipeline_id, const char *origin, TimestampTz slot,
						  bool *coalesced);

/*
 * Somebody's change has been committed who was given that waiting run: if it has started meanwhile, queue
 * another one like it. False when that must wait, since one for a window is queued.
 */
extern bool QueueFollow(int32 pipeline_id, int64 run_id, bool *queued);

/* Does a run other than a backfill wait? */
extern bool QueueHasWaiting(int32 pipeline_id);
/* Is any run queued, due or not? */
extern bool QueueHasAny(void);

/* What may start now, at most one per pipeline, in order; started: runs that have a worker. */
extern List *QueueDue(const int64 *started, int nstarted);
/* When the next one becomes due, if one does. */
extern bool QueueNextTime(TimestampTz *when);

/*
 * Mark runs abandoned whose process is gone, and queue a retry where the pipeline has attempts
 * left, delayed by delay_ms, doubling. Sets *unsure when a running one is not yet, or no longer,
 * seen at work: look again soon.
 */
extern int	QueueRepair(int delay_ms, bool *unsure);
/*
 * Has the run's process lived since then, and the lock on the pipeline? A run that says
 * "running" without that is over.
 */
extern bool RunIsExecuting(int32 pipeline_id, int pid, TimestampTz backend_start);
/* Does nobody have the queued run locked, to cancel it for example? */
extern bool QueueIsFree(int64 run_id);
/* Start it later: its pipeline is busy. */
extern void QueuePostpone(int64 run_id, int delay_ms);
/*
 * Its worker, started then, ended before the run began: start it later, or fail it after the last
 * attempt.
 */
extern void QueueStillborn(int64 run_id, TimestampTz worker_started_at, int delay_ms);
extern bool QueueCancel(int64 run_id);
/* Queue again what a running run, which is being cancelled, will not do, unless a session called it. */
extern void QueueRest(int64 run_id);
/* One that says "running" and is not. */
extern bool QueueCancelOrphan(int64 run_id);

/*
 * Requeue the rest of a backfill between two batches, to make way for another run of its pipeline.
 */
extern bool QueueLiveRunIsDue(int32 pipeline_id);
extern void QueueYield(int64 run_id);

/* Error when there is no such run. */
extern RunState *RunStateById(int64 run_id);

#endif

/*
 * pool.h
 *	  Run workers: slots for up to elt.max_workers of them in the whole cluster.
 */
#ifndef ELT_WORKER_POOL_H
#define ELT_WORKER_POOL_H

#include "postgres.h"
#include "base/shmem.h"
#include "catalog/queue.h"
#include "datatype/timestamp.h"

#define POOL_MAX_RUNS (2 * MAX_WORKER_SLOTS)

/* In place of the id of a run: the worker maintains the tables of this database. */
#define MAINTENANCE_RUN 0
/* It evaluates and sends the alerts of this database. */
#define ALERT_RUN (-1)
/* It looks for files that have arrived. */
#define FILES_RUN (-2)

/* One use of one slot; a worker finds it in its bgw_extra. */
typedef struct PoolTicket
{
	int			slot;
	uint32		generation;
} PoolTicket;

/* A worker that has ended. */
typedef struct EndedWorker
{
	int64		run_id;
	TimestampTz started_at;
} EndedWorker;

typedef enum StartResult
{
	START_DONE,
	START_NO_SLOT,				/* elt.max_workers are at work: somebody's end wakes us */
	START_NO_PROCESS			/* the server has no process left: try again later */
} StartResult;

extern void PoolInit(void);

/*
 * The scheduler's side. How many workers may be started now, and how many there may be: without those
 * that work beside them, as many again at most.
 */
extern int	PoolRoom(void);
extern int	PoolSize(void);
extern StartResult PoolStart(const QueuedRun *run);
/* Ids of this database's runs that have a worker; ids holds POOL_MAX_RUNS. */
extern int	PoolRuns(int64 *ids);
/* Forget workers that have ended; returns a list of EndedWorker *. */
extern List *PoolReap(void);

/* The worker's side: false when nobody wants the run executed any more. */
extern bool PoolTake(const PoolTicket *ticket, Oid *database, int64 *run_id);
extern void PoolLeave(const PoolTicket *ticket);

/* Is a worker of this database at this run, or not yet gone? */
extern bool PoolHasRun(int64 run_id);

/* End the workers of a database. */
extern void PoolTerminate(Oid database);

#endif

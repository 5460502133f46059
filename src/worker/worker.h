/*
 * worker.h
 *	  The processes: a launcher per cluster, a scheduler per database, a worker per run.
 */
#ifndef ELT_WORKER_WORKER_H
#define ELT_WORKER_WORKER_H

/* Settings, hooks and, when preloaded, the launcher. */
extern void WorkerInit(void);

#endif

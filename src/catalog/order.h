/*
 * order.h
 *	  Pipelines that run after others: option after, and slots that wait for parents.
 *
 * A pipeline with a schedule waits at each slot for what its parents do for their last slots up to
 * then. One without follows: when its parents have succeeded for a later slot than it has run for,
 * it runs for that one. A run without a slot counts as one for the time when it was queued.
 * SPI must be connected.
 */
#ifndef ELT_CATALOG_ORDER_H
#define ELT_CATALOG_ORDER_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

/* Error when a parent does not exist, or the pipeline would wait for itself. */
extern void OrderCheck(const Pipeline *p);
/* Error when another pipeline runs after it. */
extern void OrderCheckDrop(const Pipeline *p);
extern void OrderRename(const char *name, const char *new_name);

/* A slot whose parents are done. */
typedef struct ReadySlot
{
	int32		pipeline_id;
	char	   *pipeline;		/* its name */
	TimestampTz slot;
	bool		waited;			/* it is one of the slots that wait */
} ReadySlot;

/* ReadySlot *, each after those of its parents. */
extern List *OrderReady(void);

/*
 * A slot, and those since first that it stands for, waits for parents: the ids of those that must
 * have succeeded for the same slot, or NIL for what option after says. It takes the place of an
 * earlier one that still waits.
 */
extern void SlotWait(int32 pipeline_id, TimestampTz slot, TimestampTz first, List *parents);
extern bool SlotIsWaiting(int32 pipeline_id);
/* Take it, unless another session has; the run is queued in the same transaction. */
extern bool SlotClaim(const ReadySlot *ready);
/* It waits no more: a run was queued, or another one stands for it. */
extern void SlotGo(const ReadySlot *ready, bool coalesced, int64 run_id);

#endif

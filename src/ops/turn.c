/*
 * turn.c
 *	  From what parents have done, and what elt.enqueue_on_change has seen, to queued runs.
 */
#include "base/compat.h"
#include "ops/turn.h"

#include "base/attempt.h"
#include "base/sql.h"
#include "catalog/order.h"
#include "catalog/queue.h"
#include "catalog/suspension.h"
#include "utils/timestamp.h"

#define LONGEST_WAIT_MS 200

typedef struct Turn
{
	const ReadySlot *ready;
	bool		queued;
} Turn;

static void
TakeTurn(void *arg)
{
	Turn	   *turn = arg;
	bool		coalesced = false;
	int64		run_id;

	if (!SlotClaim(turn->ready))
		return;
	run_id = QueueAddSlot(turn->ready->pipeline_id, "after", turn->ready->slot, &coalesced);
	if (run_id == 0)
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("a run of pipeline %d for a window is queued", turn->ready->pipeline_id)));
	SlotGo(turn->ready, coalesced, run_id);
	turn->queued = !coalesced;
}

static void
TakeChange(void *arg)
{
	Turn	   *turn = arg;
	bool		coalesced = false;
	Sql			q;

	if (QueueAddSlot(turn->ready->pipeline_id, "change", turn->ready->slot, &coalesced) == 0)
		return;
	SqlBegin(&q, "delete from elt_catalog.change where pipeline_id = $1");
	SqlAddInt4(&q, turn->ready->pipeline_id);
	SqlDo(&q, AsCatalog());
	turn->queued = !coalesced;
}

/* A pipeline that somebody has locked has its turn another time. */
static int
Try(void (*take) (void *arg), const ReadySlot *ready)
{
	Turn		turn = {ready};
	ErrorData  *error = AttemptWithin(LONGEST_WAIT_MS, take, &turn);

	if (error != NULL && error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
		ReThrowError(error);
	return error == NULL && turn.queued ? 1 : 0;
}

int
TakeTurns(void)
{
	int			queued = 0;
	ListCell   *lc;

	foreach(lc, OrderReady())
		queued += Try(TakeTurn, lfirst(lc));
	return queued;
}

/* One that was dropped meanwhile leaves nothing behind. */
static List *
ChangedPipelines(void)
{
	List	   *result = NIL;
	Sql			q;

	SqlBeginKept(&q, "select from elt_catalog.change limit 1");
	if (SqlDo(&q, AsCatalog()) == 0)
		return NIL;
	SqlBegin(&q, "with gone as (delete from elt_catalog.change c where not exists"
			 " (select from elt_catalog.pipeline p where p.id = c.pipeline_id))"
			 " select distinct c.pipeline_id from elt_catalog.change c"
			 " join elt_catalog.pipeline p on p.id = c.pipeline_id"
			 " where not " IS_SUSPENDED("p.id") " order by 1");
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		ReadySlot  *ready = palloc0(sizeof(ReadySlot));

		ready->pipeline_id = SqlInt4(&q, i, 1, NULL);
		ready->slot = GetCurrentTimestamp();
		result = lappend(result, ready);
	}
	SqlDone(&q);
	return result;
}

int
TakeChanges(void)
{
	int			queued = 0;
	ListCell   *lc;

	foreach(lc, ChangedPipelines())
		queued += Try(TakeChange, lfirst(lc));
	return queued;
}

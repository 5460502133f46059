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
	int64		run_id;			/* that waited when elt.enqueue was called; 0: none */
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

/* Of a statement, or of the sessions that were given the same waiting run. */
static void
TakeChange(void *arg)
{
	Turn	   *turn = arg;
	bool		coalesced = false;
	Sql			q;

	if (turn->run_id != 0)
	{
		if (!QueueFollow(turn->ready->pipeline_id, turn->run_id, &turn->queued))
			return;
	}
	else if (QueueAddSlot(turn->ready->pipeline_id, "change", turn->ready->slot, &coalesced) == 0)
		return;
	else
		turn->queued = !coalesced;
	SqlBegin(&q, "delete from elt_catalog.change where pipeline_id = $1"
			 " and run_id is not distinct from nullif($2, 0)");
	SqlAddInt4(&q, turn->ready->pipeline_id);
	SqlAddInt8(&q, turn->run_id);
	SqlDo(&q, AsCatalog());
}

/* A pipeline that somebody has locked has its turn another time. */
static int
Try(void (*take) (void *arg), const ReadySlot *ready, int64 run_id)
{
	Turn		turn = {ready, run_id};
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
		queued += Try(TakeTurn, lfirst(lc), 0);
	return queued;
}

static void
ForgetDropped(void)
{
	(void) SqlExec("delete from elt_catalog.change c where not exists"
				   " (select from elt_catalog.pipeline p where p.id = c.pipeline_id)", AsCatalog());
}

/* Of a trigger that counts rows many notes may wait, which each look would read. */
static void
FoldNotes(void)
{
	(void) SqlExec("with folded as (delete from elt_catalog.change where at_least > 0 and pipeline_id in"
				   " (select c.pipeline_id from elt_catalog.change c where c.at_least > 0"
				   " group by c.pipeline_id having count(*) > 100) returning *)"
				   " insert into elt_catalog.change (pipeline_id, changed_at, rows, at_least)"
				   " select pipeline_id, min(changed_at), sum(rows), min(at_least) from folded"
				   " group by pipeline_id", AsCatalog());
}

/*
 * What a statement has changed is worth a run, and what has been counted when it is enough, or when a run
 * waits, which reads it too.
 */
#define IS_WORTH_A_RUN \
	"(min(c.at_least) = 0 or sum(c.rows) >= min(c.at_least)" \
	" or exists (select from elt_catalog.run r where r.pipeline_id = c.pipeline_id" \
	" and r.state = 'queued' and r.kind <> 'backfill'))"

/* Who has called elt.enqueue wants a run of a suspended pipeline too. */
int
TakeChanges(void)
{
	int			queued = 0;
	Sql			q;

	SqlBeginKept(&q, "select from elt_catalog.change limit 1");
	if (SqlDo(&q, AsCatalog()) == 0)
		return 0;
	ForgetDropped();
	FoldNotes();
	SqlBegin(&q, "select c.pipeline_id, coalesce(c.run_id, 0) from elt_catalog.change c"
			 " group by c.pipeline_id, c.run_id having c.run_id is not null"
			 " or " IS_WORTH_A_RUN " and not " IS_SUSPENDED("c.pipeline_id") " order by 1, 2");
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		ReadySlot	ready = {SqlInt4(&q, i, 1, NULL), NULL, GetCurrentTimestamp()};

		queued += Try(TakeChange, &ready, SqlInt8(&q, i, 2, NULL));
	}
	SqlDone(&q);
	return queued;
}

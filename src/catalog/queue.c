/*
 * queue.c
 *	  Statements on queued and running runs that never wait for another transaction.
 */
#include "base/compat.h"
#include "catalog/queue.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "base/lock.h"
#include "base/process.h"
#include "base/progress.h"
#include "base/sql.h"
#include "base/wake.h"
#include "catalog/pg_type.h"
#include "catalog/run_log.h"
#include "catalog/suspension.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/*
 * May the queued run r start as far as time goes? That an instant which has passed lies ahead
 * shows that the clock was put back; what was computed from it is not waited for.
 */
#define IS_TIME_FOR(r) \
	"(" r ".not_before is null or " r ".not_before <= clock_timestamp()" \
	" or " r ".postponed_at > clock_timestamp())"

/* Of run $1, unless somebody has it locked: our processes wait for no other transaction. */
#define FREE_QUEUED_RUN \
	"(select f.id from elt_catalog.run f where f.id = $1 and f.state = 'queued'" \
	" for no key update skip locked)"

/* The id of the run that was queued; 0 when another one waits already. */
static int64
TryInsert(const Pipeline *p, const char *kind, const char *origin, bool has_window,
		  TimestampTz from, TimestampTz to)
{
	static const char *insert =
		"insert into elt_catalog.run (pipeline_id, kind, origin, requested_by, window_from, window_to) "
		"values ($1, $2, $3, $4, $5, $6) "
		"on conflict (pipeline_id) where state = 'queued' and kind <> 'backfill' do nothing "
		"returning id";
	Sql			q;

	SqlBegin(&q, insert);
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, kind);
	SqlAddText(&q, origin);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	SqlAddTimeOrNull(&q, from, !has_window);
	SqlAddTimeOrNull(&q, to, !has_window);
	return SqlDoInt8(&q, AsCatalog());
}

static void
ReportOtherWaits(const Pipeline *p, int64 id)
{
	ereport(ERROR,
			(errcode(ERRCODE_ELT_PIPELINE_BUSY),
			 errmsg("run %lld of pipeline \"%s\" is already queued with a different window",
					(long long) id, p->name),
			 errhint("Wait for it with CALL elt.wait(%lld), or use elt.backfill to queue any "
					 "number of windows.", (long long) id)));
}

/* The waiting run with the same window; 0 when none waits any more. */
static int64
FindWaiting(const Pipeline *p, bool has_window, TimestampTz from, TimestampTz to)
{
	Sql			q;
	int64		id = 0;

	SqlBegin(&q, "select id, window_from is not distinct from $2 "
			 "and window_to is not distinct from $3 from elt_catalog.run "
			 "where pipeline_id = $1 and state = 'queued' and kind <> 'backfill'");
	SqlAddInt4(&q, p->id);
	SqlAddTimeOrNull(&q, from, !has_window);
	SqlAddTimeOrNull(&q, to, !has_window);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		id = SqlInt8(&q, 0, 1, NULL);
		if (!SqlBool(&q, 0, 2))
			ReportOtherWaits(p, id);
	}
	SqlDone(&q);
	return id;
}

/*
 * Who asks for what is new wants all of it, not only what an attempt before has left; a person also
 * wants it when it is suspended.
 */
static void
MakeWhole(int64 run_id, const char *origin)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.run set origin = $2 "
			 "where id = $1 and state = 'queued' and (kind = 'incremental' and origin = 'retry' "
			 "or $2 = 'queue' and origin in ('schedule', 'after', 'change'))");
	SqlAddInt8(&q, run_id);
	SqlAddText(&q, origin);
	SqlDo(&q, AsCatalog());
}

/*
 * The waiting run may start before this transaction commits. It is not locked against that, as sessions
 * that follow one after the other would hold it for ever; the scheduler queues another one behind it.
 */
static void
NoteWaiting(const Pipeline *p, int64 run_id)
{
	Sql			q;

	SqlBeginKept(&q, "insert into elt_catalog.change (pipeline_id, run_id) values ($1, $2)");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	SqlDo(&q, AsCatalog());
}

int64
QueueAdd(const Pipeline *p, const char *kind, const char *origin, bool has_window,
		 TimestampTz from, TimestampTz to)
{
	int64		id = 0;

	PipelineKeep(p);
	/* The one that was in the way may have started in between: then ours is needed. */
	while (id == 0)
	{
		CHECK_FOR_INTERRUPTS();
		id = TryInsert(p, kind, origin, has_window, from, to);
		if (id != 0)
			return id;
		id = FindWaiting(p, has_window, from, to);
	}
	MakeWhole(id, origin);
	NoteWaiting(p, id);
	return id;
}

int64
QueueAddSlot(int32 pipeline_id, const char *origin, TimestampTz slot, bool *coalesced)
{
	Sql			q;
	int64		id = 0;

	SqlBeginKept(&q,
				 "insert into elt_catalog.run as r (pipeline_id, kind, origin, requested_by, slot) "
				 "select p.id, case p.load when 'full' then 'full' else 'incremental' end, $2, $3, $4 "
				 "from elt_catalog.pipeline p where p.id = $1 "
				 "on conflict (pipeline_id) where state = 'queued' and kind <> 'backfill' "
				 "do update set slot = greatest(r.slot, excluded.slot), "
				 "origin = case when r.origin = 'retry' and r.kind = 'incremental' "
				 "then excluded.origin else r.origin end "
				 "where r.window_from is null returning r.id, r.xmax <> 0");
	SqlAddInt4(&q, pipeline_id);
	SqlAddText(&q, origin);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	SqlAddTime(&q, slot);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		id = SqlInt8(&q, 0, 1, NULL);
		*coalesced = SqlBool(&q, 0, 2);
	}
	SqlDone(&q);
	return id;
}

/* It asks for the same windows; of these, as of backfills, any number may be queued. */
static void
QueueWindowAgain(int64 run_id)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.run (pipeline_id, kind, origin, requested_by, window_from,"
			 " window_to) select r.pipeline_id, 'backfill', 'queue', r.requested_by, r.window_from,"
			 " r.window_to from elt_catalog.run r where r.id = $1");
	SqlAddInt8(&q, run_id);
	SqlDo(&q, AsCatalog());
}

bool
QueueFollow(int32 pipeline_id, int64 run_id, bool *queued)
{
	Sql			q;
	bool		has_window = false;
	char	   *origin = "queue";
	bool		coalesced = false;

	*queued = false;
	SqlBegin(&q, "select r.started_at is not null and r.state <> 'queued', r.window_from is not null,"
			 " case r.origin when 'retry' then 'queue' else r.origin end"
			 " from elt_catalog.run r where r.id = $1");
	SqlAddInt8(&q, run_id);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		*queued = SqlBool(&q, 0, 1);
		has_window = SqlBool(&q, 0, 2);
		origin = SqlText(&q, 0, 3);
	}
	SqlDone(&q);
	if (!*queued)
		return true;
	if (has_window)
		QueueWindowAgain(run_id);
	else if (QueueAddSlot(pipeline_id, origin, GetCurrentTimestamp(), &coalesced) == 0)
		return false;
	*queued = !coalesced;
	return true;
}

bool
QueueHasWaiting(int32 pipeline_id)
{
	Sql			q;

	SqlBeginKept(&q,
				 "select from elt_catalog.run where pipeline_id = $1 and state = 'queued' "
				 "and kind <> 'backfill'");
	SqlAddInt4(&q, pipeline_id);
	return SqlDo(&q, AsCatalog()) > 0;
}

bool
QueueHasAny(void)
{
	Sql			q;

	SqlBeginKept(&q, "select from elt_catalog.run where state = 'queued' limit 1");
	return SqlDo(&q, AsCatalog()) > 0;
}

static Datum
Int8Array(const int64 *values, int n)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		elements[i] = Int64GetDatum(values[i]);
	return PointerGetDatum(construct_array(elements, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE));
}

#define DUE_ORDER "order by d.kind = 'backfill', d.priority desc, d.since, d.id"

/* Of a pool as many as it has room for. $1: runs that have a worker, which may have ended by now. */
#define DUE_RUNS \
	"select id, name, kind <> 'backfill' and exists (select from elt_catalog.schedule s" \
	" where s.pipeline_id = d.pipeline_id and s.kind in ('continuous', 'files'))" \
	" from (select d.*, row_number() over (partition by d.pool " DUE_ORDER ") as place " \
	"from (select distinct on (r.pipeline_id) r.id, r.pipeline_id, p.name, p.pool, p.priority, r.kind, " \
	"coalesce(r.not_before, r.enqueued_at) as since " \
	"from elt_catalog.run r join elt_catalog.pipeline p on p.id = r.pipeline_id " \
	"where r.state = 'queued' and " IS_TIME_FOR("r") " and not p.paused " \
	"and (r.origin in ('call', 'queue') or not " IS_SUSPENDED("p.id") ") " \
	"and not exists (select from elt_catalog.home h where h.paused_at is not null) " \
	"and r.pipeline_id not in (select o.pipeline_id from elt_catalog.run o where o.state = 'running' " \
	"union all select o.pipeline_id from elt_catalog.run o where o.id = any ($1)) " \
	"order by r.pipeline_id, r.kind = 'backfill', since, r.id) d) d " \
	"where d.pool is null or d.place <= (select l.max_runs - (select count(*) " \
	"from elt_catalog.run o join elt_catalog.pipeline p on p.id = o.pipeline_id " \
	"where p.pool = l.name and (o.state = 'running' or o.state = 'queued' and o.id = any ($1))) " \
	"from elt_catalog.pool l where l.name = d.pool) " DUE_ORDER

List *
QueueDue(const int64 *started, int nstarted)
{
	Sql			q;
	List	   *result = NIL;

	SqlBeginKept(&q, DUE_RUNS);
	SqlAdd(&q, INT8ARRAYOID, Int8Array(started, nstarted), false);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		QueuedRun  *run = palloc(sizeof(QueuedRun));

		run->id = SqlInt8(&q, i, 1, NULL);
		run->pipeline = SqlText(&q, i, 2);
		run->beside = SqlBool(&q, i, 3);
		result = lappend(result, run);
	}
	SqlDone(&q);
	return result;
}

bool
QueueNextTime(TimestampTz *when)
{
	Sql			q;
	bool		isnull;

	SqlBeginKept(&q,
				 "select min(r.not_before) from elt_catalog.run r "
				 "join elt_catalog.pipeline p on p.id = r.pipeline_id "
				 "where r.state = 'queued' and not " IS_TIME_FOR("r") " and not p.paused "
				 "and not exists (select from elt_catalog.home h where h.paused_at is not null)");
	SqlRun(&q, AsCatalog());
	*when = SqlTime(&q, 0, 1, &isnull);
	SqlDone(&q);
	return !isnull;
}

typedef struct Abandoned
{
	int64		id;
	int32		pipeline_id;
	bool		called;			/* by a session */
	int			delay_ms;
} Abandoned;

/* A run that a session started itself is that session's to repeat. */
static void
Abandon(void *arg)
{
	const Abandoned *run = arg;
	static const char *abandon =
		"with gone as (update elt_catalog.run set state = 'abandoned', finished_at = clock_timestamp(), "
		"sqlstate = '57P01', error = 'process executing the run ended' "
		"where id = (select f.id from elt_catalog.run f where f.id = $1 and f.state = 'running' "
		"for no key update skip locked) returning *) "
		"insert into elt_catalog.run (pipeline_id, kind, origin, requested_by, slot, attempt, retry_of, "
		"window_from, window_to, postponed_at, not_before) "
		"select g.pipeline_id, case g.kind when 'window' then 'backfill' else g.kind end, 'retry', "
		"g.requested_by, g.slot, g.attempt + 1, g.id, g.window_from, g.window_to, clock_timestamp(), "
		"clock_timestamp() "
		"+ least($2 * 2 ^ (g.attempt - 1), 3600000) * interval '1 millisecond' "
		"from gone g join elt_catalog.pipeline p on p.id = g.pipeline_id "
		"where g.origin <> 'call' and g.attempt < p.max_attempts "
		"on conflict (pipeline_id) where state = 'queued' and kind <> 'backfill' "
		"do update set retry_of = coalesce(run.retry_of, excluded.retry_of)";
	Sql			q;

	SqlBegin(&q, abandon);
	SqlAddInt8(&q, run->id);
	SqlAddFloat8(&q, run->delay_ms);
	SqlDo(&q, AsCatalog());
	RunLog(run->id);
	if (!run->called)
		(void) FailureCount(PipelineById(run->pipeline_id));
}

bool
RunIsExecuting(int32 pipeline_id, int pid, TimestampTz backend_start)
{
	return pid != 0 && ProcessIsAlive(pid, backend_start) &&
		LockHolder(LOCK_PIPELINE, pipeline_id) == pid;
}

/* An open transaction that queues a run of the same pipeline is not waited for. */
static bool
TryAbandon(Abandoned *run)
{
	ErrorData  *error = Attempt(Abandon, run);

	if (error != NULL && error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
		ReThrowError(error);
	return error == NULL;
}

int
QueueRepair(int delay_ms, bool *unsure)
{
	Sql			q;
	int			abandoned = 0;

	SqlBeginKept(&q,
				 "select id, coalesce(pid, 0), coalesce(backend_start, '-infinity'), pipeline_id, "
				 "origin = 'call' from elt_catalog.run where state = 'running'");
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		Abandoned	run = {SqlInt8(&q, i, 1, NULL), SqlInt4(&q, i, 4, NULL), SqlBool(&q, i, 5),
		delay_ms};

		if (RunIsExecuting(run.pipeline_id, SqlInt4(&q, i, 2, NULL), SqlTime(&q, i, 3, NULL)))
			*unsure |= ProgressPid(run.id) == 0;
		else if (TryAbandon(&run))
			abandoned++;
		else
			*unsure = true;
	}
	SqlDone(&q);
	return abandoned;
}

bool
QueueIsFree(int64 run_id)
{
	Sql			q;
	bool		is_free;

	SqlBeginKept(&q, "select " FREE_QUEUED_RUN " is not null");
	SqlAddInt8(&q, run_id);
	SqlRun(&q, AsCatalog());
	is_free = SqlBool(&q, 0, 1);
	SqlDone(&q);
	return is_free;
}

void
QueuePostpone(int64 run_id, int delay_ms)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.run set postponed_at = clock_timestamp(), "
			 "not_before = clock_timestamp() + $2 * interval '1 millisecond' "
			 "where id = " FREE_QUEUED_RUN);
	SqlAddInt8(&q, run_id);
	SqlAddInt4(&q, delay_ms);
	SqlDo(&q, AsCatalog());
}

#define QUEUED_LATER \
	"update elt_catalog.run r set attempt = least(attempt + 1, p.max_attempts), " \
	"postponed_at = clock_timestamp(), " \
	"not_before = clock_timestamp() + least($2 * 2 ^ (attempt - 1), 3600000) * interval '1 millisecond', " \
	"state = case when attempt < p.max_attempts then 'queued' else 'failed' end, " \
	"finished_at = case when attempt < p.max_attempts then null else clock_timestamp() end, " \
	"sqlstate = case when attempt < p.max_attempts then null else 'EL009' end, " \
	"error = case when attempt < p.max_attempts then null " \
	"else 'worker ended before the run began; see the server log for the reason' end " \
	"from elt_catalog.pipeline p " \
	"where r.id = " FREE_QUEUED_RUN " and p.id = r.pipeline_id " \
	"and (r.postponed_at is null or r.postponed_at < $3)"

/* One that its worker has postponed or put back is not counted, however late the worker ended. */
void
QueueStillborn(int64 run_id, TimestampTz worker_started_at, int delay_ms)
{
	Sql			q;

	SqlBeginKept(&q, QUEUED_LATER);
	SqlAddInt8(&q, run_id);
	SqlAddFloat8(&q, delay_ms);
	SqlAddTime(&q, worker_started_at);
	if (SqlDo(&q, AsCatalog()) > 0)
		RunLog(run_id);
}

bool
QueueLiveRunIsDue(int32 pipeline_id)
{
	Sql			q;

	SqlBegin(&q, "select from elt_catalog.run r where r.pipeline_id = $1 and r.state = 'queued' "
			 "and r.kind <> 'backfill' and " IS_TIME_FOR("r"));
	SqlAddInt4(&q, pipeline_id);
	return SqlDo(&q, AsCatalog()) > 0;
}

/* Due again in a moment: the live run comes first. */
void
QueueYield(int64 run_id)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.run set state = 'queued', pid = null, backend_start = null, "
			 "postponed_at = clock_timestamp(), "
			 "not_before = clock_timestamp() + interval '1 second' where id = $1");
	SqlAddInt8(&q, run_id);
	SqlDo(&q, AsCatalog());
}

static bool
TellIfDone(Sql *q, int64 run_id)
{
	bool		done = SqlDo(q, AsCatalog()) == 1;

	if (done)
		RunLog(run_id);
	return done;
}

bool
QueueCancelOrphan(int64 run_id)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.run set state = 'cancelled', finished_at = clock_timestamp(), "
			 "error = 'its process ended before it could finish' where id = $1 and state = 'running'");
	SqlAddInt8(&q, run_id);
	return TellIfDone(&q, run_id);
}

bool
QueueCancel(int64 run_id)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.run set state = 'cancelled', finished_at = clock_timestamp() "
			 "where id = $1 and state = 'queued'");
	SqlAddInt8(&q, run_id);
	return TellIfDone(&q, run_id);
}

void
QueueRest(int64 run_id)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.run (pipeline_id, kind, origin, requested_by, slot, window_from,"
			 " window_to) select r.pipeline_id, case r.kind when 'window' then 'backfill' else r.kind end,"
			 " r.origin, r.requested_by, r.slot, r.window_from, r.window_to"
			 " from elt_catalog.run r where r.id = $1 and r.origin <> 'call'"
			 " on conflict (pipeline_id) where state = 'queued' and kind <> 'backfill' do nothing");
	SqlAddInt8(&q, run_id);
	SqlDo(&q, AsCatalog());
	WakeSchedulerAtCommit();
}

RunState *
RunStateById(int64 run_id)
{
	Sql			q;
	RunState   *run = palloc0(sizeof(RunState));

	SqlBegin(&q, "select r.pipeline_id, p.name, r.state, coalesce(r.pid, 0), "
			 "coalesce(r.backend_start, '-infinity'), r.sqlstate, r.error, r.detail, r.hint, "
			 "coalesce((select max(n.id) from elt_catalog.run n where n.retry_of = r.id), 0) "
			 "from elt_catalog.run r join elt_catalog.pipeline p on p.id = r.pipeline_id "
			 "where r.id = $1");
	SqlAddInt8(&q, run_id);
	if (SqlRun(&q, AsCatalog()) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("run %lld does not exist", (long long) run_id),
				 errhint("Use SELECT run_id, pipeline, state FROM elt.runs to list the runs.")));
	run->pipeline_id = SqlInt4(&q, 0, 1, NULL);
	run->pipeline = SqlText(&q, 0, 2);
	run->state = SqlText(&q, 0, 3);
	run->pid = SqlInt4(&q, 0, 4, NULL);
	run->backend_start = SqlTime(&q, 0, 5, NULL);
	run->sqlstate = SqlText(&q, 0, 6);
	run->error = SqlText(&q, 0, 7);
	run->detail = SqlText(&q, 0, 8);
	run->hint = SqlText(&q, 0, 9);
	run->retried_as = SqlInt8(&q, 0, 10, NULL);
	SqlDone(&q);
	return run;
}

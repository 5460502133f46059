/*
 * schedule.c
 *	  Read and write elt_catalog.schedule and elt_catalog.slot.
 */
#include "base/compat.h"
#include "catalog/schedule.h"

#include "base/shmem.h"
#include "base/sql.h"
#include "base/wake.h"
#include "catalog/cron_job.h"
#include "catalog/pg_type.h"
#include "catalog/suspension.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* A clock that differs by more was set back after the schedule was decided. */
#define CLOCK_WAS_SET_BACK "s.decided_at > $1 + interval '1 minute'"

/* Does its slot wait for no call of elt.tick, but maybe for the end of a run? */
#define IS_TIMER \
	"(s.kind = 'every' and not s.behind or (s.kind = 'continuous' or s.behind)" \
	" and not exists (select from elt_catalog.run r where r.pipeline_id = s.pipeline_id" \
	" and r.state in ('queued', 'running') and r.kind <> 'backfill')" \
	" and not exists (select from elt_catalog.slot w where w.pipeline_id = s.pipeline_id" \
	" and w.state = 'waiting'))"

static void
AddScheduleContext(void *pipeline)
{
	errcontext("schedule of pipeline \"%s\"", ((const Pipeline *) pipeline)->name);
}

static void
Parse(const Pipeline *p, Recurrence *r)
{
	ErrorContextCallback context = {error_context_stack, AddScheduleContext,
	unconstify(Pipeline *, p)};

	error_context_stack = &context;
	/* without a schedule the zone is checked alone */
	RecurrenceParse(p->schedule == NULL ? "@daily" : p->schedule, p->schedule_time_zone, p->max_delay, r);
	RecurrenceCheck(r, p->schedule);
	error_context_stack = context.previous;
}

void
ScheduleCheck(const Pipeline *p)
{
	Recurrence	r;

	Parse(p, &r);
	if (p->schedule == NULL && p->after == NIL)
		return;
	RequirePreload(p->schedule == NULL ? "option after" : "a schedule");
	if (p->schedule == NULL)
		return;
	if (r.kind == RECUR_CONTINUOUS && p->after != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"after\" does not apply to a continuous schedule"),
				 errhint("Omit the schedule: the pipeline then runs whenever its parents have "
						 "succeeded.")));
	if (r.kind == RECUR_CALENDAR)
		CronJobCheck();
}

/* What waits as option after said waits no more; what elt.run_all has selected does. */
static void
ForgetWaiting(const Pipeline *p)
{
	PipelineExec(p, "update elt_catalog.slot set state = 'superseded'"
				 " where pipeline_id = $1 and state = 'waiting' and parents is null");
}

static bool
ReadsFiles(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q, "select from pg_foreign_table t join pg_foreign_server s on s.oid = t.ftserver"
			 " join pg_foreign_data_wrapper w on w.oid = s.srvfdw"
			 " where t.ftrelid = $1 and w.fdwname = 'elt_file'");
	SqlAddOid(&q, REGCLASSOID, p->source);
	return SqlDo(&q, AsCatalog()) > 0;
}

/* A continuous schedule over files has no slots: it is worth a run when one has arrived. */
static const char *
KindOf(const Pipeline *p, const Recurrence *r)
{
	if (r == NULL)
		return "after";
	return r->kind == RECUR_CONTINUOUS && ReadsFiles(p) ? "files" : RecurrenceName(r);
}

/* r NULL: it follows others. */
static void
StoreStart(const Pipeline *p, const Recurrence *r)
{
	const char *kind = KindOf(p, r);
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz next = 0;
	bool		comes = r != NULL && strcmp(kind, "files") != 0 && RecurrenceNext(r, now, &next);
	Sql			q;

	ForgetWaiting(p);
	SqlBegin(&q, "insert into elt_catalog.schedule (pipeline_id, kind, next_slot, decided_slot,"
			 " decided_at) values ($1, $2, $3, $4, $4)"
			 " on conflict (pipeline_id) do update set kind = excluded.kind, behind = false,"
			 " next_slot = excluded.next_slot, decided_slot = excluded.decided_slot,"
			 " decided_at = excluded.decided_at");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, kind);
	SqlAddTimeOrNull(&q, next, !comes);
	SqlAddTime(&q, now);
	SqlDo(&q, AsCatalog());
}

static void
Start(const Pipeline *p)
{
	Recurrence	r;

	Parse(p, &r);
	StoreStart(p, &r);
	if (r.kind == RECUR_CALENDAR)
		CronJobEnsure();
}

static bool
NeedsTick(void)
{
	return SqlExec("select from elt_catalog.schedule where kind = 'cron' limit 1",
				   AsCatalog()) > 0;
}

static void
RemoveUnusedJob(void)
{
	if (!NeedsTick())
		CronJobRemove();
}

void
ScheduleApply(const Pipeline *p)
{
	if (p->schedule == NULL && p->after == NIL)
	{
		ScheduleStop(p);
		return;
	}
	if (p->schedule != NULL)
		Start(p);
	else
	{
		StoreStart(p, NULL);
		RemoveUnusedJob();
	}
	WakeSchedulerAtCommit();
}

void
ScheduleStartAll(void)
{
	Sql			q;
	List	   *names;
	ListCell   *lc;

	SqlBegin(&q, "select p.name from elt_catalog.pipeline p"
			 " where (p.schedule is not null or p.after <> '{}') and not p.paused order by p.name");
	names = SqlDoTexts(&q, AsCatalog());
	foreach(lc, names)
		ScheduleApply(PipelineByName(lfirst(lc)));
}

void
ScheduleStop(const Pipeline *p)
{
	ForgetWaiting(p);
	if (PipelineExec(p, "delete from elt_catalog.schedule where pipeline_id = $1") > 0)
		RemoveUnusedJob();
}

static DueSchedule *
ReadDue(Sql *q, uint64 row)
{
	DueSchedule *due = palloc(sizeof(DueSchedule));
	bool		never;

	due->pipeline_id = SqlInt4(q, row, 1, NULL);
	due->pipeline = SqlText(q, row, 2);
	due->schedule = SqlText(q, row, 3);
	due->time_zone = SqlText(q, row, 4);
	due->max_delay = SqlInterval(q, row, 5);
	due->catch_up = SqlText(q, row, 6);
	due->next_slot = SqlTime(q, row, 7, &never);
	if (never)
		due->next_slot = DT_NOEND;
	due->decided_at = SqlTime(q, row, 8, NULL);
	due->waits = SqlBool(q, row, 9);
	due->suspended = SqlBool(q, row, 10);
	return due;
}

List *
ScheduleDue(TimestampTz now, bool timers)
{
	List	   *result = NIL;
	Sql			q;

	SqlBeginKept(&q,
				 "select s.pipeline_id, p.name, p.schedule, p.schedule_time_zone, p.max_delay, p.catch_up,"
				 " s.next_slot, s.decided_at, p.after <> '{}',"
				 " " IS_SUSPENDED("p.id")
				 " from elt_catalog.schedule s join elt_catalog.pipeline p on p.id = s.pipeline_id"
				 " where (s.next_slot <= $1 or " CLOCK_WAS_SET_BACK ")"
				 " and not p.paused and p.schedule is not null"
				 " and (" IS_TIMER " or not $2 and s.kind = 'cron')"
				 " and not exists (select from elt_catalog.home h where h.paused_at is not null)"
				 " order by s.next_slot, s.pipeline_id for no key update of s skip locked");
	SqlAddTime(&q, now);
	SqlAddBool(&q, timers);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		result = lappend(result, ReadDue(&q, i));
	SqlDone(&q);
	return result;
}

void
ScheduleGlance(TimestampTz now, ScheduleOutlook *outlook)
{
	Sql			q;
	bool		never;

	SqlBeginKept(&q,
				 "select min(case when " CLOCK_WAS_SET_BACK " then '-infinity' else s.next_slot end)"
				 " filter (where " IS_TIMER "),"
				 " coalesce(bool_or(s.kind in ('continuous', 'files')), false),"
				 " coalesce(bool_or(s.kind = 'files'), false)"
				 " from elt_catalog.schedule s"
				 " where s.kind in ('every', 'continuous', 'files') or s.behind");
	SqlAddTime(&q, now);
	SqlRun(&q, AsCatalog());
	outlook->next_timer = SqlTime(&q, 0, 1, &never);
	if (never)
		outlook->next_timer = DT_NOEND;
	outlook->beside = SqlBool(&q, 0, 2);
	outlook->files = SqlBool(&q, 0, 3);
	SqlDone(&q);
}

bool
ScheduleNextTimer(TimestampTz *when)
{
	Sql			q;
	bool		isnull;

	SqlBeginKept(&q,
				 "select min(s.next_slot) from elt_catalog.schedule s"
				 " join elt_catalog.pipeline p on p.id = s.pipeline_id"
				 " where not p.paused and " IS_TIMER
				 " and not exists (select from elt_catalog.home h where h.paused_at is not null)");
	SqlRun(&q, AsCatalog());
	*when = SqlTime(&q, 0, 1, &isnull);
	SqlDone(&q);
	return !isnull;
}

#define WAITS_FOR_FILES \
	" from elt_catalog.schedule s join elt_catalog.pipeline p on p.id = s.pipeline_id" \
	" where s.kind = 'files' and not p.paused and not " IS_SUSPENDED("p.id") \
	" and not exists (select from elt_catalog.run r where r.pipeline_id = p.id" \
	" and r.state in ('queued', 'running') and r.kind <> 'backfill')" \
	" and not exists (select from elt_catalog.home h where h.paused_at is not null)"

bool
ScheduleFilesDelay(int64 *delay)
{
	Sql			q;
	bool		isnull;

	SqlBeginKept(&q, "select (extract(epoch from min(p.max_delay)) * 1000000)::bigint" WAITS_FOR_FILES);
	SqlRun(&q, AsCatalog());
	*delay = SqlInt8(&q, 0, 1, &isnull);
	SqlDone(&q);
	return !isnull;
}

List *
ScheduleFilesAwaited(void)
{
	List	   *result = NIL;
	Sql			q;

	SqlBegin(&q, "select p.id" WAITS_FOR_FILES " order by 1");
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		result = lappend_int(result, SqlInt4(&q, i, 1, NULL));
	SqlDone(&q);
	return result;
}

void
ScheduleAdvance(const DueSchedule *due, const Recurrence *r, TimestampTz decided, bool behind)
{
	TimestampTz next = 0;
	bool		comes = RecurrenceNext(r, decided, &next);
	Sql			q;

	SqlBeginKept(&q,
				 "update elt_catalog.schedule set next_slot = $2, decided_slot = $3,"
				 " decided_at = clock_timestamp(), behind = $4 where pipeline_id = $1");
	SqlAddInt4(&q, due->pipeline_id);
	SqlAddTimeOrNull(&q, next, !comes);
	SqlAddTime(&q, decided);
	SqlAddBool(&q, behind);
	SqlDo(&q, AsCatalog());
}

void
ScheduleAwait(const DueSchedule *due)
{
	Sql			q;

	SqlBeginKept(&q,
				 "update elt_catalog.schedule set decided_at = clock_timestamp() where pipeline_id = $1");
	SqlAddInt4(&q, due->pipeline_id);
	SqlDo(&q, AsCatalog());
}

void
ScheduleFallBehind(const DueSchedule *due)
{
	Sql			q;

	SqlBeginKept(&q,
				 "update elt_catalog.schedule set behind = true"
				 " where pipeline_id = $1 and not behind");
	SqlAddInt4(&q, due->pipeline_id);
	SqlDo(&q, AsCatalog());
}

bool
SlotIsDecided(int32 pipeline_id, TimestampTz slot)
{
	Sql			q;

	SqlBeginKept(&q,
				 "select from elt_catalog.slot where pipeline_id = $1 and slot = $2");
	SqlAddInt4(&q, pipeline_id);
	SqlAddTime(&q, slot);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
SlotRecord(int32 pipeline_id, TimestampTz slot, TimestampTz first, const char *state, int64 run_id)
{
	Sql			q;

	SqlBeginKept(&q,
				 "insert into elt_catalog.slot (pipeline_id, slot, first_slot, state, run_id)"
				 " values ($1, $2, $3, $4, nullif($5, 0))");
	SqlAddInt4(&q, pipeline_id);
	SqlAddTime(&q, slot);
	SqlAddTime(&q, first);
	SqlAddText(&q, state);
	SqlAddInt8(&q, run_id);
	SqlDo(&q, AsCatalog());
}

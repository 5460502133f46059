/*
 * run.c
 *	  Start, count and finish runs, and queue the next attempt of one that failed.
 */
#include "base/compat.h"
#include "catalog/run.h"

#include "base/errors.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "catalog/run_log.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* The session that executes, as pg_stat_activity shows it: a pid alone may be reused. */
#define THIS_BACKEND_START \
	"(select a.backend_start from pg_stat_get_activity(pg_backend_pid()) a)"

#define RUN_COLUMNS "id, pipeline_id, kind, origin, attempt, window_from, window_to, batches"

static Run *
ReadRun(Sql *q)
{
	Run		   *run = palloc0(sizeof(Run));
	bool		no_from;
	bool		no_to;

	run->id = SqlInt8(q, 0, 1, NULL);
	run->pipeline_id = SqlInt4(q, 0, 2, NULL);
	run->kind = SqlText(q, 0, 3);
	run->origin = SqlText(q, 0, 4);
	run->attempt = SqlInt4(q, 0, 5, NULL);
	run->window_from = SqlTime(q, 0, 6, &no_from);
	run->window_to = SqlTime(q, 0, 7, &no_to);
	run->has_window = !no_from && !no_to;
	run->batches = SqlInt4(q, 0, 8, NULL);
	run->goes_on = run->batches > 0 || strcmp(run->origin, "retry") == 0;
	return run;
}

const char *
RunKindOf(const Pipeline *p, bool has_window)
{
	if (has_window)
	{
		PipelineCheckTakesWindows(p);
		return "window";
	}
	return PipelineLoadsAll(p) ? "full" : "incremental";
}

#define ABANDON \
	"update elt_catalog.run r set state = 'abandoned', finished_at = clock_timestamp()," \
	" error = 'its process ended before it could finish'" \
	" where r.id = any (array(select o.id from elt_catalog.run o" \
	" where o.pipeline_id = $1 and o.state = 'running' for no key update skip locked))"

/* The caller holds the pipeline's lock, so whatever else says 'running' is dead. */
static void
AbandonOthers(int32 pipeline_id, int64 but_run_id)
{
	Sql			q;

	SqlBeginKept(&q, ABANDON " and r.id <> $2 returning r.id");
	SqlAddInt4(&q, pipeline_id);
	SqlAddInt8(&q, but_run_id);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		RunLog(SqlInt8(&q, i, 1, NULL));
	SqlDone(&q);
}

Run *
RunStart(int32 pipeline_id, const char *kind, bool has_window, TimestampTz from,
		 TimestampTz to)
{
	Sql			q;
	Run		   *run;

	AbandonOthers(pipeline_id, 0);
	SqlBeginKept(&q,
				 "insert into elt_catalog.run (pipeline_id, kind, state, origin, requested_by,"
				 " started_at, pid, backend_start, window_from, window_to)"
				 " values ($1, $2, 'running', 'call', $3, clock_timestamp(), $4, "
				 THIS_BACKEND_START ", $5, $6)"
				 " returning " RUN_COLUMNS);
	SqlAddInt4(&q, pipeline_id);
	SqlAddText(&q, kind);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	SqlAddInt4(&q, MyProcPid);
	SqlAddTimeOrNull(&q, from, !has_window);
	SqlAddTimeOrNull(&q, to, !has_window);
	SqlRun(&q, AsCatalog());
	run = ReadRun(&q);
	SqlDone(&q);
	return run;
}

Run *
RunClaim(int64 run_id)
{
	Sql			q;
	Run		   *run = NULL;

	SqlBegin(&q,
			 "update elt_catalog.run set state = 'running',"
			 " started_at = coalesce(started_at, clock_timestamp()),"
			 " pid = $2, backend_start = " THIS_BACKEND_START
			 " where id = (select o.id from elt_catalog.run o where o.id = $1"
			 " and o.state = 'queued' for no key update skip locked)"
			 " and not exists (select from elt_catalog.home where paused_at is not null)"
			 " returning " RUN_COLUMNS);
	SqlAddInt8(&q, run_id);
	SqlAddInt4(&q, MyProcPid);
	if (SqlRun(&q, AsCatalog()) == 1)
		run = ReadRun(&q);
	SqlDone(&q);
	if (run != NULL)
		AbandonOthers(run->pipeline_id, run->id);
	return run;
}

void
RunSetKind(Run *run, const char *kind)
{
	Sql			q;

	run->kind = pstrdup(kind);
	SqlBegin(&q, "update elt_catalog.run set kind = $2 where id = $1");
	SqlAddInt8(&q, run->id);
	SqlAddText(&q, kind);
	SqlDo(&q, AsCatalog());
}

int32
RunPipeline(int64 run_id)
{
	Sql			q;
	int32		id = 0;

	SqlBegin(&q, "select pipeline_id from elt_catalog.run where id = $1");
	SqlAddInt8(&q, run_id);
	if (SqlRun(&q, AsCatalog()) == 1)
		id = SqlInt4(&q, 0, 1, NULL);
	SqlDone(&q);
	if (id == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("run %lld does not exist", (long long) run_id),
				 errhint("Use SELECT run_id, pipeline, state FROM elt.runs to list the runs.")));
	return id;
}

/* Would the same run fail in the same way again? */
static bool
RetryIsPointless(int sqlerrcode)
{
	return sqlerrcode == ERRCODE_QUERY_CANCELED || sqlerrcode == ERRCODE_ELT_CHECK_FAILED ||
		ERRCODE_TO_CATEGORY(sqlerrcode) == ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION;
}

/*
 * A run that has landed something and ends because it has to wait has not failed: as many
 * attempts follow as if it had been queued anew.
 */
void
RunRetryLater(const Run *run, const Pipeline *p, const ErrorData *error,
			  TimestampTz not_before)
{
	Sql			q;

	if (strcmp(run->origin, "call") == 0 || RetryIsPointless(error->sqlerrcode))
		return;
	SqlBegin(&q,
			 "insert into elt_catalog.run (pipeline_id, kind, origin, requested_by, slot, attempt,"
			 " retry_of, window_from, window_to, postponed_at, not_before)"
			 " select pipeline_id, kind, 'retry', requested_by, slot,"
			 " case when $2 is not null and slices_landed > 0 then 1 else attempt + 1 end, id,"
			 " window_from, window_to, n.now, coalesce($2 + interval '1 second', n.now + least($4 * attempt,"
			 " greatest($4, interval '1 hour')) * (0.875 + random() / 4))"
			 " from elt_catalog.run, clock_timestamp() n(now) where id = $1 and (attempt < $3"
			 " or $2 is not null and slices_landed > 0) on conflict do nothing");
	SqlAddInt8(&q, run->id);
	SqlAddTimeOrNull(&q, not_before, not_before == 0);
	SqlAddInt4(&q, p->max_attempts);
	SqlAddInterval(&q, p->retry_period);
	SqlDo(&q, AsCatalog());
}

bool
RunIsAutomatic(const Run *run)
{
	return strcmp(run->origin, "call") != 0 && strcmp(run->origin, "queue") != 0;
}

bool
RunHasLanded(int64 run_id)
{
	Sql			q;

	SqlBegin(&q, "select from elt_catalog.run"
			 " where id = $1 and slices_landed + slices_unchanged > 0");
	SqlAddInt8(&q, run_id);
	return SqlDo(&q, AsCatalog()) > 0;
}

bool
RunHasSucceeded(int64 run_id)
{
	Sql			q;

	SqlBegin(&q, "select from elt_catalog.run where id = $1 and state = 'succeeded'");
	SqlAddInt8(&q, run_id);
	return SqlDo(&q, AsCatalog()) > 0;
}

/* As $2 and following, in the order of struct MergeCounts. */
static void
AddRowCounts(Sql *q, const MergeCounts *c)
{
	SqlAddInt8(q, c->read);
	SqlAddInt8(q, c->inserted);
	SqlAddInt8(q, c->updated);
	SqlAddInt8(q, c->unchanged);
	SqlAddInt8(q, c->deleted);
	SqlAddInt8(q, c->stale);
	SqlAddInt8(q, c->duplicate);
	SqlAddInt8(q, c->conflicting);
	SqlAddInt8(q, c->quarantined);
	SqlAddInt8(q, c->dropped);
	SqlAddInt8(q, c->removed);
}

void
RunAddBatch(int64 run_id, const MergeCounts *c)
{
	Sql			q;

	SqlBeginKept(&q,
				 "update elt_catalog.run set batches = batches + 1, rows_read = rows_read + $2,"
				 " rows_inserted = rows_inserted + $3, rows_updated = rows_updated + $4,"
				 " rows_unchanged = rows_unchanged + $5, rows_deleted = rows_deleted + $6,"
				 " rows_stale = rows_stale + $7, rows_duplicate = rows_duplicate + $8,"
				 " rows_conflicting = rows_conflicting + $9,"
				 " rows_quarantined = rows_quarantined + $10, rows_dropped = rows_dropped + $11,"
				 " rows_removed = rows_removed + $12,"
				 " pending_deletes = pending_deletes + $13 where id = $1");
	SqlAddInt8(&q, run_id);
	AddRowCounts(&q, c);
	SqlAddInt8(&q, c->pending);
	SqlDo(&q, AsCatalog());
}

void
RunAddRefused(int64 run_id, int64 read, int64 quarantined)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.run set rows_read = rows_read + $2,"
			 " rows_quarantined = rows_quarantined + $3,"
			 " rows_refused = rows_refused + $2 - $3 where id = $1 and state = 'running'");
	SqlAddInt8(&q, run_id);
	SqlAddInt8(&q, read);
	SqlAddInt8(&q, quarantined);
	SqlDo(&q, AsCatalog());
}

void
RunAddChild(int64 run_id, const Pipeline *child, const MergeCounts *c)
{
	Sql			q;

	SqlBeginKept(&q,
				 "insert into elt_catalog.run_target as old (run_id, rows_read, rows_inserted,"
				 " rows_updated, rows_unchanged, rows_deleted, rows_stale, rows_duplicate,"
				 " rows_conflicting, rows_quarantined, rows_dropped, rows_removed, pipeline_id)"
				 " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
				 " on conflict (run_id, pipeline_id) do update set"
				 " rows_read = old.rows_read + excluded.rows_read,"
				 " rows_inserted = old.rows_inserted + excluded.rows_inserted,"
				 " rows_updated = old.rows_updated + excluded.rows_updated,"
				 " rows_unchanged = old.rows_unchanged + excluded.rows_unchanged,"
				 " rows_deleted = old.rows_deleted + excluded.rows_deleted,"
				 " rows_stale = old.rows_stale + excluded.rows_stale,"
				 " rows_duplicate = old.rows_duplicate + excluded.rows_duplicate,"
				 " rows_conflicting = old.rows_conflicting + excluded.rows_conflicting,"
				 " rows_quarantined = old.rows_quarantined + excluded.rows_quarantined,"
				 " rows_dropped = old.rows_dropped + excluded.rows_dropped,"
				 " rows_removed = old.rows_removed + excluded.rows_removed");
	SqlAddInt8(&q, run_id);
	AddRowCounts(&q, c);
	SqlAddInt4(&q, child->id);
	SqlDo(&q, AsCatalog());
}

void
RunAddRefusedChild(int64 run_id, const Pipeline *child, int64 read, int64 quarantined)
{
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.run_target as old (run_id, pipeline_id, rows_read,"
			 " rows_quarantined, rows_refused)"
			 " select id, $2, $3, $4, $3 - $4 from elt_catalog.run where id = $1"
			 " and state = 'running' on conflict (run_id, pipeline_id) do update set"
			 " rows_read = old.rows_read + excluded.rows_read,"
			 " rows_quarantined = old.rows_quarantined + excluded.rows_quarantined,"
			 " rows_refused = old.rows_refused + excluded.rows_refused");
	SqlAddInt8(&q, run_id);
	SqlAddInt4(&q, child->id);
	SqlAddInt8(&q, read);
	SqlAddInt8(&q, quarantined);
	SqlDo(&q, AsCatalog());
}

static ChildCounts *
ReadChild(Sql *q, uint64 row)
{
	ChildCounts *child = palloc0(sizeof(ChildCounts));
	MergeCounts *c = &child->counts;
	int64	   *counts[] = {&c->read, &c->inserted, &c->updated, &c->unchanged, &c->deleted, &c->stale,
	&c->duplicate, &c->conflicting, &c->quarantined, &c->dropped, &c->removed};

	child->name = SqlText(q, row, 1);
	for (int i = 0; i < lengthof(counts); i++)
		*counts[i] = SqlInt8(q, row, i + 2, NULL);
	return child;
}

List *
RunChildren(int64 run_id)
{
	List	   *children = NIL;
	Sql			q;

	SqlBegin(&q,
			 "select p.name, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_deleted,"
			 " rows_stale, rows_duplicate, rows_conflicting, rows_quarantined, rows_dropped, rows_removed"
			 " from elt_catalog.run_target t join elt_catalog.pipeline p on p.id = t.pipeline_id"
			 " where t.run_id = $1 and t.rows_read + t.rows_removed > 0 order by p.id");
	SqlAddInt8(&q, run_id);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		children = lappend(children, ReadChild(&q, i));
	SqlDone(&q);
	return children;
}

void
RunNote(int64 run_id, const char *detail, const char *hint)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.run set detail = concat_ws(e'\n', detail, $2::text),"
			 " hint = coalesce($3, hint) where id = $1");
	SqlAddInt8(&q, run_id);
	SqlAddText(&q, detail);
	SqlAddText(&q, hint);
	SqlDo(&q, AsCatalog());
}

void
RunAddRemoved(int64 run_id, int64 rows)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.run set rows_removed = rows_removed + $2 where id = $1");
	SqlAddInt8(&q, run_id);
	SqlAddInt8(&q, rows);
	SqlDo(&q, AsCatalog());
}

void
RunAddPartitions(int64 run_id, List *partitions)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.run set partitions = partitions || $2 where id = $1");
	SqlAddInt8(&q, run_id);
	SqlAddTextArray(&q, partitions);
	SqlDo(&q, AsCatalog());
}

void
RunAddStep(int64 run_id, int32 batch, const char *step, TimestampTz started,
		   int64 rows_in, int64 rows_out)
{
	Sql			q;

	SqlBeginKept(&q,
				 "insert into elt_catalog.step (run_id, batch, step, started_at, finished_at,"
				 " rows_in, rows_out) values ($1, $2, $3, $4, clock_timestamp(), $5, $6)"
				 " on conflict (run_id, batch, step) do update set started_at = excluded.started_at,"
				 " finished_at = excluded.finished_at, rows_in = excluded.rows_in,"
				 " rows_out = excluded.rows_out");
	SqlAddInt8(&q, run_id);
	SqlAddInt4(&q, batch);
	SqlAddText(&q, step);
	SqlAddTime(&q, started);
	SqlAddInt8(&q, rows_in);
	SqlAddInt8(&q, rows_out);
	SqlDo(&q, AsCatalog());
}

void
RunAddTies(int64 run_id, int32 batch, const char *step, int64 ties)
{
	Sql			q;

	if (ties == 0)
		return;
	SqlBegin(&q,
			 "update elt_catalog.step set detail = detail || jsonb_build_object('sequence_ties',"
			 " $3) where run_id = $1 and batch = $2 and step = $4");
	SqlAddInt8(&q, run_id);
	SqlAddInt4(&q, batch);
	SqlAddInt8(&q, ties);
	SqlAddText(&q, step);
	SqlDo(&q, AsCatalog());
}

void
RunFinish(int64 run_id, const char *state, const ErrorData *error)
{
	Sql			q;

	SqlBeginKept(&q,
				 "update elt_catalog.run set state = $2, finished_at = clock_timestamp(),"
				 " sqlstate = $3, error = $4, hint = coalesce($6, hint),"
				 " detail = nullif(concat_ws(e'\n', $5::text, detail), '')"
				 " where id = $1 and state = 'running'");
	SqlAddInt8(&q, run_id);
	SqlAddText(&q, state);
	SqlAddText(&q, error ? SqlStateText(error->sqlerrcode) : NULL);
	SqlAddText(&q, error ? error->message : NULL);
	SqlAddText(&q, error ? error->detail : NULL);
	SqlAddText(&q, error ? error->hint : NULL);
	SqlDo(&q, AsCatalog());
}

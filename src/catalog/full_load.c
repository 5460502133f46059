/*
 * full_load.c
 *	  State of full loads and of deletes that wait for approval.
 */
#include "base/compat.h"
#include "catalog/full_load.h"

#include "base/sql.h"

void
FullLoadBegin(const Pipeline *p, int64 slices)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.staged_batch set planned = $2 where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, slices);
	SqlDo(&q, AsCatalog());
}

static void
ReadSlices(const Pipeline *p, FullLoad *load)
{
	Sql			q;

	SqlBegin(&q,
			 "select coalesce(sum(n) filter (where state in ('landed', 'empty')), 0)::bigint,"
			 " coalesce(sum(n) filter (where state = 'failed'), 0)::bigint,"
			 " coalesce(sum(n) filter (where state = 'not_yet'), 0)::bigint,"
			 " max(unproven), coalesce(min(start), '-infinity'),"
			 " coalesce(max(stop), 'infinity'),"
			 " coalesce(jsonb_agg(distinct params), '[]')::text,"
			 " (jsonb_agg(distinct params) filter (where all_rows = 0))::text"
			 " from (select params, state, count(*) as n, min(window_start) as start,"
			 "  max(window_end) as stop, max(unproven) as unproven,"
			 "  sum(sum(rows)) over (partition by params) as all_rows"
			 "  from elt_catalog.staged_slice where pipeline_id = $1"
			 "  group by params, state) s");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	load->landed = SqlInt8(&q, 0, 1, NULL);
	load->failed = SqlInt8(&q, 0, 2, NULL);
	load->not_yet = SqlInt8(&q, 0, 3, NULL);
	load->unproven = SqlText(&q, 0, 4);
	load->from = SqlTime(&q, 0, 5, NULL);
	load->to = SqlTime(&q, 0, 6, NULL);
	load->asked = SqlText(&q, 0, 7);
	load->empty = SqlText(&q, 0, 8);
	SqlDone(&q);
}

/* A row that has expired would not be kept anyway, whatever its key. */
static int64
CountRejected(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q,
			 "select count(*) from elt_catalog.staged_reject"
			 " where pipeline_id = $1 and reason <> 'expired'");
	SqlAddInt4(&q, p->id);
	return SqlDoInt8(&q, AsCatalog());
}

FullLoad *
FullLoadRead(const Pipeline *p)
{
	FullLoad   *load = palloc0(sizeof(FullLoad));
	Sql			q;

	SqlBegin(&q,
			 "select planned, started_at from elt_catalog.staged_batch where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	load->planned = SqlInt8(&q, 0, 1, NULL);
	load->started = SqlTime(&q, 0, 2, NULL);
	SqlDone(&q);
	ReadSlices(p, load);
	load->rejected = CountRejected(p);
	return load;
}

void
FullLoadTake(Pipeline *p)
{
	Sql			q;

	if (p->full_every == NULL)
		return;
	SqlBegin(&q,
			 "select from elt_catalog.staged_batch where pipeline_id = $1 and planned is not null");
	SqlAddInt4(&q, p->id);
	if (SqlDo(&q, AsCatalog()) > 0)
		p->load = "full";
}

TimestampTz
LoadStarted(const Pipeline *p)
{
	Sql			q;
	TimestampTz started = 0;
	bool		isnull;

	SqlBegin(&q, "select started_at from elt_catalog.staged_batch where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	if (SqlRun(&q, AsCatalog()) == 1)
		started = SqlTime(&q, 0, 1, &isnull);
	SqlDone(&q);
	return started;
}

/* A time of a clock that was put right since then says nothing. */
bool
FullLoadIsDue(const Pipeline *p)
{
	Sql			q;

	if (p->full_every == NULL)
		return false;
	SqlBegin(&q,
			 "select from elt_catalog.pipeline where id = $1"
			 " and (coalesce(full_load_at, created_at) + full_every <= clock_timestamp()"
			 " or full_load_at > clock_timestamp())");
	SqlAddInt4(&q, p->id);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
FullLoadDone(const Pipeline *p, int64 run_id)
{
	Sql			q;

	if (p->full_every == NULL)
		return;
	SqlBegin(&q,
			 "update elt_catalog.pipeline set full_load_at ="
			 " (select started_at from elt_catalog.run where id = $2) where id = $1");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	SqlDo(&q, AsCatalog());
}

int64
CompleteLoadRows(const Pipeline *p)
{
	Sql			q;
	int64		rows = -1;

	SqlBegin(&q, "select rows from elt_catalog.complete_load where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	if (SqlRun(&q, AsCatalog()) == 1)
		rows = SqlInt8(&q, 0, 1, NULL);
	SqlDone(&q);
	return rows;
}

void
CompleteLoadSet(const Pipeline *p, int64 run_id, int64 rows)
{
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.complete_load (pipeline_id, run_id, rows)"
			 " values ($1, $2, $3) on conflict (pipeline_id) do update set"
			 " run_id = excluded.run_id, rows = excluded.rows, landed_at = now()");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	SqlAddInt8(&q, rows);
	SqlDo(&q, AsCatalog());
}

static PendingLoad *
ReadPending(Sql *q)
{
	PendingLoad *pending = NULL;

	if (SqlRun(q, AsCatalog()) == 1)
	{
		pending = palloc(sizeof(PendingLoad));
		pending->pipeline_id = SqlInt4(q, 0, 1, NULL);
		pending->run_id = SqlInt8(q, 0, 2, NULL);
		pending->started = SqlTime(q, 0, 3, NULL);
		pending->rows = SqlInt8(q, 0, 4, NULL);
	}
	SqlDone(q);
	return pending;
}

#define PENDING_COLUMNS "pipeline_id, run_id, started_at, rows"

PendingLoad *
PendingLoadOf(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q, "select " PENDING_COLUMNS " from elt_catalog.pending_load where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	return ReadPending(&q);
}

PendingLoad *
PendingLoadOfRun(int64 run_id)
{
	Sql			q;

	SqlBegin(&q, "select " PENDING_COLUMNS " from elt_catalog.pending_load where run_id = $1");
	SqlAddInt8(&q, run_id);
	return ReadPending(&q);
}

void
PendingLoadPut(const Pipeline *p, const PendingLoad *pending, const char *reason, const char *keys)
{
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.pending_load as l (pipeline_id, run_id, started_at, rows, reason)"
			 " values ($1, $2, $3, $4, $5) on conflict (pipeline_id) do update set"
			 " run_id = excluded.run_id, started_at = excluded.started_at,"
			 " reason = case when not exists (select from elt_catalog.pending_delete d"
			 " where d.pipeline_id = $1) then excluded.reason"
			 " when strpos(l.reason, excluded.reason) > 0 then l.reason"
			 " else concat_ws(chr(10), l.reason, excluded.reason) end");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, pending->run_id);
	SqlAddTime(&q, pending->started);
	SqlAddInt8(&q, pending->rows);
	SqlAddText(&q, reason);
	SqlDo(&q, AsCatalog());
	PipelineExec(p, psprintf("insert into elt_catalog.pending_delete (pipeline_id, key)"
							 " select $1, _key from %s", keys));
}

void
PendingKeysCopy(const Pipeline *p, const char *table)
{
	PipelineExec(p, psprintf("insert into %s (_key) select key from elt_catalog.pending_delete"
							 " where pipeline_id = $1", table));
}

void
PendingKeysForget(const Pipeline *p, const char *table)
{
	PipelineExec(p, psprintf("delete from elt_catalog.pending_delete d using %s w"
							 " where d.pipeline_id = $1 and d.key = w._key", table));
}

int64
PendingLoadForget(const Pipeline *p)
{
	int64		keys = PipelineExec(p, "delete from elt_catalog.pending_delete"
									" where pipeline_id = $1");

	PipelineExec(p, "delete from elt_catalog.pending_load where pipeline_id = $1");
	return keys;
}

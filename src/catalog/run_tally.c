/*
 * run_tally.c
 *	  Count the runs that end, so that totals only grow, whatever becomes of the history.
 *
 * Whatever statement ends a run, a trigger counts it in the same transaction. It inserts a row, and
 * so waits for no other transaction and makes none wait.
 */
#include "base/compat.h"
#include "catalog/run_tally.h"

#include "base/sql.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/rel.h"

/* $1 is the run, $2 what has been counted of it already, $3 1 when it ends, else 0. */
#define MORE(column) "($1)." column " - coalesce(($2)." column ", 0)"
#define ENDED_AS(state) "$3 * (($1).state = '" state "')::int"
#define WITHIN(seconds, limit) "(" seconds " <= " limit ")::int"

#define COUNT_RUN \
	"insert into elt_catalog.run_tally (pipeline_id, succeeded, partial, failed, cancelled, abandoned," \
	" skipped, retries, requests, bytes, rows_inserted, rows_updated, rows_unchanged, rows_deleted," \
	" rows_stale, rows_duplicate, rows_quarantined, rows_dropped, rows_refused, rows_removed," \
	" ran_count, ran_us, ran_1, ran_2, ran_3, ran_4, ran_5, ran_6," \
	" waited_count, waited_us, waited_1, waited_2, waited_3, waited_4, waited_5, last_success_at)" \
	" select ($1).pipeline_id, " ENDED_AS("succeeded") ", " ENDED_AS("partial") ", " ENDED_AS("failed") \
	", " ENDED_AS("cancelled") ", " ENDED_AS("abandoned") ", " ENDED_AS("skipped") \
	", $3 * (($1).attempt > 1)::int, " MORE("requests") ", " MORE("bytes") ", " MORE("rows_inserted") \
	", " MORE("rows_updated") ", " MORE("rows_unchanged") ", " MORE("rows_deleted") ", " MORE("rows_stale") \
	", " MORE("rows_duplicate") ", " MORE("rows_quarantined") ", " MORE("rows_dropped") \
	", " MORE("rows_refused") ", " MORE("rows_removed") \
	", (ran is not null)::int, coalesce(ran * 1000000, 0)::bigint" \
	", " WITHIN("r", "1") ", " WITHIN("r", "10") ", " WITHIN("r", "60") ", " WITHIN("r", "300") \
	", " WITHIN("r", "1800") ", " WITHIN("r", "7200") \
	", (waited is not null)::int, coalesce(waited * 1000000, 0)::bigint" \
	", " WITHIN("w", "1") ", " WITHIN("w", "10") ", " WITHIN("w", "60") ", " WITHIN("w", "600") \
	", " WITHIN("w", "3600") \
	", case when $3 = 1 and ($1).state = 'succeeded' then ($1).finished_at end" \
	" from (select case when $3 = 1 and ($1).started_at is not null" \
	"  then greatest(date_part('epoch', ($1).finished_at - ($1).started_at), 0) end as ran," \
	"  case when $3 = 1 and ($1).started_at is not null and ($1).origin <> 'call' then" \
	"  greatest(date_part('epoch', ($1).started_at - greatest(($1).enqueued_at, ($1).not_before)), 0)" \
	"  end as waited) t, lateral (select coalesce(ran, 'infinity') as r," \
	"  coalesce(waited, 'infinity') as w) l"

/* Rows of its children are their own pipelines'. */
#define COUNT_CHILDREN \
	"insert into elt_catalog.run_tally (pipeline_id, rows_inserted, rows_updated, rows_unchanged," \
	" rows_deleted, rows_stale, rows_duplicate, rows_quarantined, rows_dropped, rows_refused, rows_removed)" \
	" select pipeline_id, rows_inserted, rows_updated, rows_unchanged, rows_deleted, rows_stale," \
	" rows_duplicate, rows_quarantined, rows_dropped, rows_refused, rows_removed" \
	" from elt_catalog.run_target where run_id = ($1).id"

static bool
IsOpen(HeapTuple tuple, TupleDesc desc)
{
	const char *state = SPI_getvalue(tuple, desc, SPI_fnumber(desc, "state"));

	return strcmp(state, "queued") == 0 || strcmp(state, "running") == 0;
}

static void
CountRun(const TriggerData *data)
{
	TupleDesc	desc = RelationGetDescr(data->tg_relation);
	Oid			type = data->tg_relation->rd_rel->reltype;
	bool		ends = IsOpen(data->tg_trigtuple, desc);
	Datum		run = heap_copy_tuple_as_datum(data->tg_newtuple, desc);
	Sql			q;

	SqlBeginKept(&q, COUNT_RUN);
	SqlAdd(&q, type, run, false);
	SqlAdd(&q, type, ends ? (Datum) 0 : heap_copy_tuple_as_datum(data->tg_trigtuple, desc), ends);
	SqlAddInt4(&q, ends ? 1 : 0);
	SqlDo(&q, AsCatalog());
	if (!ends)
		return;
	SqlBeginKept(&q, COUNT_CHILDREN);
	SqlAdd(&q, type, run, false);
	SqlDo(&q, AsCatalog());
}

PG_FUNCTION_INFO_V1(elt_tally_run);
Datum
elt_tally_run(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BY_UPDATE(((const TriggerData *) fcinfo->context)->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("elt_catalog.tally_run must be called as a trigger on UPDATE")));
	SPI_connect();
	CountRun((const TriggerData *) fcinfo->context);
	SPI_finish();
	return PointerGetDatum(NULL);
}

#define SUM(column) "sum(" column ")::bigint"

/* What others add meanwhile stays for the next time; of a pipeline that is gone nothing stays. */
#define ADD_UP_RUNS \
	"with gone as (delete from elt_catalog.run_tally t where t.pipeline_id in (select n.pipeline_id" \
	" from elt_catalog.run_tally n group by n.pipeline_id having count(*) > 1)" \
	" or not exists (select from elt_catalog.pipeline p where p.id = t.pipeline_id) returning *)" \
	" insert into elt_catalog.run_tally select pipeline_id, " SUM("succeeded") ", " SUM("partial") \
	", " SUM("failed") ", " SUM("cancelled") ", " SUM("abandoned") ", " SUM("skipped") ", " SUM("retries") \
	", " SUM("requests") ", " SUM("bytes") ", " SUM("rows_inserted") ", " SUM("rows_updated") \
	", " SUM("rows_unchanged") ", " SUM("rows_deleted") ", " SUM("rows_stale") ", " SUM("rows_duplicate") \
	", " SUM("rows_quarantined") ", " SUM("rows_dropped") ", " SUM("rows_refused") ", " SUM("rows_removed") \
	", " SUM("ran_count") ", " SUM("ran_us") ", " SUM("ran_1") ", " SUM("ran_2") ", " SUM("ran_3") \
	", " SUM("ran_4") ", " SUM("ran_5") ", " SUM("ran_6") ", " SUM("waited_count") ", " SUM("waited_us") \
	", " SUM("waited_1") ", " SUM("waited_2") ", " SUM("waited_3") ", " SUM("waited_4") ", " SUM("waited_5") \
	", max(last_success_at) from gone g" \
	" where exists (select from elt_catalog.pipeline p where p.id = g.pipeline_id) group by pipeline_id"

#define ADD_UP_REQUESTS \
	"with gone as (delete from elt_catalog.request_tally t where (t.server, t.verdict) in (select n.server," \
	" n.verdict from elt_catalog.request_tally n group by n.server, n.verdict having count(*) > 1)" \
	" returning *)" \
	" insert into elt_catalog.request_tally select server, verdict, " SUM("bytes") ", " SUM("took_count") \
	", " SUM("took_us") ", " SUM("took_1") ", " SUM("took_2") ", " SUM("took_3") ", " SUM("took_4") \
	", " SUM("took_5") ", " SUM("took_6") ", " SUM("took_7") " from gone group by server, verdict"

void
TallyAddUp(void)
{
	(void) SqlExec(ADD_UP_RUNS, AsCatalog());
	(void) SqlExec(ADD_UP_REQUESTS, AsCatalog());
}

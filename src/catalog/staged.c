/*
 * staged.c
 *	  Write and read the facts of the staged batch.
 */
#include "base/compat.h"
#include "catalog/staged.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/datum.h"

void
StagedForget(const Pipeline *p)
{
	Sql			q;

	SqlBeginKept(&q,
				 "with slices as (delete from elt_catalog.staged_slice where pipeline_id = $1),"
				 " rejects as (delete from elt_catalog.staged_reject where pipeline_id = $1),"
				 " replays as (delete from elt_catalog.staged_replay where pipeline_id = $1),"
				 " checks as (delete from elt_catalog.staged_check where pipeline_id = $1)"
				 " delete from elt_catalog.staged_batch where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	SqlDo(&q, AsCatalog());
}

void
StagedBegin(const Pipeline *p, int64 run_id, int32 batch, const char *definition)
{
	Sql			q;

	StagedForget(p);
	SqlBeginKept(&q,
				 "insert into elt_catalog.staged_batch (pipeline_id, run_id, batch,"
				 " definition_version, definition, started_at) values ($1, $2, $3, $4, $5,"
				 " (select started_at from elt_catalog.run where id = $2))");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	SqlAddInt4(&q, batch);
	SqlAddInt4(&q, p->definition_version);
	SqlAddText(&q, definition);
	SqlDo(&q, AsCatalog());
}

void
StagedForgetRejected(const Pipeline *p, const Slice *slice)
{
	Sql			q;

	SqlBegin(&q,
			 "delete from elt_catalog.staged_reject"
			 " where pipeline_id = $1 and params = $2 and window_start = $3");
	SqlAddInt4(&q, p->id);
	SqlAddJsonb(&q, slice->params);
	SqlAddTime(&q, slice->window_start);
	SqlDo(&q, AsCatalog());
}

void
StagedAddCheck(const Pipeline *p, const StagedCheck *check)
{
	Sql			q;

	SqlBeginKept(&q,
				 "insert into elt_catalog.staged_check (pipeline_id, rule_id, bit, rows_failed)"
				 " values ($1, $2, $3, $4)");
	SqlAddInt4(&q, p->id);
	SqlAddInt4(&q, check->rule_id);
	SqlAddInt4(&q, check->bit);
	SqlAddInt8(&q, check->failed);
	SqlDo(&q, AsCatalog());
}

List *
StagedChecks(const Pipeline *p)
{
	List	   *checks = NIL;
	Sql			q;

	SqlBeginKept(&q,
				 "select rule_id, bit, rows_failed from elt_catalog.staged_check"
				 " where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		StagedCheck *check = palloc(sizeof(StagedCheck));

		check->rule_id = SqlInt4(&q, i, 1, NULL);
		check->bit = SqlInt4(&q, i, 2, NULL);
		check->failed = SqlInt8(&q, i, 3, NULL);
		checks = lappend(checks, check);
	}
	SqlDone(&q);
	return checks;
}

List *
StagedWindows(const Pipeline *p)
{
	List	   *windows = NIL;
	Sql			q;

	SqlBegin(&q,
			 "select params, window_start, window_end, loaded_at from elt_catalog.staged_slice"
			 " where pipeline_id = $1 and state in ('landed', 'empty')"
			 " order by params, window_start");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		StagedWindow *window = palloc(sizeof(StagedWindow));
		bool		isnull;

		window->params = SqlText(&q, i, 1);
		window->start = SqlTime(&q, i, 2, NULL);
		window->end = SqlTime(&q, i, 3, NULL);
		window->loaded_at = SqlTime(&q, i, 4, &isnull);
		if (isnull)
			window->loaded_at = 0;
		windows = lappend(windows, window);
	}
	SqlDone(&q);
	return windows;
}

char *
StagedFirstReject(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q,
			 "select message from elt_catalog.staged_reject where pipeline_id = $1"
			 " order by params, window_start, record, byte_offset limit 1");
	SqlAddInt4(&q, p->id);
	return SqlDoText(&q, AsCatalog());
}

int64
StagedFailUndecoded(const Pipeline *p, const char *sqlstate, const char *error)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.staged_slice set state = 'failed', sqlstate = $2, error = $3"
			 " where pipeline_id = $1 and state = 'landed' and undecoded > 0");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, sqlstate);
	SqlAddText(&q, error);
	return SqlDo(&q, AsCatalog());
}

void
StagedFailWithParent(const Pipeline *child, const Pipeline *parent)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.staged_slice c set state = 'failed', rows = 0,"
			 " sqlstate = s.sqlstate, error = s.error from elt_catalog.staged_slice s"
			 " where c.pipeline_id = $1 and s.pipeline_id = $2 and s.state = 'failed'"
			 " and c.params = s.params and c.window_start = s.window_start"
			 " and c.state <> 'failed'");
	SqlAddInt4(&q, child->id);
	SqlAddInt4(&q, parent->id);
	SqlDo(&q, AsCatalog());
}

/* A value of the first row of a statement, which outlives it. */
static Datum
ArrayOf(Sql *q, int column)
{
	return datumCopy(SqlDatum(q, 0, column, NULL), false, -1);
}

/* Records that are parents of staged rejects; NULL: there are none. */
static ArrayType *
RecordsOfParents(const Pipeline *child)
{
	ArrayType  *records = NULL;
	bool		is_none;
	Sql			q;

	SqlBeginKept(&q, "select array_agg(distinct parent_record) from elt_catalog.staged_reject"
				 " where pipeline_id = $1 and parent_record is not null");
	SqlAddInt4(&q, child->id);
	SqlRun(&q, AsCatalog());
	(void) SqlDatum(&q, 0, 1, &is_none);
	if (!is_none)
		records = DatumGetArrayTypeP(ArrayOf(&q, 1));
	SqlDone(&q);
	return records;
}

/* Values of the owner's types become JSON by the owner's casts, so only as the owner. */
void
StagedNameParents(const Pipeline *child, const Pipeline *parent, const char *key)
{
	ArrayType  *records = RecordsOfParents(child);
	Sql			keys;
	Sql			q;

	if (records == NULL)
		return;
	SqlBegin(&keys, psprintf("SELECT coalesce(array_agg(s._record), '{}'),"
							 " coalesce(array_agg((%s)::text), '{}') FROM %s AS s"
							 " WHERE s._record = ANY ($1)", key, PipelineStaging(parent)));
	SqlAdd(&keys, INT8ARRAYOID, PointerGetDatum(records), false);
	SqlRun(&keys, parent->owner);

	SqlBegin(&q, "update elt_catalog.staged_reject j set parent_key = k.key::jsonb"
			 " from unnest($2, $3) as k(record, key)"
			 " where j.pipeline_id = $1 and k.record = j.parent_record");
	SqlAddInt4(&q, child->id);
	SqlAdd(&q, INT8ARRAYOID, ArrayOf(&keys, 1), false);
	SqlAdd(&q, TEXTARRAYOID, ArrayOf(&keys, 2), false);
	SqlDo(&q, AsCatalog());
	SqlDone(&keys);
}

/* A statement about the rejects of this batch: $1 is the pipeline, $2 the run, $3 the batch. */
static void
AddBatch(Sql *q, const Pipeline *p, const StagedBatch *batch)
{
	SqlAddInt4(q, p->id);
	SqlAddInt8(q, batch->run_id);
	SqlAddInt4(q, batch->batch);
}

void
RejectsNameParents(const Pipeline *child, const Pipeline *parent, const StagedBatch *batch)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.reject j set parent_key ="
			 " (select jsonb_object_agg(k.name, j.raw::jsonb -> k.holder)"
			 "  from unnest($4, $5) as k(name, holder))"
			 " where j.pipeline_id = $1 and j.run_id = $2 and j.batch = $3"
			 " and j.state in ('new', 'fixed') and j.stage in ('check', 'merge') and j.parent_key is null");
	AddBatch(&q, child, batch);
	SqlAddTextArray(&q, parent->key);
	SqlAddTextArray(&q, child->parent_key);
	SqlDo(&q, AsCatalog());
}

void
StagedSetFields(const Pipeline *p, int64 records, List *present, List *missing,
				const char *sample, const char *new_fields)
{
	Sql			q;

	SqlBeginKept(&q,
				 "update elt_catalog.staged_batch set records = $2, present_fields = $3,"
				 " missing_fields = $4, sample = $5, new_fields = $6 where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, records);
	SqlAddTextArray(&q, present);
	SqlAddTextArray(&q, missing);
	SqlAddText(&q, sample);
	SqlAddJsonb(&q, new_fields);
	SqlDo(&q, AsCatalog());
}

char *
StagedNewFields(const Pipeline *p)
{
	Sql			q;

	SqlBeginKept(&q, "select new_fields::text from elt_catalog.staged_batch where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	return SqlDoText(&q, AsCatalog());
}

void
StagedComplete(const Pipeline *p)
{
	Sql			q;

	SqlBeginKept(&q, "update elt_catalog.staged_batch set complete = true where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	SqlDo(&q, AsCatalog());
}

StagedBatch *
StagedRead(const Pipeline *p)
{
	Sql			q;
	StagedBatch *batch = NULL;

	SqlBeginKept(&q,
				 "select b.run_id, b.batch, coalesce(sum(s.rows), 0)::bigint,"
				 " coalesce(sum(s.rejected), 0)::bigint, coalesce(sum(s.requests), 0)::bigint,"
				 " coalesce(sum(s.bytes), 0)::bigint, b.definition,"
				 " coalesce(sum(s.rows + s.rejected) filter (where s.state = 'landed'), 0)::bigint,"
				 " coalesce(sum(s.undecoded) filter (where s.state = 'landed'), 0)::bigint,"
				 " b.records, b.missing_fields,"
				 " count(*) filter (where s.state = 'unchanged'),"
				 " count(*) filter (where s.state = 'not_yet'),"
				 " coalesce(bool_or(s.window_start > '-infinity'), false),"
				 " coalesce(bool_or(s.goes_on), false)"
				 " from elt_catalog.staged_batch b"
				 " left join elt_catalog.staged_slice s using (pipeline_id)"
				 " where b.pipeline_id = $1 and b.complete and b.definition_version = $2"
				 " group by b.pipeline_id");
	SqlAddInt4(&q, p->id);
	SqlAddInt4(&q, p->definition_version);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		batch = palloc0(sizeof(StagedBatch));
		batch->run_id = SqlInt8(&q, 0, 1, NULL);
		batch->batch = SqlInt4(&q, 0, 2, NULL);
		batch->rows = SqlInt8(&q, 0, 3, NULL);
		batch->rejected = SqlInt8(&q, 0, 4, NULL);
		batch->requests = SqlInt8(&q, 0, 5, NULL);
		batch->bytes = SqlInt8(&q, 0, 6, NULL);
		batch->definition = SqlText(&q, 0, 7);
		batch->landing = SqlInt8(&q, 0, 8, NULL);
		batch->undecoded = SqlInt8(&q, 0, 9, NULL);
		batch->records = SqlInt8(&q, 0, 10, NULL);
		batch->missing = SqlTextArray(&q, 0, 11);
		batch->unchanged = SqlInt8(&q, 0, 12, NULL);
		batch->not_yet = SqlInt8(&q, 0, 13, NULL);
		batch->has_windows = SqlBool(&q, 0, 14);
		batch->goes_on = SqlBool(&q, 0, 15);
	}
	SqlDone(&q);
	return batch;
}

/* What is refused so often in a row is asked for after pauses that grow. */
#define FAILURES_UNTIL_PAUSE "3"

/*
 * A slice that stays unpublished beyond the limit becomes a failure, and says so. What the slices
 * have become is counted in the run that lands them.
 */
static void
LandSlices(const Pipeline *p, const StagedBatch *batch, int64 run_id, const char *answer_key,
		   int64 unchanged)
{
	Sql			q;

	SqlBeginKept(&q,
				 "with slice as (insert into elt_catalog.slice as old (pipeline_id, params, window_start,"
				 " window_end, state, complete, definition_version, attempts, first_tried_at,"
				 " tried_at, landed_at, rows, rejected, bytes, http_status, etag, last_modified,"
				 " body_hash, answer_key, sqlstate, error, unproven, failures, run_id)"
				 " select pipeline_id, params, window_start, window_end, state, complete, $3,"
				 " attempts, tried_at, tried_at,"
				 " case when state in ('landed', 'empty') then clock_timestamp() end,"
				 " rows, rejected, bytes, http_status, etag, last_modified, body_hash,"
				 " case when state = 'landed' and rejected = 0 then $5 end, sqlstate, error, unproven,"
				 " case when state = 'failed' and refused then 1 else 0 end, $2"
				 " from elt_catalog.staged_slice where pipeline_id = $1 and state <> 'unchanged'"
				 " on conflict (pipeline_id, params, window_start) do update set"
				 " window_end = excluded.window_end, complete = excluded.complete,"
				 " definition_version = excluded.definition_version,"
				 " attempts = old.attempts + excluded.attempts, tried_at = excluded.tried_at,"
				 " landed_at = coalesce(excluded.landed_at, old.landed_at), rows = excluded.rows,"
				 " rejected = excluded.rejected, bytes = excluded.bytes,"
				 " http_status = excluded.http_status, etag = excluded.etag,"
				 " last_modified = excluded.last_modified, body_hash = excluded.body_hash,"
				 " answer_key = excluded.answer_key, unproven = excluded.unproven, unchanged_at = null,"
				 " run_id = excluded.run_id,"
				 " failures = case when excluded.state = 'failed'"
				 " then old.failures + excluded.failures else 0 end,"
				 " next_try_at = case when excluded.state = 'failed'"
				 " and old.failures + excluded.failures >= " FAILURES_UNTIL_PAUSE
				 " then excluded.tried_at + least(interval '1 day', interval '10 minutes'"
				 " * power(2, least(old.failures + excluded.failures - " FAILURES_UNTIL_PAUSE
				 ", 10))) end,"
				 " state = case when excluded.state = 'not_yet'"
				 " and excluded.tried_at - old.first_tried_at > $4 then 'failed'"
				 " else excluded.state end,"
				 " sqlstate = case when excluded.state = 'not_yet'"
				 " and excluded.tried_at - old.first_tried_at > $4 then 'EL003'"
				 " else excluded.sqlstate end,"
				 " error = case when excluded.state = 'not_yet'"
				 " and excluded.tried_at - old.first_tried_at > $4"
				 " then 'not published within ' || $4 else excluded.error end"
				 " returning state)"
				 " update elt_catalog.run set slices_landed = slices_landed + n.landed,"
				 " slices_unchanged = slices_unchanged + $6, slices_not_yet = slices_not_yet + n.not_yet,"
				 " slices_failed = slices_failed + n.failed, requests = requests + $7,"
				 " bytes = bytes + $8"
				 " from (select count(*) filter (where state in ('landed', 'empty')) as landed,"
				 "  count(*) filter (where state = 'not_yet') as not_yet,"
				 "  count(*) filter (where state = 'failed') as failed from slice) n"
				 " where id = $9");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, batch->run_id);
	SqlAddInt4(&q, p->definition_version);
	SqlAddInterval(&q, p->not_yet_limit);
	SqlAddText(&q, answer_key);
	SqlAddInt8(&q, unchanged);
	SqlAddInt8(&q, batch->requests);
	SqlAddInt8(&q, batch->bytes);
	SqlAddInt8(&q, run_id);
	SqlDo(&q, AsCatalog());
}

/* What landed stands. A slice that was reset meanwhile stays forgotten: it is asked for again. */
static int64
TouchUnchanged(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	SqlBeginParsed(&q,
				   "update elt_catalog.slice s set complete = n.complete,"
				   " attempts = s.attempts + n.attempts, tried_at = n.tried_at,"
				   " unchanged_at = n.tried_at, http_status = n.http_status, unproven = n.unproven,"
				   " etag = coalesce(n.etag, s.etag),"
				   " last_modified = coalesce(n.last_modified, s.last_modified), run_id = $2"
				   " from elt_catalog.staged_slice n"
				   " where n.pipeline_id = $1 and n.state = 'unchanged' and s.pipeline_id = $1"
				   " and s.params = n.params and s.window_start = n.window_start");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, batch->run_id);
	return SqlDo(&q, AsCatalog());
}

/* Each cursor moves to the end of the unbroken run of landed, complete windows behind it. */
static void
MoveCursors(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	SqlBeginParsed(&q,
				   "with recursive reached(params, window_end) as ("
				   "  select c.params, c.window_end from elt_catalog.cursor c"
				   "  where c.pipeline_id = $1 and c.definition_version = $3"
				   "  and c.params in (select s.params from elt_catalog.staged_slice s"
				   "                   where s.pipeline_id = $1)"
				   " union all"
				   "  select r.params, s.window_end from reached r"
				   "  join elt_catalog.slice s on s.pipeline_id = $1 and s.params = r.params"
				   "  and s.window_start = r.window_end"
				   "  where s.state in ('landed', 'empty') and s.complete"
				   "  and s.definition_version = $3)"
				   " update elt_catalog.cursor c set window_end = n.window_end,"
				   " position = n.window_end::text, run_id = $2, moved_at = clock_timestamp()"
				   " from (select params, max(window_end) as window_end from reached"
				   "       group by params) n"
				   " where c.pipeline_id = $1 and c.params = n.params"
				   " and n.window_end > c.window_end");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, batch->run_id);
	SqlAddInt4(&q, p->definition_version);
	SqlDo(&q, AsCatalog());
}

void
StagedLand(const Pipeline *p, const StagedBatch *batch, int64 run_id, const char *answer_key)
{
	int64		unchanged = batch->unchanged == 0 ? 0 : TouchUnchanged(p, batch);

	LandSlices(p, batch, run_id, answer_key, unchanged);
	if (batch->has_windows)
		MoveCursors(p, batch);
}

OverdueSlice *
StagedOverdue(const Pipeline *p, const StagedBatch *batch)
{
	OverdueSlice *overdue = NULL;
	Sql			q;

	if (batch->not_yet == 0)
		return NULL;
	SqlBegin(&q,
			 "select l.params, l.window_start, l.window_end, l.error, count(*) over ()"
			 " from elt_catalog.staged_slice s join elt_catalog.slice l"
			 " using (pipeline_id, params, window_start)"
			 " where s.pipeline_id = $1 and s.state = 'not_yet' and l.state = 'failed'"
			 " order by l.window_start, l.params limit 1");
	SqlAddInt4(&q, p->id);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		overdue = palloc0(sizeof(OverdueSlice));
		overdue->slice.params = SqlText(&q, 0, 1);
		overdue->slice.window_start = SqlTime(&q, 0, 2, NULL);
		overdue->slice.window_end = SqlTime(&q, 0, 3, NULL);
		overdue->slice.has_window = !TIMESTAMP_IS_NOBEGIN(overdue->slice.window_start);
		overdue->error = SqlText(&q, 0, 4);
		overdue->count = SqlInt8(&q, 0, 5, NULL);
	}
	SqlDone(&q);
	return overdue;
}

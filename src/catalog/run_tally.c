/*
 * run_tally.c
 *	  Count the runs that end, so that totals only grow, whatever becomes of the history.
 *
 * Whatever statement ends a run, a trigger counts it in the same transaction. It inserts a row, and
 * so waits for no other transaction and makes none wait.
 */
#include "base/compat.h"
#include "catalog/run_tally.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* Upper bounds of ran_1 and following, and of waited_1 and following, in seconds. */
static const int64 ran_bounds[] = {1, 10, 60, 300, 1800, 7200};
static const int64 waited_bounds[] = {1, 10, 60, 600, 3600};

/* The row to add: each count is 0 unless it is set. */
typedef struct Tally
{
	TupleDesc	desc;
	Datum	   *values;
	bool	   *nulls;
} Tally;

/* A row of what is counted: a run, or the counts of one of its children. */
typedef struct Counted
{
	HeapTuple	tuple;
	TupleDesc	desc;
} Counted;

static int
ColumnOf(TupleDesc desc, const char *name)
{
	int			column = SPI_fnumber(desc, name);

	if (column <= 0)
		elog(ERROR, "no column \"%s\"", name);
	return column;
}

static void
Set(Tally *tally, const char *column, Datum value)
{
	int			i = ColumnOf(tally->desc, column) - 1;

	tally->values[i] = value;
	tally->nulls[i] = false;
}

static Datum
Get(const Counted *row, const char *column, bool *isnull)
{
	return SPI_getbinval(row->tuple, row->desc, ColumnOf(row->desc, column), isnull);
}

static char *
GetText(const Counted *row, const char *column)
{
	return SPI_getvalue(row->tuple, row->desc, ColumnOf(row->desc, column));
}

/* False when it is null. */
static bool
GetTime(const Counted *row, const char *column, TimestampTz *time)
{
	bool		isnull;

	*time = DatumGetTimestampTz(Get(row, column, &isnull));
	return !isnull;
}

static int64
Count(HeapTuple tuple, TupleDesc desc, int column)
{
	bool		isnull;

	return tuple == NULL ? 0 : DatumGetInt64(SPI_getbinval(tuple, desc, column, &isnull));
}

/* The counts that have the same name on both sides, less what has been counted already. */
static void
TakeCounts(Tally *tally, const Counted *row, HeapTuple counted)
{
	for (int i = 0; i < tally->desc->natts; i++)
	{
		Form_pg_attribute to = TupleDescAttr(tally->desc, i);
		int			from = SPI_fnumber(row->desc, NameStr(to->attname));
		bool		is_count = to->atttypid == INT8OID;

		tally->nulls[i] = !is_count;
		tally->values[i] = (Datum) 0;
		if (is_count && from > 0)
			tally->values[i] = Int64GetDatum(Count(row->tuple, row->desc, from) -
											 Count(counted, row->desc, from));
	}
}

/* Times that the clock has made negative count as none. */
static void
TakeDuration(Tally *tally, const char *what, int64 microseconds, const int64 *bounds, int nbounds)
{
	microseconds = Max(microseconds, 0);
	Set(tally, psprintf("%s_count", what), Int64GetDatum(1));
	Set(tally, psprintf("%s_us", what), Int64GetDatum(microseconds));
	for (int i = 0; i < nbounds; i++)
		if (microseconds <= bounds[i] * USECS_PER_SEC)
			Set(tally, psprintf("%s_%d", what, i + 1), Int64GetDatum(1));
}

/* When it could have begun. */
static TimestampTz
DueTime(const Counted *run)
{
	TimestampTz enqueued;
	TimestampTz not_before;

	(void) GetTime(run, "enqueued_at", &enqueued);
	return GetTime(run, "not_before", &not_before) ? Max(enqueued, not_before) : enqueued;
}

static void
TakeEnd(Tally *tally, const Counted *run)
{
	const char *state = GetText(run, "state");
	TimestampTz started;
	TimestampTz finished;
	bool		isnull;

	Set(tally, state, Int64GetDatum(1));
	if (DatumGetInt32(Get(run, "attempt", &isnull)) > 1)
		Set(tally, "retries", Int64GetDatum(1));
	if (!GetTime(run, "finished_at", &finished))
		return;
	if (strcmp(state, "succeeded") == 0)
		Set(tally, "last_success_at", TimestampTzGetDatum(finished));
	if (!GetTime(run, "started_at", &started))
		return;
	TakeDuration(tally, "ran", finished - started, ran_bounds, lengthof(ran_bounds));
	if (strcmp(GetText(run, "origin"), "call") != 0)
		TakeDuration(tally, "waited", started - DueTime(run), waited_bounds,
					 lengthof(waited_bounds));
}

static bool
IsOpen(HeapTuple tuple, TupleDesc desc)
{
	const Counted row = {tuple, desc};
	const char *state = GetText(&row, "state");

	return strcmp(state, "queued") == 0 || strcmp(state, "running") == 0;
}

/* Without SQL: a worker that executes one run would have to plan a statement for it. */
static void
AddRow(Relation relation, HeapTuple counted, const Counted *row, bool is_end)
{
	Relation	target = table_open(get_relname_relid("run_tally", RelationGetNamespace(relation)),
									RowExclusiveLock);
	TupleDesc	desc = RelationGetDescr(target);
	Tally		tally = {desc, palloc(sizeof(Datum) * desc->natts), palloc(desc->natts)};
	bool		isnull;

	TakeCounts(&tally, row, counted);
	Set(&tally, "pipeline_id", Get(row, "pipeline_id", &isnull));
	if (is_end)
		TakeEnd(&tally, row);
	simple_heap_insert(target, heap_form_tuple(desc, tally.values, tally.nulls));
	table_close(target, NoLock);
}

/* Rows of its children are their own pipelines'. */
static void
AddChildren(Relation relation, int64 run_id)
{
	Oid			schema = RelationGetNamespace(relation);
	Relation	children = table_open(get_relname_relid("run_target", schema), AccessShareLock);
	TupleDesc	desc = RelationGetDescr(children);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, ColumnOf(desc, "run_id"), BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(run_id));
	scan = systable_beginscan(children, get_relname_relid("run_target_pkey", schema), true, NULL,
							  1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		const Counted child = {tuple, desc};

		AddRow(relation, NULL, &child, false);
	}
	systable_endscan(scan);
	table_close(children, NoLock);
}

static void
CountRun(const TriggerData *data)
{
	TupleDesc	desc = RelationGetDescr(data->tg_relation);
	const Counted run = {data->tg_newtuple, desc};
	bool		ends = IsOpen(data->tg_trigtuple, desc);
	bool		isnull;

	AddRow(data->tg_relation, ends ? NULL : data->tg_trigtuple, &run, ends);
	if (ends)
		AddChildren(data->tg_relation, DatumGetInt64(Get(&run, "id", &isnull)));
}

PG_FUNCTION_INFO_V1(elt_tally_run);
Datum
elt_tally_run(PG_FUNCTION_ARGS)
{
	const TriggerData *data = (const TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
		!TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("elt_catalog.tally_run must be called as a trigger for updated rows")));
	CountRun(data);
	return PointerGetDatum(NULL);
}

#define SUM(column) "sum(" column ")::bigint"

/* What others add meanwhile stays for the next time; of what is gone nothing stays. */
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
	" or not exists (select from pg_foreign_server s where s.srvname = t.server) returning *)" \
	" insert into elt_catalog.request_tally select server, verdict, " SUM("bytes") ", " SUM("took_count") \
	", " SUM("took_us") ", " SUM("took_1") ", " SUM("took_2") ", " SUM("took_3") ", " SUM("took_4") \
	", " SUM("took_5") ", " SUM("took_6") ", " SUM("took_7") " from gone g" \
	" where exists (select from pg_foreign_server s where s.srvname = g.server) group by server, verdict"

void
TallyAddUp(void)
{
	(void) SqlExec(ADD_UP_RUNS, AsCatalog());
	(void) SqlExec(ADD_UP_REQUESTS, AsCatalog());
}

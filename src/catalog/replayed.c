/*
 * replayed.c
 *	  Statements about rejects that are replayed, fixed or discarded.
 */
#include "base/compat.h"
#include "catalog/replayed.h"

#include "base/errors.h"
#include "base/setting.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define IS_OPEN "state in ('new', 'fixed')"

#define MANY_REJECTS 1000
#define MANY_PLACES 100000

/* ---- which they are ---- */

/* It is parsed by itself first, so that it cannot close the parentheses around it. */
static void
CheckIsCondition(const char *condition)
{
	List	   *statements = raw_parser(condition, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select = (SelectStmt *) linitial_node(RawStmt, statements)->stmt;

	if (IsA(select, SelectStmt) && list_length(select->targetList) == 1 &&
		select->fromClause == NIL && select->op == SETOP_NONE && select->withClause == NULL &&
		select->intoClause == NULL && select->sortClause == NIL && select->limitCount == NULL &&
		select->lockingClause == NIL && select->whereClause == NULL &&
		select->groupClause == NIL && select->limitOffset == NULL &&
		linitial_node(ResTarget, select->targetList)->name == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("condition must be a single boolean expression"),
			 errhint("Specify a condition on the columns of elt.rejects, such as reason = "
					 "'parse'.")));
}

static List *
Int8Column(Sql *q)
{
	List	   *values = NIL;

	for (uint64 i = 0; i < q->processed; i++)
	{
		int64	   *value = palloc(sizeof(int64));

		*value = SqlInt8(q, i, 1, NULL);
		values = lappend(values, value);
	}
	SqlDone(q);
	return values;
}

/* The condition is a statement of the current user, with the rights of that user. */
List *
OpenRejects(const Pipeline *p, const RejectSet *set)
{
	Sql			q;

	if (set->id != 0)
		return list_make1(memcpy(palloc(sizeof(int64)), &set->id, sizeof(int64)));
	if (set->condition == NULL)
	{
		SqlBegin(&q, "select id from elt_catalog.reject where pipeline_id = $1 and " IS_OPEN);
		SqlAddInt4(&q, p->id);
		SqlRun(&q, AsCatalog());
		return Int8Column(&q);
	}
	CheckIsCondition(set->condition);
	SqlBegin(&q, psprintf("select reject_id from elt.rejects where pipeline = $1 and " IS_OPEN
						  " and (%s\n)", set->condition));
	SqlAddText(&q, p->name);
	SqlRun(&q, GetUserId());
	return Int8Column(&q);
}

static void
AddIds(Sql *q, List *ids)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(list_length(ids), 1));
	ListCell   *lc;

	foreach(lc, ids)
		elements[foreach_current_index(lc)] = Int64GetDatum(*(int64 *) lfirst(lc));
	SqlAdd(q, INT8ARRAYOID,
		   PointerGetDatum(construct_array(elements, list_length(ids), INT8OID, sizeof(int64),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)), false);
}

/* ---- their order ---- */

typedef struct Places
{
	int64		count;
	Datum	   *ids;
	Datum	   *times;
} Places;

/* Times fall where they would not rise: a row that landed with a slice is as new as its rejects. */
static void
SpreadTimes(Places *places)
{
	for (int64 i = places->count - 2; i >= 0; i--)
		places->times[i] = TimestampTzGetDatum(Min(DatumGetTimestampTz(places->times[i]),
												   DatumGetTimestampTz(places->times[i + 1]) - 1));
}

static Places
FindPlaces(const Pipeline *p, List *ids)
{
	Places		places;
	Size		size;
	Sql			q;

	SqlBegin(&q,
			 "select id, coalesce(loaded_at, rejected_at) as at from elt_catalog.reject"
			 " where pipeline_id = $1 and id = any ($2) and " IS_OPEN " order by at, id");
	SqlAddInt4(&q, p->id);
	AddIds(&q, ids);
	places.count = (int64) SqlRun(&q, AsCatalog());
	size = sizeof(Datum) * Max(places.count, 1);
	places.ids = MemoryContextAllocHuge(CurrentMemoryContext, size);
	places.times = MemoryContextAllocHuge(CurrentMemoryContext, size);
	for (int64 i = 0; i < places.count; i++)
	{
		places.ids[i] = Int64GetDatum(SqlInt8(&q, i, 1, NULL));
		places.times[i] = TimestampTzGetDatum(SqlTime(&q, i, 2, NULL));
	}
	SqlDone(&q);
	SpreadTimes(&places);
	return places;
}

static void
AddArray(Sql *q, Oid array, Oid type, Datum *values, int n)
{
	SqlAdd(q, array, PointerGetDatum(construct_array(values, n, type, sizeof(int64),
													 FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)), false);
}

static void
StagePlaces(const Pipeline *p, const Places *places)
{
	for (int64 at = 0; at < places->count; at += MANY_PLACES)
	{
		int			n = (int) Min(MANY_PLACES, places->count - at);
		Sql			q;

		SqlBegin(&q,
				 "insert into elt_catalog.staged_replay (pipeline_id, n, reject_id, loaded_at)"
				 " select $1, $2 + n, id, at from unnest($3, $4) with ordinality as u(id, at, n)");
		SqlAddInt4(&q, p->id);
		SqlAddInt8(&q, at);
		AddArray(&q, INT8ARRAYOID, INT8OID, places->ids + at, n);
		AddArray(&q, TIMESTAMPTZARRAYOID, TIMESTAMPTZOID, places->times + at, n);
		SqlDo(&q, AsCatalog());
	}
}

/*
 * Nothing is known to the planner of what was just staged, which may be a million rows: then a loop
 * over an index, or a sort, is the wrong plan. Returns the level of settings, for AtEOXact_GUC.
 */
static int
PlanForMany(int64 count)
{
	int			guc_level = NewGUCNestLevel();

	if (count < MANY_REJECTS)
		return guc_level;
	SettingSet("enable_nestloop", "off");
	SettingSet("enable_sort", "off");
	return guc_level;
}

static void
StageSlices(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.staged_slice (pipeline_id, params, window_start, window_end,"
			 " state, complete, attempts, tried_at, requests, rows, rejected, bytes)"
			 " select $1, params, window_start, window_end, 'landed', true, 0, now(), 0, 0, 0, 0"
			 " from (select distinct coalesce(j.params, '{}') as params,"
			 "  coalesce(j.window_start, '-infinity') as window_start,"
			 "  coalesce(j.window_end, 'infinity') as window_end"
			 "  from elt_catalog.staged_replay v join elt_catalog.reject j on j.id = v.reject_id"
			 "  where v.pipeline_id = $1 and j.pipeline_id = $1 and j." IS_OPEN ") s"
			 " on conflict do nothing");
	SqlAddInt4(&q, p->id);
	SqlDo(&q, AsCatalog());
}

int64
ReplayedBegin(const Pipeline *p, List *ids)
{
	Places		places = FindPlaces(p, ids);
	int			guc_level;

	StagePlaces(p, &places);
	pfree(places.ids);
	pfree(places.times);
	guc_level = PlanForMany(places.count);
	StageSlices(p);
	AtEOXact_GUC(true, guc_level);
	return places.count;
}

static ReplayedReject *
ReadReject(Sql *q, uint64 row)
{
	ReplayedReject *j = palloc0(sizeof(ReplayedReject));
	bool		no_start;
	bool		isnull;

	j->n = SqlInt8(q, row, 1, NULL);
	j->loaded_at = SqlTime(q, row, 2, NULL);
	j->params = SqlText(q, row, 3);
	j->window_start = SqlTime(q, row, 4, &no_start);
	j->window_end = SqlTime(q, row, 5, &isnull);
	j->has_window = !no_start;
	j->raw = SqlText(q, row, 6);
	j->form = SqlText(q, row, 7);
	j->whole = SqlBool(q, row, 8);
	j->ancestors = SqlText(q, row, 9);
	j->list = SqlText(q, row, 10);
	j->header = SqlText(q, row, 11);
	j->line = SqlInt8(q, row, 12, &isnull);
	j->arrival = SqlInt8(q, row, 13, &isnull);
	j->patch = SqlText(q, row, 14);
	return j;
}

/* Their texts are in memory together. */
#define MANY_BYTES "16777216"

List *
ReplayedRead(const Pipeline *p, TimestampTz after, int at_most)
{
	List	   *rejects = NIL;
	Sql			q;

	SqlBeginKept(&q,
				 "select n, loaded_at, coalesce(params, '{}')::text, window_start, window_end,"
				 " raw, form, whole, ancestors, list, header, coalesce(line, 0), coalesce(arrival, 0),"
				 " patch::text from (select v.n, v.loaded_at, j.params, j.window_start, j.window_end,"
				 "  j.raw, j.form, j.whole, j.ancestors, j.list, j.header, j.line, j.arrival, j.patch,"
				 "  sum(octet_length(j.raw)) over (order by v.loaded_at"
				 "   rows between unbounded preceding and 1 preceding) as bytes_before"
				 "  from (select n, loaded_at, reject_id from elt_catalog.staged_replay"
				 "   where pipeline_id = $1 and loaded_at > $2 order by loaded_at limit $3) v"
				 "  join elt_catalog.reject j on j.id = v.reject_id) r"
				 " where coalesce(bytes_before, 0) < " MANY_BYTES " order by loaded_at");
	SqlAddInt4(&q, p->id);
	SqlAddTime(&q, after);
	SqlAddInt8(&q, at_most);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		rejects = lappend(rejects, ReadReject(&q, i));
	SqlDone(&q);
	return rejects;
}

/* ---- what became of them ---- */

void
ReplayedSupersede(const Pipeline *p, List *times)
{
	Sql			q;

	if (times == NIL)
		return;
	SqlBegin(&q,
			 "update elt_catalog.staged_replay set outcome = 'superseded'"
			 " where pipeline_id = $1 and loaded_at = any ($2)");
	SqlAddInt4(&q, p->id);
	SqlAddTimeArray(&q, times);
	SqlDo(&q, AsCatalog());
}

int64
ReplayedQuarantine(const Pipeline *p, int64 run_id, int64 count)
{
	int			guc_level = PlanForMany(count);
	int64		rejects;
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.reject (pipeline_id, run_id, batch, params, window_start,"
			 " window_end, stage, reason, column_name, record, byte_offset, sqlstate, message,"
			 " raw, form, whole, ancestors, list, header, line, arrival, loaded_at, replay_of)"
			 " select $1, $2, 1, j.params, j.window_start, j.window_end, r.stage, r.reason,"
			 " r.column_name, j.record, j.byte_offset, r.sqlstate, r.message, r.raw, r.form,"
			 " r.whole, r.ancestors, r.list, r.header, r.line, r.arrival, j.loaded_at, j.id"
			 " from elt_catalog.staged_reject r"
			 " join elt_catalog.staged_replay v on v.pipeline_id = $1 and v.n = r.record"
			 " join elt_catalog.reject j on j.id = v.reject_id"
			 " where r.pipeline_id = $1 and j.pipeline_id = $1 and j." IS_OPEN);
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	rejects = SqlDo(&q, AsCatalog());
	AtEOXact_GUC(true, guc_level);
	return rejects;
}

static int64
DoForRun(const char *statement, const Pipeline *p, int64 run_id)
{
	Sql			q;

	SqlBegin(&q, statement);
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	return SqlDo(&q, AsCatalog());
}

/* Those of which nothing has come but one more reject. */
static int64
FindFailed(const Pipeline *p, int64 run_id)
{
	return DoForRun(psprintf("update elt_catalog.staged_replay v set outcome = 'failed',"
							 " again = n.id"
							 " from (select replay_of, min(id) as id from elt_catalog.reject"
							 "  where run_id = $2 and pipeline_id = $1 and replay_of is not null"
							 "  group by replay_of having count(*) = 1) n"
							 " where v.pipeline_id = $1 and v.reject_id = n.replay_of"
							 " and v.outcome is null"
							 " and not exists (select from %s s where s._loaded_at = v.loaded_at)",
							 PipelineStaging(p)), p, run_id);
}

/* Each stays what it was, with what is wrong with it this time. */
static void
SettleFailed(const Pipeline *p, int64 run_id)
{
	if (FindFailed(p, run_id) == 0)
		return;
	PipelineExec(p,
				 "update elt_catalog.reject j set state = 'new', attempts = j.attempts + 1,"
				 " stage = n.stage, reason = n.reason, checks = n.checks,"
				 " column_name = n.column_name, sqlstate = n.sqlstate, message = n.message"
				 " from elt_catalog.staged_replay v join elt_catalog.reject n on n.id = v.again"
				 " where v.pipeline_id = $1 and j.id = v.reject_id");
	PipelineExec(p,
				 "delete from elt_catalog.reject n using elt_catalog.staged_replay v"
				 " where v.pipeline_id = $1 and n.id = v.again");
}

/* What is left of a record of several rows is as old as that. */
static void
AgeNewRejects(const Pipeline *p, int64 run_id)
{
	(void) DoForRun("update elt_catalog.reject n set rejected_at = j.rejected_at,"
					" attempts = j.attempts + 1, loaded_at = j.loaded_at"
					" from elt_catalog.reject j where n.run_id = $2 and n.pipeline_id = $1"
					" and j.id = n.replay_of", p, run_id);
}

static void
SettleLanded(const Pipeline *p, int64 run_id)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.reject j set state = coalesce(v.outcome, 'replayed'),"
			 " attempts = j.attempts + 1, resolved_run_id = $2,"
			 " resolved_at = clock_timestamp(), resolved_by = $3"
			 " from elt_catalog.staged_replay v where v.pipeline_id = $1"
			 " and v.outcome is distinct from 'failed' and j.id = v.reject_id"
			 " and j.pipeline_id = $1 and j." IS_OPEN);
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	SqlDo(&q, AsCatalog());
}

ReplayCounts
ReplayedSettle(const Pipeline *p, int64 run_id, int64 count)
{
	ReplayCounts counts = {0};
	Sql			q;
	int			guc_level = PlanForMany(count);

	SettleFailed(p, run_id);
	AgeNewRejects(p, run_id);
	SettleLanded(p, run_id);
	AtEOXact_GUC(true, guc_level);
	SqlBegin(&q,
			 "select count(*), count(*) filter (where outcome is null),"
			 " count(*) filter (where outcome = 'superseded'),"
			 " count(*) filter (where outcome = 'failed')"
			 " from elt_catalog.staged_replay where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	counts.rejects = SqlInt8(&q, 0, 1, NULL);
	counts.replayed = SqlInt8(&q, 0, 2, NULL);
	counts.superseded = SqlInt8(&q, 0, 3, NULL);
	counts.rejected = SqlInt8(&q, 0, 4, NULL);
	SqlDone(&q);
	return counts;
}

/* ---- by hand ---- */

int64
RejectsDiscard(const Pipeline *p, List *ids, const char *reason)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.reject set state = 'discarded', resolution = $3,"
			 " resolved_at = clock_timestamp(), resolved_by = $4"
			 " where pipeline_id = $1 and id = any ($2) and " IS_OPEN);
	SqlAddInt4(&q, p->id);
	AddIds(&q, ids);
	SqlAddText(&q, reason);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	return SqlDo(&q, AsCatalog());
}

int32
RejectPipeline(int64 id)
{
	Sql			q;
	int32		pipeline_id = 0;

	SqlBegin(&q, "select pipeline_id from elt_catalog.reject where id = $1");
	SqlAddInt8(&q, id);
	if (SqlRun(&q, AsCatalog()) == 1)
		pipeline_id = SqlInt4(&q, 0, 1, NULL);
	SqlDone(&q);
	if (pipeline_id == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("reject %lld does not exist", (long long) id),
				 errhint("Use SELECT reject_id, pipeline, message FROM elt.rejects to list the "
						 "rejects.")));
	return pipeline_id;
}

void
RejectPatch(const Pipeline *p, int64 id, const char *patch)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.reject set state = 'fixed', patch = $3, fixed_by = $4,"
			 " fixed_at = clock_timestamp() where pipeline_id = $1 and id = $2 and " IS_OPEN);
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, id);
	SqlAddJsonb(&q, patch);
	SqlAddOid(&q, REGROLEOID, GetUserId());
	if (SqlDo(&q, AsCatalog()) == 1)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("reject %lld cannot be fixed", (long long) id),
			 errdetail("It has been replayed, superseded or discarded.")));
}

char *
RejectState(int64 id, char **message)
{
	Sql			q;
	char	   *state;

	SqlBegin(&q, "select state, message from elt_catalog.reject where id = $1");
	SqlAddInt8(&q, id);
	SqlRun(&q, AsCatalog());
	state = SqlText(&q, 0, 1);
	*message = SqlText(&q, 0, 2);
	SqlDone(&q);
	return state;
}

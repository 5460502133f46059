/*
 * replayed.c
 *	  Statements about rejects that are replayed.
 */
#include "base/compat.h"
#include "catalog/replayed.h"

#include "base/setting.h"
#include "base/sql.h"
#include "base/sql_numbers.h"
#include "catalog/pg_type.h"
#include "catalog/staged_reject.h"
#include "utils/array.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#define MANY_REJECTS 1000
#define MANY_PLACES 100000

/* ---- their order ---- */

typedef struct Place
{
	int64		id;
	TimestampTz time;
} Place;

static int
ComparePlaces(const void *a, const void *b)
{
	const Place *left = a;
	const Place *right = b;

	if (left->time != right->time)
		return left->time < right->time ? -1 : 1;
	return left->id < right->id ? -1 : left->id > right->id;
}

static bool
Rise(const int64 *values, int64 count)
{
	for (int64 i = 1; i < count; i++)
		if (values[i] < values[i - 1])
			return false;
	return true;
}

/* By time, those of one time by id. They come by id, and most often in this order too. */
static void
SortPlaces(Replayed *r)
{
	Place	   *places;

	if (Rise(r->times, r->count))
		return;
	places = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Place) * r->count);
	for (int64 i = 0; i < r->count; i++)
		places[i] = (Place) {r->ids[i], r->times[i]};
	qsort(places, r->count, sizeof(Place), ComparePlaces);
	for (int64 i = 0; i < r->count; i++)
	{
		r->ids[i] = places[i].id;
		r->times[i] = places[i].time;
	}
	pfree(places);
}

Replayed *
ReplayedFind(const Pipeline *p, const RejectSet *set)
{
	ChosenIds	chosen = ChosenIdsOf(p, set);
	Replayed   *r = palloc0(sizeof(Replayed));
	SqlNumbers	places;
	Sql			q;

	SqlBegin(&q, psprintf("select j.id, coalesce(j.loaded_at, j.rejected_at) as at"
						  " from %s where j.pipeline_id = $1 %s%s order by j.id",
						  chosen.is_all ? "elt_catalog.open_reject j" : "elt_catalog.reject j",
						  chosen.is_all ? "" : "and " REJECT_IS_OPEN("j"),
						  AndChosen(&chosen, set)));
	SqlAddInt4(&q, p->id);
	AddChosen(&q, &chosen, set);
	places = SqlRunNumbers(&q, AsCatalog());
	SqlNumbersFree(&chosen.ids);
	r->is_all = chosen.is_all;
	r->count = places.count;
	r->ids = places.columns[0];
	r->times = places.columns[1];
	r->superseded = MemoryContextAllocHuge(CurrentMemoryContext, Max(r->count, 1));
	memset(r->superseded, 0, r->count);
	r->last_id = r->count > 0 ? r->ids[r->count - 1] : 0;
	SortPlaces(r);
	return r;
}

/*
 * Nothing is known to the planner of what was just staged, which may be a million rows: then a loop
 * over an index, or a sort, is the wrong plan. One that cannot be avoided has a cost for which the plan
 * would be compiled. Returns the level of settings, for AtEOXact_GUC.
 */
static int
PlanForMany(int64 count)
{
	int			guc_level = NewGUCNestLevel();

	if (count < MANY_REJECTS)
		return guc_level;
	SettingSet("jit", "off");
	SettingSet("enable_nestloop", "off");
	SettingSet("enable_sort", "off");
	return guc_level;
}

void
ReplayedSlice(const Pipeline *p, const Slice *slice)
{
	Sql			q;

	SqlBeginKept(&q,
				 "insert into elt_catalog.staged_slice (pipeline_id, params, window_start,"
				 " window_end, state, complete, attempts, tried_at, requests, rows, rejected, bytes)"
				 " values ($1, $2, $3, $4, 'landed', true, 0, now(), 0, 0, 0, 0)"
				 " on conflict do nothing");
	SqlAddInt4(&q, p->id);
	SqlAddJsonb(&q, slice->params);
	SqlAddTime(&q, slice->window_start);
	SqlAddTime(&q, slice->window_end);
	SqlDo(&q, AsCatalog());
}

/* ---- in the catalogue ---- */

static void
AddFlags(Sql *q, const bool *flags, int n)
{
	Datum	   *elements = palloc(sizeof(Datum) * n);

	for (int i = 0; i < n; i++)
		elements[i] = BoolGetDatum(flags[i]);
	SqlAdd(q, BOOLARRAYOID,
		   PointerGetDatum(construct_array(elements, n, BOOLOID, sizeof(bool), true,
										   TYPALIGN_CHAR)), false);
}

static void
StorePlaces(const Pipeline *p, int64 at, int n)
{
	const Replayed *r = p->replayed;
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.staged_replay (pipeline_id, n, reject_id, superseded)"
			 " select $1, $2 + n, id, superseded"
			 " from unnest($3, $4) with ordinality as u(id, superseded, n)");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, at);
	SqlAddInt8Array(&q, r->ids + at, n);
	AddFlags(&q, r->superseded + at, n);
	SqlDo(&q, AsCatalog());
}

void
ReplayedStore(const Pipeline *p)
{
	Replayed   *r = p->replayed;
	MemoryContext part_cxt;
	MemoryContext caller = CurrentMemoryContext;

	if (r->stored)
		return;
	part_cxt = AllocSetContextCreate(caller, "elt replayed", ALLOCSET_DEFAULT_SIZES);
	for (int64 at = 0; at < r->count; at += MANY_PLACES)
	{
		MemoryContextSwitchTo(part_cxt);
		StorePlaces(p, at, (int) Min(MANY_PLACES, r->count - at));
		MemoryContextSwitchTo(caller);
		MemoryContextReset(part_cxt);
	}
	MemoryContextDelete(part_cxt);
	r->stored = true;
}

/* ---- what became of them ---- */

void
ReplayedSupersede(const Pipeline *p, const int64 *places, int64 count)
{
	Replayed   *r = p->replayed;

	Assert(!r->stored);
	for (int64 i = 0; i < count; i++)
	{
		Assert(places[i] >= 1 && places[i] <= r->count);
		r->superseded[places[i] - 1] = true;
	}
}

int64
ReplayedQuarantine(const Pipeline *p, int64 run_id)
{
	int			guc_level;
	int64		rejects;
	Sql			q;

	if (!StagedHasRejects(p))
		return 0;
	ReplayedStore(p);
	guc_level = PlanForMany(p->replayed->count);
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
			 " where r.pipeline_id = $1 and j.pipeline_id = $1 and j.state in ('new', 'fixed')");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	rejects = SqlDo(&q, AsCatalog());
	AtEOXact_GUC(true, guc_level);
	return rejects;
}

static void
BeginForRun(Sql *q, const char *statement, const Pipeline *p, int64 run_id)
{
	SqlBegin(q, statement);
	SqlAddInt4(q, p->id);
	SqlAddInt8(q, run_id);
	SqlAddInt8(q, p->replayed->last_id);
}

/* Rejects n that this run has made: an index of open ones finds them. */
#define IS_OF_RUN \
	"n.pipeline_id = $1 and n.run_id = $2 and n.id > $3 and n.state in ('new', 'fixed')" \
	" and n.replay_of is not null"

/* Those of which nothing has come but one more reject. */
static SqlNumbers
FindFailed(const Pipeline *p, int64 run_id)
{
	Sql			q;

	BeginForRun(&q, psprintf("update elt_catalog.staged_replay v set again = n.id"
							 " from (select replay_of, min(id) as id from elt_catalog.reject n"
							 "  where " IS_OF_RUN " group by replay_of having count(*) = 1) n"
							 " where v.pipeline_id = $1 and v.reject_id = n.replay_of"
							 " and not v.superseded"
							 " and not exists (select from %s s where s._record = v.n)"
							 " returning v.reject_id",
							 PipelineStaging(p)), p, run_id);
	return SqlRunNumbers(&q, AsCatalog());
}

/* Each stays what it was, with what is wrong with it this time. */
static void
SettleFailed(const Pipeline *p)
{
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
	Sql			q;

	BeginForRun(&q, "update elt_catalog.reject n set rejected_at = j.rejected_at,"
				" attempts = j.attempts + 1, loaded_at = j.loaded_at"
				" from elt_catalog.reject j where " IS_OF_RUN " and j.id = n.replay_of",
				p, run_id);
	SqlDo(&q, AsCatalog());
}

ReplayCounts
ReplayedSettle(const Pipeline *p, int64 run_id)
{
	Replayed   *r = p->replayed;
	ReplayCounts counts = {r->count};
	SqlNumbers	failed = {0};
	int			guc_level = PlanForMany(r->count);

	if (r->stored)
	{
		failed = FindFailed(p, run_id);
		counts.rejected = failed.count;
		if (failed.count > 0)
			SettleFailed(p);
		AgeNewRejects(p, run_id);
	}
	AtEOXact_GUC(true, guc_level);
	ReplayedSettleLanded(p, run_id, &failed, &counts);
	return counts;
}

/*
 * staged_reject.c
 *	  Rejects of a staged batch, and what becomes of those of earlier attempts at its slices.
 */
#include "base/compat.h"
#include "catalog/staged_reject.h"

#include "base/setting.h"
#include "base/sql.h"
#include "catalog/reject_overflow.h"
#include "catalog/reject_set.h"
#include "utils/guc.h"

static int64
DoForBatch(Sql *q, const Pipeline *p, const StagedBatch *batch)
{
	SqlAddInt4(q, p->id);
	SqlAddInt8(q, batch->run_id);
	SqlAddInt4(q, batch->batch);
	return SqlDo(q, AsCatalog());
}

static bool
HasOpenRejects(const Pipeline *p)
{
	Sql			q;

	SqlBeginKept(&q,
				 "select from elt_catalog.open_reject where pipeline_id = $1 limit 1");
	SqlAddInt4(&q, p->id);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
StagedForgetRejects(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	OverflowForget(p, batch);
	if (!HasOpenRejects(p))
		return;
	SqlBegin(&q,
			 "delete from elt_catalog.reject j where j.pipeline_id = $1 and j.run_id = $2"
			 " and j.batch = $3 and " REJECT_IS_OPEN("j"));
	DoForBatch(&q, p, batch);
}

/* Open rejects j of earlier attempts at a slice s of this batch. */
#define EARLIER \
	"s.pipeline_id = $1 and j.pipeline_id = $1 and " REJECT_IS_OPEN("j") \
	" and j.params = s.params" \
	" and coalesce(j.window_start, '-infinity') = s.window_start" \
	" and (j.run_id, j.batch) <> ($2, $3)"

/* A record that was rejected before is one reject, as old as its first one. */
static void
JoinRepeated(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	SqlBegin(&q,
			 "with earlier as (delete from elt_catalog.reject j using elt_catalog.reject n,"
			 "  elt_catalog.staged_slice s where " EARLIER
			 "  and n.pipeline_id = $1 and n.run_id = $2 and n.batch = $3 and n.params = j.params"
			 "  and n.window_start is not distinct from j.window_start and n.raw = j.raw"
			 "  returning n.id, j.rejected_at, j.attempts)"
			 " update elt_catalog.reject n set rejected_at = e.rejected_at, attempts = e.attempts"
			 " from (select id, min(rejected_at) as rejected_at, max(attempts) as attempts"
			 "  from earlier group by id) e where n.id = e.id");
	DoForBatch(&q, p, batch);
}

/* What a slice has left that did not land is replaced by its last attempt. */
static void
ForgetAttempts(const Pipeline *p, const StagedBatch *batch, bool landed)
{
	Sql			q;

	SqlBegin(&q,
			 "delete from elt_catalog.reject j using elt_catalog.staged_slice s where " EARLIER
			 " and not s.goes_on and s.rejected > 0 and (s.state = 'failed' or not $4)");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, batch->run_id);
	SqlAddInt4(&q, batch->batch);
	SqlAddBool(&q, landed);
	SqlDo(&q, AsCatalog());
}

static void
Supersede(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	SqlBegin(&q,
			 "update elt_catalog.reject j set state = 'superseded', resolved_run_id = $2,"
			 " resolved_at = clock_timestamp()"
			 " from elt_catalog.staged_slice s where " EARLIER
			 " and not s.goes_on and s.state in ('landed', 'empty')");
	DoForBatch(&q, p, batch);
}

/* IDs rise from batch to batch, so that the first open one of each gap tells. */
static bool
HasOthers(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	SqlBeginKept(&q,
				 "select from elt_catalog.reject_gap g, lateral (select j.run_id, j.batch"
				 " from elt_catalog.reject j where j.pipeline_id = g.pipeline_id and j.id > g.after"
				 " and j.id < g.before and j.state in ('new', 'fixed') order by j.id limit 1) f"
				 " where g.pipeline_id = $1 and (f.run_id, f.batch) <> ($2, $3) limit 1");
	return DoForBatch(&q, p, batch) > 0;
}

static bool
HasEarlier(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	SqlBegin(&q, "select from elt_catalog.reject j, elt_catalog.staged_slice s where " EARLIER
			 " limit 1");
	return DoForBatch(&q, p, batch) > 0;
}

/*
 * Nothing is known of rejects that have just been written, and there may be many of them. A loop that
 * cannot be avoided has a cost for which the plan would be compiled.
 */
static int
PlanForMany(void)
{
	int			guc_level = NewGUCNestLevel();

	SettingSet("jit", "off");
	SettingSet("enable_nestloop", "off");
	return guc_level;
}

void
StagedSettleRejects(const Pipeline *p, const StagedBatch *batch, bool landed)
{
	int			guc_level;

	OverflowSettle(p, batch, landed);
	if (!HasOthers(p, batch))
		return;
	guc_level = PlanForMany();
	if (HasEarlier(p, batch))
	{
		JoinRepeated(p, batch);
		ForgetAttempts(p, batch, landed);
		if (landed)
			Supersede(p, batch);
	}
	AtEOXact_GUC(true, guc_level);
}

/* They are the last ones of the pipeline, if there are any. */
static bool
HasRejects(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	SqlBeginKept(&q,
				 "select from (select run_id, batch from elt_catalog.reject where pipeline_id = $1"
				 "  and state in ('new', 'fixed') order by id desc limit 1) l"
				 " where run_id = $2 and batch = $3");
	return DoForBatch(&q, p, batch) > 0;
}

void
StagedCountRejects(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	if (!HasRejects(p, batch))
		return;
	SqlBegin(&q,
			 "update elt_catalog.staged_slice s set rejected = s.rejected + n.rejected,"
			 " rows = s.rows - n.rejected"
			 " from (select params, window_start, sum(rows) as rejected from"
			 "  (select s.params, s.window_start, j.rows from elt_catalog.staged_slice s"
			 "   join (select loaded_at, count(*) as rows from elt_catalog.reject"
			 "    where pipeline_id = $1 and run_id = $2 and batch = $3"
			 "    and state in ('new', 'fixed') and stage in ('check', 'merge') group by 1) j"
			 "   using (loaded_at)"
			 "   where s.pipeline_id = $1"
			 "   union all select params, window_start, rows from elt_catalog.reject_overflow"
			 "   where pipeline_id = $1 and run_id = $2 and batch = $3"
			 "   and stage in ('check', 'merge')) k group by 1, 2) n"
			 " where s.pipeline_id = $1 and s.params = n.params"
			 " and s.window_start = n.window_start");
	DoForBatch(&q, p, batch);
}

bool
StagedHasRejects(const Pipeline *p)
{
	Sql			q;

	SqlBeginKept(&q, "select from elt_catalog.staged_reject where pipeline_id = $1 limit 1");
	SqlAddInt4(&q, p->id);
	return SqlDo(&q, AsCatalog()) > 0;
}

/* One statement for each: most batches keep all of their rejects. */
#define ALL_STAGED "elt_catalog.staged_reject"
#define FIRST_STAGED \
	"(select * from (select *, row_number() over (partition by reason order by n) as nth" \
	"  from elt_catalog.staged_reject where pipeline_id = $1) a where nth <= $4)"

static const char *
QuarantineSql(bool overflow)
{
	return psprintf("insert into elt_catalog.reject (pipeline_id, run_id, batch, params,"
					" window_start, window_end, stage, reason, column_name, record,"
					" byte_offset, sqlstate, message, raw, form, whole, ancestors, list, header,"
					" line, arrival, loaded_at, parent_key)"
					" select r.pipeline_id, $2, $3, r.params, nullif(r.window_start, '-infinity'),"
					" nullif(r.window_end, 'infinity'), r.stage, r.reason, r.column_name, r.record,"
					" r.byte_offset, r.sqlstate, r.message, r.raw, r.form, r.whole, r.ancestors,"
					" r.list, r.header, r.line, r.arrival, s.loaded_at, r.parent_key"
					" from %s r left join elt_catalog.staged_slice s"
					" using (pipeline_id, params, window_start) where r.pipeline_id = $1"
					" order by r.n", overflow ? FIRST_STAGED : ALL_STAGED);
}

int64
StagedQuarantine(const Pipeline *p, const StagedBatch *batch)
{
	int64		overflow;
	int64		kept;
	Sql			q;

	if (!StagedHasRejects(p))
		return 0;
	overflow = OverflowCountStaged(p, batch);
	SqlBegin(&q, QuarantineSql(overflow > 0));
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, batch->run_id);
	SqlAddInt4(&q, batch->batch);
	if (overflow > 0)
		SqlAddInt8(&q, p->max_rejects_kept);
	kept = SqlDo(&q, AsCatalog());
	OverflowWarn(p, overflow);
	return kept + overflow;
}

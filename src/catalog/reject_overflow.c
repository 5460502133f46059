/*
 * reject_overflow.c
 *	  Rejects of which only the number is known.
 */
#include "base/compat.h"
#include "catalog/reject_overflow.h"

#include "base/errors.h"
#include "base/sql.h"
#include "utils/builtins.h"

static bool
HasOpen(const Pipeline *p)
{
	Sql			q;

	SqlBeginKept(&q,
				 "select from elt_catalog.reject_overflow where pipeline_id = $1 and open limit 1");
	SqlAddInt4(&q, p->id);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
OverflowForget(const Pipeline *p, const StagedBatch *batch)
{
	Sql			q;

	if (!HasOpen(p))
		return;
	SqlBegin(&q, "delete from elt_catalog.reject_overflow where pipeline_id = $1 and run_id = $2"
			 " and batch = $3");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, batch->run_id);
	SqlAddInt4(&q, batch->batch);
	SqlDo(&q, AsCatalog());
}

void
OverflowSettle(const Pipeline *p, const StagedBatch *batch, bool landed)
{
	Sql			q;

	if (!HasOpen(p))
		return;
	SqlBegin(&q,
			 "update elt_catalog.reject_overflow o set open = false"
			 " from elt_catalog.staged_slice s where o.pipeline_id = $1 and o.open"
			 " and (o.run_id, o.batch) <> ($2, $3) and s.pipeline_id = $1 and s.params = o.params"
			 " and s.window_start = o.window_start and not s.goes_on"
			 " and ($4 and s.state in ('landed', 'empty')"
			 "  or s.rejected > 0 and (s.state = 'failed' or not $4))");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, batch->run_id);
	SqlAddInt4(&q, batch->batch);
	SqlAddBool(&q, landed);
	SqlDo(&q, AsCatalog());
}

void
OverflowDiscard(const Pipeline *p)
{
	if (HasOpen(p))
		PipelineExec(p, "update elt_catalog.reject_overflow set open = false"
					 " where pipeline_id = $1 and open");
}

int64
OverflowCountStaged(const Pipeline *p, const StagedBatch *batch)
{
	int64		rows;
	Sql			q;

	SqlBegin(&q, "select sum(n)::bigint from (select greatest(count(*) - $2, 0) as n"
			 " from elt_catalog.staged_reject where pipeline_id = $1 group by reason) r");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, p->max_rejects_kept);
	rows = SqlDoInt8(&q, AsCatalog());
	if (rows == 0)
		return 0;
	SqlBegin(&q,
			 "insert into elt_catalog.reject_overflow (pipeline_id, run_id, batch, params,"
			 " window_start, stage, reason, rows)"
			 " select $1, $2, $3, params, window_start, stage, reason, count(*)"
			 " from (select params, window_start, stage, reason,"
			 "  row_number() over (partition by reason order by n) as nth"
			 "  from elt_catalog.staged_reject where pipeline_id = $1) r"
			 " where nth > $4 group by params, window_start, stage, reason");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, batch->run_id);
	SqlAddInt4(&q, batch->batch);
	SqlAddInt8(&q, p->max_rejects_kept);
	SqlDo(&q, AsCatalog());
	return rows;
}

void
OverflowCount(const Pipeline *p, int64 run_id, int32 batch, const char *stage, List *loaded_at,
			  List *reasons, List *rows)
{
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.reject_overflow (pipeline_id, run_id, batch, params,"
			 " window_start, stage, reason, rows)"
			 " select $1, $2, $3, coalesce(s.params, '{}'), coalesce(s.window_start, '-infinity'),"
			 " $4, r.reason, r.rows::bigint"
			 " from unnest($5, $6, $7) as r(loaded_at, reason, rows)"
			 " left join elt_catalog.staged_slice s"
			 " on s.pipeline_id = $1 and s.loaded_at = r.loaded_at::timestamptz");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	SqlAddInt4(&q, batch);
	SqlAddText(&q, stage);
	SqlAddTextArray(&q, loaded_at);
	SqlAddTextArray(&q, reasons);
	SqlAddTextArray(&q, rows);
	SqlDo(&q, AsCatalog());
}

void
OverflowWarn(const Pipeline *p, int64 rows)
{
	if (rows == 0)
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg_plural("pipeline \"%s\": %lld reject of a batch is not kept",
						   "pipeline \"%s\": %lld rejects of a batch are not kept",
						   rows, p->name, (long long) rows),
			 errdetail_plural("A batch keeps %lld reject of each check or reason.",
							  "A batch keeps %lld rejects of each check or reason.",
							  p->max_rejects_kept, (long long) p->max_rejects_kept),
			 errhint("Raise max_rejects_kept with elt.alter_pipeline, or request their slices again.")));
}

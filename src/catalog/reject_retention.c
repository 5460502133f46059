/*
 * reject_retention.c
 *	  Delete rejects that have been kept as long as their pipeline wants.
 *
 * Those that are locked are somebody's work, and are deleted another time. Of open ones the number
 * is kept for as long again, since nobody has decided about them.
 */
#include "base/compat.h"
#include "catalog/reject_retention.h"

#include "base/sql.h"

static void
ForgetOverflow(void)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.reject_overflow o using elt_catalog.pipeline p"
			 " where p.id = o.pipeline_id and o.counted_at < clock_timestamp() - p.reject_retention");
	SqlDo(&q, AsCatalog());
}

/* A reject j that this stretch z has settled. */
#define IS_WITHIN \
	"z.pipeline_id = j.pipeline_id and j.id between z.first_id and z.last_id" \
	" and j.state in ('new', 'fixed')"

/* Those of which nothing is left. */
static void
ForgetStretches(void)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.reject_settled z using elt_catalog.pipeline p"
			 " where p.id = z.pipeline_id and z.settled_at < clock_timestamp() - p.reject_retention"
			 " and not exists (select from elt_catalog.reject j where " IS_WITHIN ")");
	SqlDo(&q, AsCatalog());
}

int64
RejectsExpire(int64 at_most)
{
	Sql			q;

	ForgetOverflow();
	ForgetStretches();
	SqlBegin(&q,
			 "with old as (delete from elt_catalog.reject where id = any (array("
			 "  select j.id from elt_catalog.reject j join elt_catalog.pipeline p on p.id = j.pipeline_id"
			 "  left join elt_catalog.reject_settled z on " IS_WITHIN
			 "  where case when z.pipeline_id is not null then z.settled_at"
			 "   when j.state in ('new', 'fixed') then j.rejected_at"
			 "   else coalesce(j.resolved_at, j.rejected_at) end < clock_timestamp() - p.reject_retention"
			 "  limit $1 for update of j skip locked)) returning *),"
			 " counted as (insert into elt_catalog.reject_overflow (pipeline_id, run_id, batch, params,"
			 "  window_start, stage, reason, rows, expired)"
			 "  select pipeline_id, run_id, batch, coalesce(params, '{}'),"
			 "  coalesce(window_start, '-infinity'), stage, reason, count(*), true from old"
			 "  where state in ('new', 'fixed') and not exists (select from elt_catalog.reject_settled z"
			 "   where z.pipeline_id = old.pipeline_id and old.id between z.first_id and z.last_id)"
			 "  group by 1, 2, 3, 4, 5, 6, 7)"
			 " select count(*) from old");
	SqlAddInt8(&q, at_most);
	return SqlDoInt8(&q, AsCatalog());
}

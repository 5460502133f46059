/*
 * order.c
 *	  Check the order between pipelines, and find out whose turn it is.
 */
#include "base/compat.h"
#include "catalog/order.h"

#include "base/closest_name.h"
#include "base/lock.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "catalog/suspension.h"
#include "common/hashfn.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* ---- definition ---- */

static void
ReportNoParent(const char *name)
{
	const char *closest;
	Sql			q;

	SqlBegin(&q, "select name from elt_catalog.pipeline where parent_id is null order by name");
	closest = ClosestName(name, SqlDoTexts(&q, AsCatalog()));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("pipeline \"%s\" in option \"after\" does not exist", name),
			 closest ? errhint("Perhaps you meant the pipeline \"%s\".", closest) :
			 errhint("Use SELECT name FROM elt.pipelines to list the pipelines of this database.")));
}

static void
CheckParent(const char *name)
{
	const Pipeline *parent;

	if (!PipelineExists(name))
		ReportNoParent(name);
	parent = PipelineByName(name);
	if (parent->parent_id != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("pipeline \"%s\" in option \"after\" is a child", name),
				 errdetail("A child is loaded by the runs of its parent."),
				 errhint("Specify %s instead.",
						 quote_literal_cstr(PipelineById(parent->root_id)->name))));
}

/* The way by which the pipeline would wait for itself, or NULL. */
static char *
FindCircle(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q, "with recursive up(name, way) as ("
			 "select a.name, array[$1::text, a.name] from unnest($2::text[]) a(name) "
			 "union all select a.name, u.way || a.name from up u "
			 "join elt_catalog.pipeline p on p.name = u.name and p.name <> $1, unnest(p.after) a(name) "
			 "where a.name = $1 or a.name <> all (u.way)) "
			 "select array_to_string(way, ' after ') from up where name = $1 "
			 "order by cardinality(way) limit 1");
	SqlAddText(&q, p->name);
	SqlAddTextArray(&q, p->after);
	return SqlDoText(&q, AsCatalog());
}

/* Two sessions must not each make one half of a circle. */
static void
LockOrder(void)
{
	static const char order[] = "order of pipelines";

	TransactionLockTake(LOCK_NAME, hash_bytes((const unsigned char *) order, sizeof(order)));
}

void
OrderCheck(const Pipeline *p)
{
	ListCell   *lc;
	char	   *circle;

	if (p->after == NIL)
		return;
	LockOrder();
	circle = FindCircle(p);
	if (circle != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("pipeline \"%s\" would wait for itself", p->name),
				 errdetail("The order would be: %s.", circle),
				 errhint("Omit one of these pipelines from option \"after\".")));
	foreach(lc, p->after)
		CheckParent(lfirst(lc));
}

void
OrderCheckDrop(const Pipeline *p)
{
	Sql			q;
	char	   *follower;

	SqlBegin(&q, "select min(name) from elt_catalog.pipeline where $1 = any (after)");
	SqlAddText(&q, p->name);
	follower = SqlDoText(&q, AsCatalog());
	if (follower != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot drop pipeline \"%s\" because pipeline \"%s\" runs after it",
						p->name, follower),
				 errhint("Use SELECT elt.alter_pipeline(%s, options => '{\"after\": null}') first.",
						 quote_literal_cstr(follower))));
}

void
OrderRename(const char *name, const char *new_name)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.pipeline set after = array_replace(after, $1, $2)"
			 " where $1 = any (after)");
	SqlAddText(&q, name);
	SqlAddText(&q, new_name);
	SqlDo(&q, AsCatalog());
}

/* ---- whose turn it is ---- */

#define WHOLE_RUN(r) r ".kind in ('incremental', 'full')"

/*
 * For each parent: the slot that it has done. With rule always a run that failed does it too, when
 * no retry of it waits or runs.
 */
#define DONE \
	"select coalesce(r.slot, r.enqueued_at) from elt_catalog.run r" \
	" where r.pipeline_id = e.parent and " WHOLE_RUN("r") \
	" and (r.state = 'succeeded' or e.rule = 'always'" \
	" and r.state in ('partial', 'failed', 'cancelled', 'skipped') and not exists (" \
	"select from elt_catalog.run n where n.retry_of = r.id and n.pipeline_id = r.pipeline_id" \
	" and n.state in ('queued', 'running')))" \
	" order by r.id desc limit 1"

#define EDGES \
	"edge as (select c.id as child, a.id as parent, c.after_rule as rule" \
	" from elt_catalog.pipeline c join elt_catalog.pipeline a on a.name = any (c.after)" \
	" where c.after <> '{}')," \
	" done as materialized (select e.child, e.parent, e.rule, (" DONE ") as slot from edge e)"

/*
 * Above each parent of a slot that waits, those with a schedule from which its own runs follow: it
 * must have done the earliest of their last slots. One whose next slot is not later has not yet been
 * decided.
 */
#define REQUIRED \
	"above(child, slot, parent, node) as (" \
	"select w.pipeline_id, w.slot, e.parent, e.parent from elt_catalog.slot w" \
	" join edge e on e.child = w.pipeline_id where w.state = 'waiting' and w.parents is null" \
	" union select b.child, b.slot, b.parent, e.parent from above b" \
	" join elt_catalog.pipeline n on n.id = b.node and n.schedule is null" \
	" join edge e on e.child = b.node)," \
	" required as (select b.child, b.slot, b.parent," \
	" min((select max(l.slot) from elt_catalog.slot l where l.pipeline_id = b.node" \
	" and l.slot <= b.slot and l.state <> 'missed')) as least," \
	" bool_and(s.next_slot is null or s.next_slot > b.slot) as decided" \
	" from above b left join elt_catalog.schedule s on s.pipeline_id = b.node and s.kind <> 'after'" \
	" group by b.child, b.slot, b.parent)"

#define WAITING_READY \
	"select w.pipeline_id, w.slot, true as waited from elt_catalog.slot w" \
	" join elt_catalog.pipeline p on p.id = w.pipeline_id" \
	" where w.state = 'waiting' and w.parents is null and (" \
	"select case p.after_rule when 'any' then bool_or(q.decided and (q.least is null or d.slot >= q.least))" \
	" else bool_and(q.decided and (q.least is null or coalesce(d.slot >= q.least, false))) end" \
	" from required q join done d on d.child = q.child and d.parent = q.parent" \
	" where q.child = w.pipeline_id and q.slot = w.slot)" \
	" union all" \
	" select w.pipeline_id, w.slot, true from elt_catalog.slot w" \
	" where w.state = 'waiting' and w.parents is not null and not exists (" \
	"select from unnest(w.parents) a(id) join elt_catalog.pipeline p on p.id = w.pipeline_id," \
	" lateral (select a.id as parent, p.after_rule as rule) e" \
	" where coalesce((" DONE ") < w.slot, true)" \
	" and exists (select from elt_catalog.pipeline k where k.id = a.id))"

#define FOLLOWING_READY \
	"select f.child, f.slot, false from (select d.child," \
	" case when d.rule = 'any' then max(d.slot)" \
	" when count(*) = count(d.slot) then min(d.slot) end as slot" \
	" from done d group by d.child, d.rule) f" \
	" join elt_catalog.schedule s on s.pipeline_id = f.child and s.kind = 'after'" \
	" where f.slot > s.decided_slot and not exists (select from elt_catalog.slot w" \
	" where w.pipeline_id = f.child and w.state = 'waiting')"

static bool
AnyFollows(void)
{
	Sql			q;

	SqlBeginKept(&q,
				 "select where exists (select from elt_catalog.schedule where kind = 'after')"
				 " or exists (select from elt_catalog.slot where state = 'waiting')");
	return SqlDo(&q, AsCatalog()) > 0;
}

List *
OrderReady(void)
{
	List	   *result = NIL;
	Sql			q;

	if (!AnyFollows())
		return NIL;
	SqlBeginKept(&q,
				 "with recursive " EDGES ", " REQUIRED
				 " select x.pipeline_id, p.name, x.slot, x.waited from (" WAITING_READY
				 " union all " FOLLOWING_READY ") x join elt_catalog.pipeline p on p.id = x.pipeline_id"
				 " where not p.paused and not " IS_SUSPENDED("p.id")
				 " and not exists (select from elt_catalog.home h where h.paused_at is not null)"
				 " order by x.slot, x.pipeline_id");
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		ReadySlot  *ready = palloc(sizeof(ReadySlot));

		ready->pipeline_id = SqlInt4(&q, i, 1, NULL);
		ready->pipeline = SqlText(&q, i, 2);
		ready->slot = SqlTime(&q, i, 3, NULL);
		ready->waited = SqlBool(&q, i, 4);
		result = lappend(result, ready);
	}
	SqlDone(&q);
	return result;
}

/* ---- slots that wait ---- */

static Datum
Int4Array(List *values)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(list_length(values), 1));
	ListCell   *lc;

	foreach(lc, values)
		elements[foreach_current_index(lc)] = Int32GetDatum(lfirst_int(lc));
	return PointerGetDatum(construct_array(elements, list_length(values), INT4OID, sizeof(int32),
										   true, TYPALIGN_INT));
}

bool
SlotIsWaiting(int32 pipeline_id)
{
	Sql			q;

	SqlBeginKept(&q,
				 "select from elt_catalog.slot where pipeline_id = $1 and state = 'waiting'");
	SqlAddInt4(&q, pipeline_id);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
SlotWait(int32 pipeline_id, TimestampTz slot, TimestampTz first, List *parents)
{
	Sql			q;

	SqlBeginKept(&q,
				 "with old as (update elt_catalog.slot set state = 'superseded'"
				 " where pipeline_id = $1 and state = 'waiting' and slot < $2 returning first_slot)"
				 " insert into elt_catalog.slot (pipeline_id, slot, first_slot, state, parents)"
				 " values ($1, $2, least($3, (select min(first_slot) from old)), 'waiting', $4)"
				 " on conflict (pipeline_id, slot) do nothing");
	SqlAddInt4(&q, pipeline_id);
	SqlAddTime(&q, slot);
	SqlAddTime(&q, first);
	SqlAdd(&q, INT4ARRAYOID, parents == NIL ? (Datum) 0 : Int4Array(parents), parents == NIL);
	SqlDo(&q, AsCatalog());
}

bool
SlotClaim(const ReadySlot *ready)
{
	Sql			q;

	if (ready->waited)
		SqlBegin(&q, "update elt_catalog.slot set state = 'queued', decided_at = clock_timestamp()"
				 " where pipeline_id = $1 and slot = $2 and state = 'waiting'");
	else
		SqlBegin(&q, "update elt_catalog.schedule set decided_slot = $2,"
				 " decided_at = clock_timestamp()"
				 " where pipeline_id = $1 and kind = 'after' and decided_slot < $2");
	SqlAddInt4(&q, ready->pipeline_id);
	SqlAddTime(&q, ready->slot);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
SlotGo(const ReadySlot *ready, bool coalesced, int64 run_id)
{
	Sql			q;

	SqlBeginKept(&q,
				 "insert into elt_catalog.slot as s (pipeline_id, slot, first_slot, state, run_id)"
				 " values ($1, $2, $2, $3, $4) on conflict (pipeline_id, slot)"
				 " do update set state = excluded.state, run_id = excluded.run_id");
	SqlAddInt4(&q, ready->pipeline_id);
	SqlAddTime(&q, ready->slot);
	SqlAddText(&q, coalesced ? "coalesced" : "queued");
	SqlAddInt8(&q, run_id);
	SqlDo(&q, AsCatalog());
	if (!ready->waited)
		return;
	/* one that follows others has followed them with it */
	SqlBeginKept(&q,
				 "update elt_catalog.schedule set decided_slot = $2"
				 " where pipeline_id = $1 and kind = 'after' and decided_slot < $2");
	SqlAddInt4(&q, ready->pipeline_id);
	SqlAddTime(&q, ready->slot);
	SqlDo(&q, AsCatalog());
}

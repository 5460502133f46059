/*
 * star_turn.c
 *	  Turns that transactions take at changing a star, so that they do not deadlock.
 *
 * A transaction that has written facts blocks changes of their members until it ends, and one that has
 * changed members blocks facts. Two transactions that have both written facts and then both change members
 * would wait for each other, and so would those that lock rows before they wait. So a turn is taken before
 * the first row is changed, and held until the transaction ends. A transaction that may change both facts
 * and members takes it exclusively; statements that are a whole transaction, and landings in one table,
 * share it and change facts at the same time.
 *
 * A star consists of all facts that dimensions or sources connect, and of these. Dimensions of days and times
 * do not connect facts: they would make all facts one star, and no landing changes them.
 */
#include "base/compat.h"
#include "star/star_turn.h"

#include "access/xact.h"
#include "base/lock.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "catalog/pipeline.h"
#include "nodes/plannodes.h"
#include "tcop/pquery.h"
#include "utils/portal.h"
#include "utils/rel.h"

#define STAR_OF \
	"with recursive edge(a, b) as materialized (" \
	" select relation::oid, source::oid from elt_catalog.fact" \
	" union all select r.fact::oid, b.relation::oid from elt_catalog.fact_dimension r" \
	"  join elt_catalog.dimension d on d.relation = r.dimension" \
	"  join elt_catalog.dimension b on b.relation = coalesce(d.base, d.relation) and b.kind = 'source'" \
	" union all select relation::oid, source::oid from elt_catalog.dimension where source is not null" \
	" union all select relation::oid, derived_from::oid from elt_catalog.dimension" \
	"  where derived_from is not null)," \
	" reached(relation) as (select $1::oid" \
	"  union select case e.a when r.relation then e.b else e.a end" \
	"  from reached r join edge e on r.relation in (e.a, e.b))" \
	" select min(relation) from reached"

/* A star is identified by the least OID of its relations. */
static Oid
StarOf(Oid relation)
{
	Sql			q;

	SqlBeginKept(&q, STAR_OF);
	SqlAddOid(&q, OIDOID, relation);
	return linitial_oid(SqlDoOids(&q, AsCatalog()));
}

/* ---- statements ---- */

/* Does a statement that a client sent change the relation and nothing else? */
static bool
IsPlainStatement(const PlannedStmt *statement, Oid relation)
{
	RangeTblEntry *target;

	if (statement->utilityStmt != NULL)
		return IsA(statement->utilityStmt, CopyStmt);
	if (statement->commandType == CMD_SELECT || statement->hasModifyingCTE ||
		statement->resultRelations == NIL)
		return false;
	target = list_nth(statement->rtable, linitial_int(statement->resultRelations) - 1);
	return target->relid == relation;
}

/* What follows a statement in a function or in a transaction block is not known. */
static bool
IsWholeTransaction(Oid relation)
{
	return !IsTransactionBlock() && ActivePortal != NULL && list_length(ActivePortal->stmts) == 1 &&
		IsPlainStatement(linitial(ActivePortal->stmts), relation);
}

/*
 * What is stored of a fact that does not infer members changes when another fact infers one: it must not be
 * written at the same time.
 */
static bool
ChangesFactsAlone(Oid relation)
{
	Sql			q;

	SqlBeginKept(&q, "select from elt_catalog.dimension where source = $1"
				 " union all select from elt_catalog.fact f where f.source = $1 and not f.infers"
				 " and (f.stored is not null or exists"
				 "  (select from elt_catalog.aggregate a where a.fact = f.relation))");
	SqlAddOid(&q, REGCLASSOID, relation);
	return SqlDo(&q, AsCatalog()) == 0;
}

/* Transactions change the groups of an aggregate one after the other. */
static void
LockAggregates(Oid source)
{
	ListCell   *lc;
	Sql			q;

	SqlBeginKept(&q, "select a.relation::oid from elt_catalog.aggregate a"
				 " join elt_catalog.fact f on f.relation = a.fact where f.source = $1 order by 1");
	SqlAddOid(&q, REGCLASSOID, source);
	foreach(lc, SqlDoOids(&q, AsCatalog()))
		TransactionLockTake(LOCK_AGGREGATE, lfirst_oid(lc));
}

void
StarTurnOfStatement(const TriggerData *data)
{
	Oid			relation = RelationGetRelid(data->tg_relation);
	bool		shared = !TRIGGER_FIRED_BY_TRUNCATE(data->tg_event) &&
		(PipelineLandsOnlyIn(relation) || IsWholeTransaction(relation)) && ChangesFactsAlone(relation);

	if (!shared)
		TransactionLockTake(LOCK_STAR, StarOf(relation));
	else
	{
		TransactionLockShare(LOCK_STAR, StarOf(relation));
		LockAggregates(relation);
	}
}

/* Locks all dimensions at once, in one order: others that share the turn infer members, too. */
void
StarTurnToInfer(Oid source)
{
	ListCell   *lc;
	Sql			q;

	SqlBeginKept(&q, "select coalesce(d.base, d.relation)::oid from elt_catalog.fact f"
				 " join elt_catalog.fact_dimension r on r.fact = f.relation"
				 " join elt_catalog.dimension d on d.relation = r.dimension"
				 " where f.source = $1 and f.infers"
				 " union select relation::oid from elt_catalog.dimension where derived_from = $1 order by 1");
	SqlAddOid(&q, REGCLASSOID, source);
	foreach(lc, SqlDoOids(&q, AsCatalog()))
		TransactionLockTake(LOCK_INFERENCE, lfirst_oid(lc));
}

/* ---- functions ---- */

void
StarTurnTake(List *relations)
{
	List	   *stars = NIL;
	ListCell   *lc;

	foreach(lc, relations)
		if (OidIsValid(lfirst_oid(lc)))
			stars = list_append_unique_oid(stars, StarOf(lfirst_oid(lc)));
	list_sort(stars, list_oid_cmp);
	foreach(lc, stars)
		TransactionLockTake(LOCK_STAR, lfirst_oid(lc));
}

void
StarTurnTakeOfDimension(Oid base)
{
	Sql			q;

	SqlBegin(&q, "select r.fact::oid from elt_catalog.fact_dimension r"
			 " join elt_catalog.dimension d on d.relation = r.dimension"
			 " where coalesce(d.base, d.relation) = $1 order by 1");
	SqlAddOid(&q, REGCLASSOID, base);
	StarTurnTake(lappend_oid(SqlDoOids(&q, AsCatalog()), base));
}

/*
 * star_trigger.c
 *	  Follow the changes of a source in the dimensions and facts that read it.
 *
 * A trigger sees the rows that a statement has changed, old and new, whoever wrote them: a landing,
 * in its transaction, or a correction by hand. Partitions that are dropped and detached are not seen.
 */
#include "base/compat.h"

#include "base/setting.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/statement_trigger.h"
#include "base/transition_capture.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "star/aggregate.h"
#include "star/fact.h"
#include "star/fact_store.h"
#include "star/group_change.h"
#include "star/group_rows.h"
#include "star/member_infer.h"
#include "star/member_sync.h"
#include "star/star_turn.h"
#include "utils/guc.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(elt_star_changed);

/* A SELECT of the changed rows, or NULL when they are all gone. */
static char *
ChangedRows(const TriggerData *data, List *columns)
{
	const char *names = QuotedColumns(columns, NULL);

	if (TRIGGER_FIRED_BY_INSERT(data->tg_event))
		return psprintf("SELECT %s FROM elt_new", names);
	if (TRIGGER_FIRED_BY_DELETE(data->tg_event))
		return psprintf("SELECT %s FROM elt_old", names);
	if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		return psprintf("SELECT %s FROM elt_new UNION ALL SELECT %s FROM elt_old", names, names);
	return NULL;
}

static void
SyncDimensions(const TriggerData *data, Oid relation)
{
	ListCell   *lc;
	Sql			q;

	SqlBeginKept(&q, "select relation::oid from elt_catalog.dimension where source = $1 order by 1");
	SqlAddOid(&q, REGCLASSOID, relation);
	foreach(lc, DimensionsFound(&q))
	{
		const Dimension *d = lfirst(lc);

		(void) MembersSync(d, ChangedRows(data, d->natural_key));
	}
}

static void
DeriveMembers(Oid relation)
{
	ListCell   *lc;
	Sql			q;

	SqlBeginKept(&q, "select relation::oid from elt_catalog.dimension where derived_from = $1"
				 " order by 1");
	SqlAddOid(&q, REGCLASSOID, relation);
	foreach(lc, DimensionsFound(&q))
	{
		const Dimension *d = lfirst(lc);

		(void) MembersInfer(d, "elt_new", relation, d->natural_key);
	}
}

/* Roles of the fact whose new members are sure to be there (FactRole *). */
static List *
FollowGroups(const TriggerData *data, const Aggregate *a)
{
	bool		has_old = TransitionHasRows(data->tg_oldtable);
	bool		has_new = TransitionHasRows(data->tg_newtable);
	const char *old_rows = "SELECT o.*, -1 AS _sign FROM elt_old o";
	const char *new_rows = "SELECT n.*, 1 AS _sign FROM elt_new n";

	GroupsHoldMembers(a);
	if (TRIGGER_FIRED_BY_TRUNCATE(data->tg_event))
	{
		GroupsClear(a);
		return NIL;
	}
	if (!GroupsChange(a, GroupRows(a, a->fact,
								   psprintf("(%s%s%s)", has_old ? old_rows : "",
											has_old && has_new ? " UNION ALL " : "",
											has_new ? new_rows : ""), true), has_old))
		return NIL;
	return GroupRolesFound(a);
}

/* While members are as they were when the old rows were counted; then their changes move the facts. */
static List *
FollowAggregates(const TriggerData *data, Oid relation)
{
	List	   *known = NIL;
	ListCell   *lc;
	Sql			q;

	SqlBeginKept(&q, "select a.relation::oid from elt_catalog.aggregate a"
				 " join elt_catalog.fact f on f.relation = a.fact"
				 " join pg_catalog.pg_class c on c.oid = a.relation"
				 " join pg_catalog.pg_class v on v.oid = a.fact"
				 " where f.source = $1 order by 1");
	SqlAddOid(&q, REGCLASSOID, relation);
	foreach(lc, SqlDoOids(&q, AsCatalog()))
	{
		const Aggregate *a = AggregateOf(lfirst_oid(lc));

		if (a != NULL)
			known = list_concat(known, FollowGroups(data, a));
	}
	return known;
}

/* Members first, then what refers to them. */
static void
FollowFacts(const TriggerData *data, List *facts, List *known)
{
	ListCell   *lc;

	foreach(lc, facts)
	{
		const Fact *fact = lfirst(lc);

		if (TransitionHasRows(data->tg_newtable))
			FactInferMembers(fact, "elt_new", known);
		if (fact->table == NULL)
			continue;
		if (TRIGGER_FIRED_BY_TRUNCATE(data->tg_event))
			FactRowsClear(fact);
		if (TransitionHasRows(data->tg_oldtable))
			FactRowsDelete(fact, "elt_old");
		if (TransitionHasRows(data->tg_newtable))
			FactRowsInsert(fact, "elt_new");
	}
}

static void
Follow(const TriggerData *data)
{
	Oid			relation = RelationGetRelid(data->tg_relation);
	List	   *facts;
	List	   *known;
	ListCell   *lc;
	int			guc_level = SettingsPlanFreely();

	StatementRowsRegister(data);
	facts = FactsFrom(relation);
	known = FollowAggregates(data, relation);
	if (!TRIGGER_FIRED_BY_TRUNCATE(data->tg_event))
		foreach(lc, facts)
			FactCheckSource(lfirst(lc));
	SyncDimensions(data, relation);
	if (TransitionHasRows(data->tg_newtable))
		DeriveMembers(relation);
	FollowFacts(data, facts, known);
	AtEOXact_GUC(false, guc_level);
}

Datum
elt_star_changed(PG_FUNCTION_ARGS)
{
	const TriggerData *data = StatementTriggerOf(fcinfo, "elt.star_changed");
	bool		before = TRIGGER_FIRED_BEFORE(data->tg_event);

	if (!before && StatementChangesNothing(data))
		return PointerGetDatum(NULL);
	RequireTransitionRows(data);
	SPI_connect();
	if (before)
		StarTurnOfStatement(data);
	else
		Follow(data);
	SPI_finish();
	return PointerGetDatum(NULL);
}

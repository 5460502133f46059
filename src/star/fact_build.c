/*
 * fact_build.c
 *	  Build the relations of a fact, in place of those that are there.
 */
#include "base/compat.h"
#include "star/fact_build.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "star/aggregate_build.h"
#include "star/fact_store.h"
#include "star/fact_view.h"
#include "star/star_comment.h"
#include "star/star_turn.h"
#include "star/star_watch.h"
#include "utils/builtins.h"

/* Names of the old and the new table while there are both. */
static char *
Aside(const Fact *fact, const char *suffix)
{
	return psprintf("%s_%s", fact->name, suffix);
}

static void
Rename(const Fact *fact, const char *table, const char *name)
{
	(void) SqlExec(psprintf("ALTER TABLE %s RENAME TO %s", table, quote_identifier(name)), fact->role);
}

static void
DropOldTable(const Fact *fact, const Fact *old)
{
	const char *name = fact->table != NULL ?
		quote_qualified_identifier(old->schema, Aside(old, "old")) : old->table;

	(void) SqlExec(psprintf("DROP TABLE %s", name), fact->role);
}

/* Readers have the old table while the new one is filled, and wait for the exchange alone. */
static void
CreateTable(const Fact *fact, const Fact *old)
{
	bool		exchange = old != NULL && old->table != NULL;
	const char *table = exchange ?
		quote_qualified_identifier(fact->schema, Aside(fact, "new")) : fact->table;

	FactStoreCreate(fact, table);
	if (exchange)
	{
		Rename(fact, old->table, Aside(fact, "old"));
		Rename(fact, table, Aside(fact, "rows"));
	}
	StarComment(psprintf("TABLE %s", fact->table), psprintf("rows of %s with their keys", fact->view),
				fact->role);
}

static void
TakeTurn(const Fact *fact)
{
	List	   *relations = list_make1_oid(fact->source);
	ListCell   *lc;

	foreach(lc, fact->roles)
		relations = lappend_oid(relations, ((FactRole *) lfirst(lc))->dimension->base);
	StarTurnTake(relations);
}

Oid
FactBuild(Fact *fact, const Fact *old)
{
	Oid			relation;

	FactCheckColumns(fact);
	if (fact->table != NULL)
	{
		FactStoreCheck(fact);
		fact->table = quote_qualified_identifier(fact->schema, Aside(fact, "rows"));
	}
	TakeTurn(fact);
	if (fact->infers || fact->table != NULL)
		StarWatch(fact->source, fact->role);
	FactInferMembers(fact, QuotedRelation(fact->source), NIL);
	if (fact->table != NULL)
		CreateTable(fact, old);
	FactPutViews(fact);
	if (old != NULL && old->table != NULL)
		DropOldTable(fact, old);
	if (old != NULL)
		FactForget(old->relation);
	relation = FactRegister(fact);
	if (old != NULL)
	{
		AggregatesRebuild(old->relation, relation);
		StarUnwatch(old->source);
	}
	return relation;
}

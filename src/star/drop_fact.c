/*
 * drop_fact.c
 *	  Drop the views and the table of a fact.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "star/fact.h"
#include "star/star_turn.h"
#include "star/star_watch.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_drop_fact);

static void
ReportNoFact(Oid relation, bool if_exists)
{
	if (!if_exists)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" is not a fact", RelationLabel(relation)),
				 errhint("Use SELECT * FROM elt.facts to list all facts.")));
	ereport(NOTICE, (errmsg("\"%s\" is not a fact, skipping", RelationLabel(relation))));
}

static void
CheckIsNotAggregated(Oid relation)
{
	Sql			q;
	ListCell   *lc;

	SqlBegin(&q, "select a.relation::oid from elt_catalog.aggregate a"
			 " join pg_catalog.pg_class c on c.oid = a.relation where a.fact = $1 order by 1");
	SqlAddOid(&q, REGCLASSOID, relation);
	foreach(lc, SqlDoOids(&q, AsCatalog()))
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("fact \"%s\" has aggregate \"%s\"", RelationLabel(relation),
						RelationLabel(lfirst_oid(lc))),
				 errhint("Drop the aggregate first, with elt.drop_aggregate.")));
}

Datum
elt_drop_fact(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(0);
	Fact	   *fact;
	char	   *label;

	RequireArg(fcinfo, 0, "relation");
	RequireArg(fcinfo, 1, "if_exists");
	label = RelationLabel(relation);
	SPI_connect();
	fact = FactWithoutRoles(relation);
	if (fact == NULL)
		ReportNoFact(relation, PG_GETARG_BOOL(1));
	else
	{
		FactCheckMayChange(fact);
		StarTurnTake(list_make1_oid(relation));
		CheckIsNotAggregated(relation);
		FactForget(relation);
		(void) SqlExec(psprintf("DROP VIEW %s, %s", fact->view, fact->as_of), GetUserId());
		if (fact->table != NULL)
			(void) SqlExec(psprintf("DROP TABLE %s", fact->table), GetUserId());
		StarUnwatch(fact->source);
	}
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(label));
}

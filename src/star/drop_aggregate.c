/*
 * drop_aggregate.c
 *	  Drop the view and the table of an aggregate.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "miscadmin.h"
#include "star/aggregate_build.h"
#include "star/star_turn.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_drop_aggregate);

static void
ReportNoAggregate(Oid relation, bool if_exists)
{
	if (!if_exists)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" is not an aggregate", RelationLabel(relation)),
				 errhint("Use SELECT * FROM elt.aggregates to list all aggregates.")));
	ereport(NOTICE, (errmsg("\"%s\" is not an aggregate, skipping", RelationLabel(relation))));
}

Datum
elt_drop_aggregate(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(0);
	Aggregate  *a;
	char	   *label;
	ListCell   *lc;

	RequireArg(fcinfo, 0, "relation");
	RequireArg(fcinfo, 1, "if_exists");
	label = RelationLabel(relation);
	SPI_connect();
	a = AggregateWithoutFact(relation);
	if (a == NULL)
		ReportNoAggregate(relation, PG_GETARG_BOOL(1));
	else
	{
		AggregateCheckMayChange(a);
		StarTurnTake(list_make1_oid(a->fact_relation));
		AggregateForget(relation);
		(void) SqlExec(psprintf("DROP VIEW %s", a->view), GetUserId());
		(void) SqlExec(psprintf("DROP TABLE %s", a->table), GetUserId());
		foreach(lc, a->details)
			(void) SqlExec(psprintf("DROP TABLE %s", (char *) lfirst(lc)), GetUserId());
	}
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(label));
}

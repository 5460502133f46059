/*
 * drop_dimension.c
 *	  Drop the views and the table of a dimension.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "star/dimension.h"
#include "star/star_turn.h"
#include "star/star_watch.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_drop_dimension);

static void
ReportNoDimension(Oid relation, bool if_exists)
{
	if (!if_exists)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" is not a dimension", RelationLabel(relation)),
				 errhint("Use SELECT * FROM elt.dimensions to list all dimensions.")));
	ereport(NOTICE, (errmsg("\"%s\" is not a dimension, skipping", RelationLabel(relation))));
}

static void
CheckHasNoFact(Oid relation)
{
	Sql			q;
	ListCell   *lc;

	SqlBegin(&q, "select distinct r.fact::oid from elt_catalog.fact_dimension r"
			 " join elt_catalog.dimension d on d.relation = r.dimension"
			 " join pg_catalog.pg_class c on c.oid = r.fact"
			 " where d.relation = $1 or d.base = $1 order by 1");
	SqlAddOid(&q, REGCLASSOID, relation);
	foreach(lc, SqlDoOids(&q, AsCatalog()))
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("fact \"%s\" refers to dimension \"%s\"",
						RelationLabel(lfirst_oid(lc)), RelationLabel(relation)),
				 errhint("Drop the fact first, with elt.drop_fact, or create it without the dimension.")));
}

static void
Forget(Oid relation)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.dimension where relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlDo(&q, AsCatalog());
}

static void
DropRelations(const Dimension *d)
{
	const char *table = d->is_role ? "" : psprintf("; DROP TABLE %s", d->table);
	const char *newest = d->is_role || d->newest == NULL ? "" : psprintf("; DROP VIEW %s", d->newest);

	(void) SqlExec(psprintf("DROP VIEW %s%s%s", d->view, newest, table), GetUserId());
}

Datum
elt_drop_dimension(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(0);
	Dimension  *d;
	char	   *label;

	RequireArg(fcinfo, 0, "relation");
	RequireArg(fcinfo, 1, "if_exists");
	label = RelationLabel(relation);
	SPI_connect();
	d = DimensionOf(relation);
	if (d == NULL)
		ReportNoDimension(relation, PG_GETARG_BOOL(1));
	else
	{
		DimensionCheckMayChange(d);
		StarTurnTake(list_make1_oid(d->base));
		CheckHasNoFact(relation);
		Forget(relation);
		DropRelations(d);
		StarUnwatch(d->source);
		StarUnwatch(d->derived_from);
	}
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(label));
}

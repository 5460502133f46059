/*
 * rebuild_star.c
 *	  Build a dimension, a fact or an aggregate again from its definition and its source.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "star/aggregate_build.h"
#include "star/create_dimension.h"
#include "star/fact_build.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_rebuild_star);

static int64
RebuildDimension(Oid relation)
{
	Dimension  *d = DimensionOf(relation);

	if (d == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" is no dimension, fact or aggregate", RelationLabel(relation)),
				 errhint("Use SELECT * FROM elt.dimensions, elt.facts and elt.aggregates to list them.")));
	DimensionCheckMayChange(d);
	if (d->is_role || strcmp(d->kind, "source") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("dimension \"%s\" has no source to be built from", d->name),
				 errhint("Use elt.refresh_date_dimension for days.")));
	return DimensionRebuild(d);
}

static int64
RebuildFact(Fact *fact)
{
	const Fact	old = *fact;
	Sql			q;

	FactCheckMayChange(fact);
	(void) FactBuild(fact, &old);
	if (fact->table == NULL)
		return 0;
	SqlBegin(&q, psprintf("SELECT count(*) FROM %s", fact->table));
	return SqlDoInt8(&q, fact->role);
}

static int64
RebuildAggregate(Aggregate *a)
{
	const Aggregate old = *a;
	Sql			q;

	AggregateCheckMayChange(a);
	(void) AggregateBuild(a, &old);
	SqlBegin(&q, psprintf("SELECT count(*) FROM %s", a->table));
	return SqlDoInt8(&q, a->role);
}

static int64
Rebuild(Oid relation)
{
	Fact	   *fact = FactOf(relation);
	Aggregate  *a;

	if (fact != NULL)
		return RebuildFact(fact);
	a = AggregateOf(relation);
	return a != NULL ? RebuildAggregate(a) : RebuildDimension(relation);
}

Datum
elt_rebuild_star(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(0);
	int64		rows;

	RequireArg(fcinfo, 0, "relation");
	SPI_connect();
	rows = Rebuild(relation);
	SPI_finish();
	PG_RETURN_INT64(rows);
}

/*
 * rebuild_star.c
 *	  Build a dimension, a fact, an aggregate, or all of them again from definitions and sources.
 */
#include "base/compat.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "star/aggregate_build.h"
#include "star/create_dimension.h"
#include "star/fact_build.h"
#include "star/member.h"
#include "star/star_turn.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(elt_rebuild_star);

static void
CheckHasSource(const Dimension *d)
{
	if (get_rel_name(MemberRelation(d)) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the source of dimension \"%s.%s\" does not exist", d->schema, d->name),
				 errhint("Use elt.create_dimension with replace to give it another one, or "
						 "elt.drop_dimension.")));
}

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
	CheckHasSource(d);
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

/* ---- all ---- */

#define IN_SCHEMA \
	" join pg_catalog.pg_class c on c.oid = r.relation" \
	" where ($1 is null or c.relnamespace = $1)"

static List *
Found(const char *query, Oid schema)
{
	Sql			q;

	SqlBegin(&q, query);
	SqlAdd(&q, OIDOID, ObjectIdGetDatum(schema), !OidIsValid(schema));
	return SqlDoOids(&q, AsCatalog());
}

/* Each part is queried again after the one before it is built, since views get new OIDs. */
static const char *const parts[] = {
	"select r.relation::oid from elt_catalog.dimension r" IN_SCHEMA " and r.kind = 'source' order by 1",
	"select r.relation::oid from elt_catalog.fact r" IN_SCHEMA " order by 1",
	"select r.relation::oid from elt_catalog.aggregate r" IN_SCHEMA
	" and not exists (select from elt_catalog.fact f join pg_catalog.pg_class v on v.oid = f.relation"
	" where f.relation = r.fact and ($1 is null or v.relnamespace = $1)) order by 1"
};

/* Dimensions, the facts that refer to them, with their aggregates, and aggregates of other facts. */
static int64
RebuildAll(Oid schema)
{
	List	   *relations = NIL;
	int64		rows = 0;

	for (int i = 0; i < lengthof(parts); i++)
		relations = list_concat(relations, Found(parts[i], schema));
	StarTurnTake(relations);
	for (int i = 0; i < lengthof(parts); i++)
	{
		ListCell   *lc;

		foreach(lc, Found(parts[i], schema))
			rows += Rebuild(lfirst_oid(lc));
	}
	return rows;
}

Datum
elt_rebuild_star(PG_FUNCTION_ARGS)
{
	Oid			schema = PG_ARGISNULL(1) ? InvalidOid : PG_GETARG_OID(1);
	int64		rows;

	if (!PG_ARGISNULL(0) && OidIsValid(schema))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("only one of relation and schema can be specified")));
	SPI_connect();
	rows = PG_ARGISNULL(0) ? RebuildAll(schema) : Rebuild(PG_GETARG_OID(0));
	SPI_finish();
	PG_RETURN_INT64(rows);
}

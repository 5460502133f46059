/*
 * create_aggregate.c
 *	  Create an aggregate of a fact, or change its definition.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "star/aggregate_build.h"
#include "star/aggregate_parse.h"
#include "star/star_argument.h"
#include "star/star_name.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(elt_create_aggregate);

enum
{
	ARG_NAME, ARG_FACT, ARG_BY, ARG_MEASURES, ARG_REPLACE
};

static void
CheckArguments(FunctionCallInfo fcinfo)
{
	RequireArg(fcinfo, ARG_NAME, "name");
	RequireArg(fcinfo, ARG_FACT, "fact");
	RequireArg(fcinfo, ARG_BY, "by");
	RequireArg(fcinfo, ARG_MEASURES, "measures");
	RequireArg(fcinfo, ARG_REPLACE, "replace");
	RequireObject(fcinfo, ARG_MEASURES, "measures",
				  "{\"n\": \"count(*)\", \"total\": \"sum(amount)\"}");
}

static List *
ReadMeasures(FunctionCallInfo fcinfo)
{
	List	   *measures = NIL;
	Sql			q;

	SqlBegin(&q, "select key, value from jsonb_each_text($1)");
	SqlAdd(&q, JSONBOID, PG_GETARG_DATUM(ARG_MEASURES), false);
	SqlRun(&q, AsCatalog());
	for (uint64 row = 0; row < q.processed; row++)
	{
		AggregateMeasure *measure = palloc0(sizeof(AggregateMeasure));

		measure->name = SqlText(&q, row, 1);
		measure->expression = SqlText(&q, row, 2);
		if (measure->expression == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("measure \"%s\" must not be null", measure->name)));
		measures = lappend(measures, measure);
	}
	SqlDone(&q);
	return measures;
}

static Aggregate *
AggregateOfCall(FunctionCallInfo fcinfo, const StarName *name)
{
	Aggregate  *a = palloc0(sizeof(Aggregate));

	a->schema = name->schema;
	a->name = name->name;
	a->view = StarRelation(name, "");
	a->table = StarRelation(name, "_groups");
	a->fact_relation = PG_GETARG_OID(ARG_FACT);
	a->fact = FactNamed(a->fact_relation);
	FactCheckMayChange(a->fact);
	a->role = a->fact->role;
	a->by = TextArrayStrings(PG_GETARG_DATUM(ARG_BY));
	a->measures = ReadMeasures(fcinfo);
	AggregateParse(a);
	return a;
}

Datum
elt_create_aggregate(PG_FUNCTION_ARGS)
{
	StarName   *name;
	Aggregate  *a;
	Aggregate  *old = NULL;
	Oid			relation;

	CheckArguments(fcinfo);
	SPI_connect();
	name = StarNameOf("aggregate", text_to_cstring(PG_GETARG_TEXT_PP(ARG_NAME)));
	relation = get_relname_relid(name->name, get_namespace_oid(name->schema, false));
	if (PG_GETARG_BOOL(ARG_REPLACE) && OidIsValid(relation))
		old = AggregateWithoutFact(relation);
	if (old != NULL)
		AggregateCheckMayChange(old);
	else
		StarNameCheckNew(name, "aggregate", NULL, 0, !PG_GETARG_BOOL(ARG_REPLACE));
	a = AggregateOfCall(fcinfo, name);
	relation = AggregateBuild(a, old);
	SPI_finish();
	PG_RETURN_OID(relation);
}

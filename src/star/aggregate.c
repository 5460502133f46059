/*
 * aggregate.c
 *	  Read and write the definitions of aggregates.
 */
#include "base/compat.h"
#include "star/aggregate.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "star/aggregate_parse.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static List *
ReadMeasures(Oid relation)
{
	List	   *measures = NIL;
	Sql			q;

	SqlBeginKept(&q, "select name, expression from elt_catalog.aggregate_measure where aggregate = $1"
				 " order by position");
	SqlAddOid(&q, REGCLASSOID, relation);
	for (uint64 row = 0, n = SqlRun(&q, AsCatalog()); row < n; row++)
	{
		AggregateMeasure *measure = palloc0(sizeof(AggregateMeasure));

		measure->name = SqlText(&q, row, 1);
		measure->expression = SqlText(&q, row, 2);
		measures = lappend(measures, measure);
	}
	SqlDone(&q);
	return measures;
}

Aggregate *
AggregateWithoutFact(Oid relation)
{
	Aggregate  *a = NULL;
	Sql			q;

	SqlBeginKept(&q, "select a.fact::oid, a.stored::oid, a.by_columns, a.created_by,"
				 " array(select format('%I.%I', n.nspname, c.relname)"
				 " from unnest(a.details) with ordinality d(relation, position)"
				 " join pg_catalog.pg_class c on c.oid = d.relation"
				 " join pg_catalog.pg_namespace n on n.oid = c.relnamespace order by d.position),"
				 " cardinality(a.details)"
				 " from elt_catalog.aggregate a"
				 " join pg_catalog.pg_class c on c.oid = a.relation where a.relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		a = palloc0(sizeof(Aggregate));
		a->relation = relation;
		a->fact_relation = DatumGetObjectId(SqlDatum(&q, 0, 1, NULL));
		a->schema = get_namespace_name(get_rel_namespace(relation));
		a->name = get_rel_name(relation);
		a->view = QuotedRelation(relation);
		a->table = QuotedRelation(DatumGetObjectId(SqlDatum(&q, 0, 2, NULL)));
		a->by = SqlTextArray(&q, 0, 3);
		a->role = DatumGetObjectId(SqlDatum(&q, 0, 4, NULL));
		a->details = SqlTextArray(&q, 0, 5);
		a->lacks_details = list_length(a->details) < SqlInt4(&q, 0, 6, NULL);
		a->measures = ReadMeasures(relation);
	}
	SqlDone(&q);
	return a;
}

char *
AggregateDetail(const Aggregate *a, int position, const char *suffix)
{
	if (position < list_length(a->details))
		return list_nth(a->details, position);
	return quote_qualified_identifier(a->schema, psprintf("%s%s", a->name, suffix));
}

static void
ReportNoFact(const Aggregate *a)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("aggregate \"%s.%s\" is not kept: its fact does not exist", a->schema, a->name),
			 errdetail("The view of the fact was dropped, perhaps by DROP ... CASCADE."),
			 errhint("Create the fact again and the aggregate with elt.create_aggregate and replace => true, "
					 "or drop the aggregate with elt.drop_aggregate.")));
}

Aggregate *
AggregateOf(Oid relation)
{
	Aggregate  *a = AggregateWithoutFact(relation);

	if (a == NULL)
		return NULL;
	a->fact = FactOf(a->fact_relation);
	if (a->fact == NULL)
		ReportNoFact(a);
	AggregateParse(a);
	return a;
}

Aggregate *
AggregateNamed(Oid relation)
{
	Aggregate  *a = AggregateOf(relation);

	if (a == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" is not an aggregate", RelationLabel(relation)),
				 errhint("Use SELECT * FROM elt.aggregates to list all aggregates.")));
	return a;
}

/* One that another session drops meanwhile is left out. */
static List *
AggregatesFound(Sql *q)
{
	List	   *aggregates = NIL;
	ListCell   *lc;

	foreach(lc, SqlDoOids(q, AsCatalog()))
	{
		Aggregate  *a = AggregateOf(lfirst_oid(lc));

		if (a != NULL)
			aggregates = lappend(aggregates, a);
	}
	return aggregates;
}

List *
AggregatesOfFact(Oid fact)
{
	Sql			q;

	SqlBeginKept(&q, "select a.relation::oid from elt_catalog.aggregate a"
				 " join pg_catalog.pg_class c on c.oid = a.relation where a.fact = $1 order by 1");
	SqlAddOid(&q, REGCLASSOID, fact);
	return AggregatesFound(&q);
}

List *
AggregatesOrphaned(void)
{
	Sql			q;

	SqlBegin(&q, "select a.relation::oid from elt_catalog.aggregate a"
			 " join pg_catalog.pg_class c on c.oid = a.relation"
			 " where not exists (select from pg_catalog.pg_class f where f.oid = a.fact) order by 1");
	return SqlDoOids(&q, AsCatalog());
}

#define AGGREGATES_OF_DIMENSION \
	"select distinct a.relation::oid from elt_catalog.aggregate a" \
	" join elt_catalog.fact_dimension r on r.fact = a.fact" \
	" join elt_catalog.dimension d on d.relation = r.dimension" \
	" join pg_catalog.pg_class c on c.oid = a.relation" \
	" join pg_catalog.pg_class f on f.oid = a.fact" \
	" where coalesce(d.base, d.relation) = $1"

List *
AggregatesOfDimension(Oid base)
{
	Sql			q;

	SqlBeginKept(&q, AGGREGATES_OF_DIMENSION " order by 1");
	SqlAddOid(&q, REGCLASSOID, base);
	return AggregatesFound(&q);
}

bool
AggregatesAreOfDimension(Oid base)
{
	Sql			q;

	SqlBeginKept(&q, AGGREGATES_OF_DIMENSION " limit 1");
	SqlAddOid(&q, REGCLASSOID, base);
	return SqlDo(&q, AsCatalog()) > 0;
}

/* ---- registration ---- */

static void
InsertMeasures(const Aggregate *a, Oid relation)
{
	int			position = 0;
	ListCell   *lc;

	foreach(lc, a->measures)
	{
		AggregateMeasure *measure = lfirst(lc);
		Sql			q;

		SqlBegin(&q, "insert into elt_catalog.aggregate_measure (aggregate, position, name, expression)"
				 " values ($1, $2, $3, $4)");
		SqlAddOid(&q, REGCLASSOID, relation);
		SqlAddInt4(&q, ++position);
		SqlAddText(&q, measure->name);
		SqlAddText(&q, measure->expression);
		SqlDo(&q, AsCatalog());
	}
}

void
AggregateForget(Oid relation)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.aggregate where relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlDo(&q, AsCatalog());
}

void
AggregatesMoveToFact(Oid old, Oid fact)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.aggregate set fact = $2 where fact = $1");
	SqlAddOid(&q, REGCLASSOID, old);
	SqlAddOid(&q, REGCLASSOID, fact);
	SqlDo(&q, AsCatalog());
}

Oid
AggregateRegister(const Aggregate *a)
{
	Oid			relation = RangeVarGetRelid(makeRangeVar(a->schema, a->name, -1), NoLock, false);
	Sql			q;

	AggregateForget(relation);
	SqlBegin(&q, "insert into elt_catalog.aggregate (relation, fact, stored, by_columns, created_by, details)"
			 " values ($1, $2, $3::regclass, $4, $5, $6::regclass[])");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddOid(&q, REGCLASSOID, a->fact->relation);
	SqlAddText(&q, a->table);
	SqlAddTextArray(&q, a->by);
	SqlAddOid(&q, REGROLEOID, a->role);
	SqlAddTextArray(&q, a->details);
	SqlDo(&q, AsCatalog());
	InsertMeasures(a, relation);
	return relation;
}

/*
 * fact.c
 *	  Read and write the definitions of facts.
 */
#include "base/compat.h"
#include "star/fact.h"

#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Its view may have been dropped by hand. */
static Dimension *
DimensionOfFact(Oid dimension, Oid fact)
{
	Dimension  *d = DimensionOf(dimension);

	if (d == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("a dimension of fact \"%s\" does not exist", RelationLabel(fact)),
				 errhint("It was dropped without elt.drop_dimension. Use SELECT elt.drop_fact(%s); and "
						 "create the fact again.", quote_literal_cstr(QuotedRelation(fact)))));
	return d;
}

static List *
ReadRoles(Oid relation)
{
	List	   *roles = NIL;
	Sql			q;

	SqlBeginKept(&q, "select dimension::oid, columns from elt_catalog.fact_dimension where fact = $1"
				 " order by position");
	SqlAddOid(&q, REGCLASSOID, relation);
	for (uint64 row = 0, n = SqlRun(&q, AsCatalog()); row < n; row++)
	{
		FactRole   *role = palloc(sizeof(FactRole));

		role->dimension = DimensionOfFact(DatumGetObjectId(SqlDatum(&q, row, 1, NULL)), relation);
		role->columns = SqlTextArray(&q, row, 2);
		roles = lappend(roles, role);
	}
	SqlDone(&q);
	return roles;
}

static List *
ReadMeasures(Oid relation)
{
	List	   *measures = NIL;
	Sql			q;

	SqlBeginKept(&q, "select name, additivity, unit from elt_catalog.fact_measure where fact = $1"
				 " order by position");
	SqlAddOid(&q, REGCLASSOID, relation);
	for (uint64 row = 0, n = SqlRun(&q, AsCatalog()); row < n; row++)
	{
		FactMeasure *measure = palloc(sizeof(FactMeasure));

		measure->name = SqlText(&q, row, 1);
		measure->additivity = SqlText(&q, row, 2);
		measure->unit = SqlText(&q, row, 3);
		measures = lappend(measures, measure);
	}
	SqlDone(&q);
	return measures;
}

Fact *
FactWithoutRoles(Oid relation)
{
	Fact	   *fact = NULL;
	Sql			q;
	bool		isnull;

	SqlBeginKept(&q, "select f.kind, f.source::oid, f.stored::oid, f.as_of::oid, f.grain, f.degenerate,"
				 " f.event_time, f.day_zone, f.infers, f.created_by from elt_catalog.fact f"
				 " join pg_catalog.pg_class c on c.oid = f.relation where f.relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		Oid			stored = DatumGetObjectId(SqlDatum(&q, 0, 3, &isnull));
		Oid			as_of = DatumGetObjectId(SqlDatum(&q, 0, 4, NULL));

		fact = palloc0(sizeof(Fact));
		fact->relation = relation;
		fact->schema = get_namespace_name(get_rel_namespace(relation));
		fact->name = get_rel_name(relation);
		fact->view = QuotedRelation(relation);
		fact->kind = SqlText(&q, 0, 1);
		fact->source = DatumGetObjectId(SqlDatum(&q, 0, 2, NULL));
		fact->table = isnull ? NULL : QuotedRelation(stored);
		fact->as_of = QuotedRelation(as_of);
		fact->as_of_name = get_rel_name(as_of);
		fact->grain = SqlTextArray(&q, 0, 5);
		fact->degenerate = SqlTextArray(&q, 0, 6);
		fact->event_time = SqlText(&q, 0, 7);
		fact->day_zone = SqlText(&q, 0, 8);
		fact->infers = SqlBool(&q, 0, 9);
		fact->role = DatumGetObjectId(SqlDatum(&q, 0, 10, NULL));
		fact->measures = ReadMeasures(relation);
	}
	SqlDone(&q);
	return fact;
}

Fact *
FactOf(Oid relation)
{
	Fact	   *fact = FactWithoutRoles(relation);

	if (fact != NULL)
		fact->roles = ReadRoles(relation);
	return fact;
}

Fact *
FactNamed(Oid relation)
{
	Fact	   *fact = FactOf(relation);

	if (fact == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" is not a fact", RelationLabel(relation)),
				 errhint("Use SELECT * FROM elt.facts to list all facts.")));
	return fact;
}

/* One that another session drops meanwhile is left out. */
static List *
Facts(Sql *q)
{
	List	   *facts = NIL;
	ListCell   *lc;

	foreach(lc, SqlDoOids(q, AsCatalog()))
	{
		Fact	   *fact = FactOf(lfirst_oid(lc));

		if (fact != NULL)
			facts = lappend(facts, fact);
	}
	return facts;
}

List *
FactsAll(void)
{
	Sql			q;

	SqlBegin(&q, "select f.relation::oid from elt_catalog.fact f"
			 " join pg_catalog.pg_class c on c.oid = f.relation order by 1");
	return Facts(&q);
}

List *
FactsFrom(Oid source)
{
	Sql			q;

	SqlBeginKept(&q, "select f.relation::oid from elt_catalog.fact f"
				 " join pg_catalog.pg_class c on c.oid = f.relation where f.source = $1 order by 1");
	SqlAddOid(&q, REGCLASSOID, source);
	return Facts(&q);
}

#define FACTS_OF_DIMENSION \
	"select distinct f.relation::oid from elt_catalog.fact f" \
	" join elt_catalog.fact_dimension r on r.fact = f.relation" \
	" join elt_catalog.dimension d on d.relation = r.dimension" \
	" join pg_catalog.pg_class c on c.oid = f.relation" \
	" where coalesce(d.base, d.relation) = $1"

List *
FactsOfDimension(Oid dimension)
{
	Sql			q;

	SqlBeginKept(&q, FACTS_OF_DIMENSION " order by 1");
	SqlAddOid(&q, REGCLASSOID, dimension);
	return Facts(&q);
}

List *
FactsStoring(Oid dimension)
{
	Sql			q;

	SqlBeginKept(&q, FACTS_OF_DIMENSION " and f.stored is not null order by 1");
	SqlAddOid(&q, REGCLASSOID, dimension);
	return Facts(&q);
}

bool
FactsStoreKeysOf(Oid dimension)
{
	Sql			q;

	SqlBeginKept(&q, FACTS_OF_DIMENSION " and f.stored is not null limit 1");
	SqlAddOid(&q, REGCLASSOID, dimension);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
FactCheckMayChange(const Fact *fact)
{
	if (!MayActFor(fact->role, false))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for fact \"%s.%s\"", fact->schema, fact->name),
				 errhint("It can be changed by role \"%s\", which created it.",
						 GetUserNameFromId(fact->role, false))));
}

/* ---- registration ---- */

static void
InsertRoles(const Fact *fact, Oid relation)
{
	int			position = 0;
	ListCell   *lc;

	foreach(lc, fact->roles)
	{
		FactRole   *role = lfirst(lc);
		Sql			q;

		SqlBegin(&q, "insert into elt_catalog.fact_dimension (fact, position, dimension, columns)"
				 " values ($1, $2, $3, $4)");
		SqlAddOid(&q, REGCLASSOID, relation);
		SqlAddInt4(&q, ++position);
		SqlAddOid(&q, REGCLASSOID, role->dimension->relation);
		SqlAddTextArray(&q, role->columns);
		SqlDo(&q, AsCatalog());
	}
}

static void
InsertMeasures(const Fact *fact, Oid relation)
{
	int			position = 0;
	ListCell   *lc;

	foreach(lc, fact->measures)
	{
		FactMeasure *measure = lfirst(lc);
		Sql			q;

		SqlBegin(&q, "insert into elt_catalog.fact_measure (fact, position, name, additivity, unit)"
				 " values ($1, $2, $3, $4, $5)");
		SqlAddOid(&q, REGCLASSOID, relation);
		SqlAddInt4(&q, ++position);
		SqlAddText(&q, measure->name);
		SqlAddText(&q, measure->additivity);
		SqlAddText(&q, measure->unit);
		SqlDo(&q, AsCatalog());
	}
}

void
FactForget(Oid relation)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.fact where relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlDo(&q, AsCatalog());
}

void
FactNoteAsOf(const Fact *fact)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.fact set as_of = $1::regclass where relation = $2");
	SqlAddText(&q, fact->as_of);
	SqlAddOid(&q, REGCLASSOID, fact->relation);
	SqlDo(&q, AsCatalog());
}

Oid
FactRegister(const Fact *fact)
{
	Oid			relation = RangeVarGetRelid(makeRangeVar(fact->schema, fact->name, -1), NoLock, false);
	Sql			q;

	FactForget(relation);
	SqlBegin(&q, "insert into elt_catalog.fact (relation, kind, source, stored, as_of, grain, degenerate,"
			 " event_time, day_zone, infers, created_by)"
			 " values ($1, $2, $3, $4::regclass, $5::regclass, $6, $7, $8, $9, $10, $11)");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddText(&q, fact->kind);
	SqlAddOid(&q, REGCLASSOID, fact->source);
	SqlAddText(&q, fact->table);
	SqlAddText(&q, fact->as_of);
	SqlAddTextArray(&q, fact->grain);
	SqlAddTextArray(&q, fact->degenerate);
	SqlAddText(&q, fact->event_time);
	SqlAddText(&q, fact->day_zone);
	SqlAddBool(&q, fact->infers);
	SqlAddOid(&q, REGROLEOID, fact->role);
	SqlDo(&q, AsCatalog());
	InsertRoles(fact, relation);
	InsertMeasures(fact, relation);
	return relation;
}

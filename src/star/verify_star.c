/*
 * verify_star.c
 *	  elt.verify_star: does the sum over each dimension equal the total of the source?
 *
 * Sums are exact, also of floating-point numbers, whose digits are added as numerics.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "star/fact.h"
#include "star/fact_store.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(elt_verify_star);

#define COLUMNS 6

/* Measures (char *) that are numbers. */
static List *
Numbers(const Fact *fact)
{
	List	   *numbers = NIL;
	ListCell   *lc;

	foreach(lc, fact->measures)
	{
		char	   *name = ((FactMeasure *) lfirst(lc))->name;
		Oid			type = get_atttype(fact->source, get_attnum(fact->source, name));
		char		category;
		bool		preferred;

		get_type_category_preferred(type, &category, &preferred);
		if (category == TYPCATEGORY_NUMERIC && type != CASHOID)
			numbers = lappend(numbers, name);
	}
	return numbers;
}

/* "count(*) AS c0, sum(f.a::numeric) AS c1" */
static char *
Sums(List *numbers)
{
	StringInfoData sql;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "count(*)::numeric AS c0");
	foreach(lc, numbers)
		appendStringInfo(&sql, ", sum(f.%s::numeric) AS c%d", quote_identifier(lfirst(lc)), ++n);
	return sql.data;
}

static char *
SumsOfSums(int numbers)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int n = 0; n <= numbers; n++)
		appendStringInfo(&sql, "%ssum(c%d) AS c%d", n > 0 ? ", " : "", n, n);
	return sql.data;
}

/* Pairs: what the source has, and what the members of the dimension have together. */
static char *
SumsQuery(const Fact *fact, const char *view, const char *key, List *numbers)
{
	StringInfoData sql;
	int			count = list_length(numbers);

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	for (int n = 0; n <= count; n++)
		appendStringInfo(&sql, "%scoalesce(t.c%d, 0), coalesce(g.c%d, 0),"
						 " coalesce(t.c%d, 0) = coalesce(g.c%d, 0)", n > 0 ? ", " : "", n, n, n, n);
	appendStringInfo(&sql, " FROM (SELECT %s FROM %s f) t, (SELECT %s FROM (SELECT d.%s, %s FROM %s f"
					 " JOIN %s d ON d.%s = f.%s GROUP BY d.%s) m) g",
					 Sums(numbers), QuotedRelation(fact->source), SumsOfSums(count), key, Sums(numbers),
					 fact->view, view, key, key, key);
	return sql.data;
}

static void
Put(ReturnSetInfo *rsinfo, const Fact *fact, Oid dimension, const char *measure, Sql *q, int column)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	values[0] = ObjectIdGetDatum(fact->relation);
	values[1] = ObjectIdGetDatum(dimension);
	nulls[2] = measure == NULL;
	values[2] = measure != NULL ? CStringGetTextDatum(measure) : (Datum) 0;
	values[3] = SqlDatum(q, 0, column, NULL);
	values[4] = SqlDatum(q, 0, column + 1, NULL);
	values[5] = SqlDatum(q, 0, column + 2, NULL);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

static void
VerifyOne(ReturnSetInfo *rsinfo, const Fact *fact, Oid dimension, const char *view, const char *key)
{
	List	   *numbers = Numbers(fact);
	int			column = 1;
	ListCell   *lc;
	Sql			q;

	SqlBegin(&q, SumsQuery(fact, view, quote_identifier(key), numbers));
	SqlRun(&q, fact->role);
	Put(rsinfo, fact, dimension, NULL, &q, column);
	foreach(lc, numbers)
		Put(rsinfo, fact, dimension, lfirst(lc), &q, column += 3);
	SqlDone(&q);
}

static void
Verify(ReturnSetInfo *rsinfo, const Fact *fact)
{
	ListCell   *lc;

	FactCheckColumns(fact);
	foreach(lc, fact->roles)
	{
		const Dimension *d = ((FactRole *) lfirst(lc))->dimension;

		VerifyOne(rsinfo, fact, d->relation, d->view, d->key);
	}
}

static void
VerifyNamed(ReturnSetInfo *rsinfo, Oid relation)
{
	Fact	   *fact = FactNamed(relation);

	FactCheckMayChange(fact);
	Verify(rsinfo, fact);
}

/* Of facts whose numbers the user may see. */
static void
VerifyAll(ReturnSetInfo *rsinfo)
{
	ListCell   *lc;

	foreach(lc, FactsAll())
	{
		const Fact *fact = lfirst(lc);

		if (MayActFor(fact->role, false))
			Verify(rsinfo, fact);
	}
}

Datum
elt_verify_star(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (PG_ARGISNULL(0))
		VerifyAll(rsinfo);
	else
		VerifyNamed(rsinfo, PG_GETARG_OID(0));
	SPI_finish();
	return (Datum) 0;
}

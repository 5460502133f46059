/*
 * verify_aggregate.c
 *	  elt.verify_aggregate: are the groups of an aggregate what the rows of its fact make?
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "star/aggregate_build.h"
#include "star/group_change.h"
#include "star/group_rows.h"
#include "star/group_state.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(elt_verify_aggregate);

#define COLUMNS 3

static List *
MeasureNames(const Aggregate *a)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, a->measures)
		names = lappend(names, ((AggregateMeasure *) lfirst(lc))->name);
	return names;
}

/* The rows that the view would have. */
static char *
Recomputed(const Aggregate *a)
{
	StringInfoData columns;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&columns);
	foreach(lc, a->by)
		AppendItem(&columns, ", ", "g.b%d AS %s", ++n, quote_identifier(lfirst(lc)));
	foreach(lc, a->measures)
		AppendItem(&columns, ", ", "%s AS %s", GroupMeasure(a, lfirst(lc), false),
				   quote_identifier(((AggregateMeasure *) lfirst(lc))->name));
	return psprintf("SELECT %s FROM (%s) g", columns.data,
					GroupsOf(a, GroupRows(a, a->fact, QuotedRelation(a->fact->source), false), true));
}

/* Groups as values of type record, of which null is equal to null. */
static char *
WithGroup(const Aggregate *a, const char *rows)
{
	return psprintf("(SELECT q.*, ROW(%s) AS _group, true AS _is FROM %s q)", GroupNames(a, "q"), rows);
}

static char *
Differences(const Aggregate *a)
{
	List	   *measures = MeasureNames(a);
	const char *differ = measures == NIL ? "false" :
		psprintf("ROW(%s) IS DISTINCT FROM ROW(%s)", QuotedColumns(measures, "k"),
				 QuotedColumns(measures, "n"));

	return psprintf("SELECT CASE WHEN k._is THEN %s ELSE %s END, CASE WHEN k._is THEN %s END,"
					" CASE WHEN n._is THEN %s END FROM %s k FULL JOIN %s n ON k._group = n._group"
					" WHERE k._is IS NULL OR n._is IS NULL OR %s",
					ColumnsAsJson(a->by, "k"), ColumnsAsJson(a->by, "n"), ColumnsAsJson(measures, "k"),
					ColumnsAsJson(measures, "n"), WithGroup(a, a->view),
					WithGroup(a, psprintf("(%s)", Recomputed(a))), differ);
}

static void
PutRows(ReturnSetInfo *rsinfo, Sql *q)
{
	for (uint64 row = 0; row < q->processed; row++)
	{
		Datum		values[COLUMNS];
		bool		nulls[COLUMNS];

		for (int i = 0; i < COLUMNS; i++)
			values[i] = SqlDatum(q, row, i + 1, &nulls[i]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

Datum
elt_verify_aggregate(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Aggregate  *a;
	Sql			q;

	RequireArg(fcinfo, 0, "relation");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	a = AggregateNamed(PG_GETARG_OID(0));
	AggregateCheckMayChange(a);
	SqlBegin(&q, Differences(a));
	SqlRun(&q, a->role);
	PutRows(rsinfo, &q);
	SqlDone(&q);
	SPI_finish();
	return (Datum) 0;
}

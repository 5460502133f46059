/*
 * explain_source.c
 *	  The statement by which a pipeline will read its source next.
 */
#include "base/compat.h"

#include "base/base_relations.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/command.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "load/insert_select.h"
#include "pipeline/execution.h"
#include "source/kind.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_explain_source);

#define COLUMNS 3

typedef struct Explanation
{
	Pipeline   *pipeline;
	char	   *statement;		/* NULL: nothing is due */
	char	   *late_rows;
	List	   *parents;		/* char * */
} Explanation;

/* Pipelines whose targets the source is made of. */
static List *
ParentsOf(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q,
			 WITH_BASE_RELATIONS
			 " select p.name from elt_catalog.pipeline p join base b on b.oid = p.target"
			 " where p.id <> $2 order by p.name");
	SqlAddOid(&q, OIDOID, p->source);
	SqlAddInt4(&q, p->id);
	return SqlDoTexts(&q, AsCatalog());
}

static void
CheckIsReadByStatement(const Execution *e)
{
	if (e->source->kind->statement != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("source \"%s\" of pipeline \"%s\" is not read by a statement",
					e->source->relation, e->pipeline->name),
			 errhint("Use EXPLAIN SELECT ... FROM %s to show its requests.",
					 QuotedRelation(e->pipeline->source))));
}

static void
Explain(void *arg)
{
	Explanation *x = arg;
	Execution  *e = palloc0(sizeof(Execution));

	e->pipeline = x->pipeline;
	e->cxt = CurrentMemoryContext;
	PlanReadSource(e);
	CheckIsReadByStatement(e);
	PlanRun(e);
	if (e->slices != NIL)
		x->statement = e->source->kind->statement(e->source, linitial(e->slices),
												  InsertSelectInto(x->pipeline, e->source->desc));
	x->late_rows = e->source->kind->late_rows(e->source);
	PullClose(e->pull);
}

/*
 * elt.explain_source(pipeline)
 *		The first statement that the next run would read with, and what it depends on.
 */
Datum
elt_explain_source(PG_FUNCTION_ARGS)
{
	TupleDesc	row;
	Explanation x = {NULL};
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};
	HeapTupleHeader result;

	RequireArg(fcinfo, 0, "pipeline name");
	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	row = BlessTupleDesc(row);
	x.pipeline = CommandBegin(fcinfo, PipelineCheckMayOperate);
	PipelineCheckSource(x.pipeline);
	RunAs(x.pipeline->owner, Explain, &x);
	x.parents = ParentsOf(x.pipeline);
	nulls[0] = x.statement == NULL;
	values[0] = nulls[0] ? (Datum) 0 : CStringGetTextDatum(x.statement);
	values[1] = CStringGetTextDatum(x.late_rows);
	values[2] = TextArrayDatum(x.parents);
	result = SPI_returntuple(heap_form_tuple(row, values, nulls), row);
	SPI_finish();
	PG_RETURN_HEAPTUPLEHEADER(result);
}

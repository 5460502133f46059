/*
 * params_query.c
 *	  Derive combinations of params from the rows of a query.
 */
#include "base/compat.h"
#include "pipeline/params_query.h"

#include "access/xact.h"
#include "base/identity.h"
#include "base/sql_expression.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "source/params.h"
#include "source/slices.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"

#define ROWS_PER_FETCH 1000

/* Each one is held in memory from the start of a run to its end. */
#define MAX_COMBINATIONS 200000

typedef struct ParamsQuery
{
	const Pipeline *pipeline;
	const SourceDefinition *source;
	MemoryContext cxt;			/* of the answer */
	List	   *columns;		/* char *, the query's, in order */
	List	   *choices;		/* per param of the source: values that params gives, or NIL */
	List	   *combinations;
} ParamsQuery;

/* Positions refer to the query's own text, and names need their schema. */
static void
ExplainError(void *arg)
{
	const ParamsQuery *query = arg;

	ErrorIsInText(query->pipeline->params_query);
	if (geterrcode() == ERRCODE_UNDEFINED_TABLE || geterrcode() == ERRCODE_UNDEFINED_FUNCTION)
		errhint("The query runs with search_path set to pg_catalog; qualify other names with "
				"their schema.");
	errcontext("params_query of pipeline \"%s\"", query->pipeline->name);
}

static void
RunAsOwner(ParamsQuery *query, void (*fn) (void *arg))
{
	ErrorContextCallback context = {
		.callback = ExplainError,
		.arg = query,
		.previous = error_context_stack
	};

	error_context_stack = &context;
	RunAs(query->pipeline->owner, fn, query);
	error_context_stack = context.previous;
}

/* ---- what it is ---- */

static bool
IsQuery(SPIPlanPtr plan)
{
	CachedPlanSource *source;
	Query	   *query;

	if (!SPI_is_cursor_plan(plan))
		return false;
	source = linitial(SPI_plan_get_plan_sources(plan));
	query = linitial_node(Query, source->query_list);
	return query->commandType == CMD_SELECT && !query->hasModifyingCTE;
}

static SPIPlanPtr
Prepare(const Pipeline *p)
{
	SPIPlanPtr	plan = SPI_prepare(p->params_query, 0, NULL);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	if (!IsQuery(plan))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("params_query must be a single read-only query"),
				 errhint("Specify a SELECT whose columns are named after params of the source.")));
	return plan;
}

static void
CheckNamedOnce(List *columns, const char *name)
{
	ListCell   *lc;

	foreach(lc, columns)
		if (strcmp(lfirst(lc), name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("column \"%s\" appears twice in params_query", name)));
}

static void
ReadColumns(ParamsQuery *query, SPIPlanPtr plan)
{
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));
	MemoryContext old = MemoryContextSwitchTo(query->cxt);

	for (int i = 0; i < source->resultDesc->natts; i++)
	{
		char	   *name = NameStr(TupleDescAttr(source->resultDesc, i)->attname);

		CheckNamedOnce(query->columns, name);
		query->columns = lappend(query->columns, pstrdup(name));
	}
	query->choices = SourceParamChoices(query->source, query->pipeline->params,
										query->columns);
	MemoryContextSwitchTo(old);
}

static void
CheckQuery(void *arg)
{
	ParamsQuery *query = arg;
	SPIPlanPtr	plan = Prepare(query->pipeline);

	ReadColumns(query, plan);
	SPI_freeplan(plan);
}

void
ParamsQueryCheck(const Pipeline *p, const SourceDefinition *source)
{
	ParamsQuery query = {p, source, CurrentMemoryContext};

	RunAsOwner(&query, CheckQuery);
}

/* ---- what it says ---- */

static int
ColumnOf(const ParamsQuery *query, const char *name)
{
	ListCell   *lc;

	foreach(lc, query->columns)
		if (strcmp(lfirst(lc), name) == 0)
			return foreach_current_index(lc) + 1;
	return 0;
}

static List *
ValueOfRow(const ParamsQuery *query, const char *name, HeapTuple row, TupleDesc desc)
{
	int			column = ColumnOf(query, name);
	bool		isnull;
	Datum		value = SPI_getbinval(row, desc, column, &isnull);
	List	   *values;

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("params_query returned null for param \"%s\"", name),
				 errhint("Add WHERE %s IS NOT NULL.", quote_identifier(name))));
	values = list_make1(ParamFromDatum(value, SPI_gettypeid(desc, column)));
	SourceCheckValues(query->source, name, values);
	return values;
}

/* Of the query's params and labels the row's values, of the others all that params gives. */
static List *
CombinationsOfRow(const ParamsQuery *query, HeapTuple row, TupleDesc desc)
{
	List	   *names = list_copy(query->source->params);
	List	   *choices = NIL;
	ListCell   *name;
	ListCell   *given;

	forboth(name, query->source->params, given, query->choices)
		choices = lappend(choices, lfirst(given) != NIL ? lfirst(given) :
						  ValueOfRow(query, lfirst(name), row, desc));
	foreach(name, query->source->labels)
	{
		if (ColumnOf(query, lfirst(name)) == 0)
			continue;
		names = lappend(names, lfirst(name));
		choices = lappend(choices, ValueOfRow(query, lfirst(name), row, desc));
	}
	return SourceCombinations(query->source, names, choices);
}

static void
CheckCount(const ParamsQuery *query)
{
	if (list_length(query->combinations) <= MAX_COMBINATIONS)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("params_query returned more than %d combinations", MAX_COMBINATIONS),
			 errhint("Restrict the query, or distribute its rows over several pipelines.")));
}

/* The rows that SPI holds; each one's scraps are gone before the next. */
static void
TakeRows(ParamsQuery *query, MemoryContext scratch)
{
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		List	   *found;
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(scratch);
		MemoryContextSwitchTo(scratch);
		found = CombinationsOfRow(query, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
		MemoryContextSwitchTo(query->cxt);
		foreach(lc, found)
			query->combinations = lappend(query->combinations, pstrdup(lfirst(lc)));
		CheckCount(query);
	}
}

static void
TakeAllRows(ParamsQuery *query, Portal portal)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "elt params row",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = CurrentMemoryContext;

	do
	{
		SPI_cursor_fetch(portal, true, ROWS_PER_FETCH);
		TakeRows(query, scratch);
		MemoryContextSwitchTo(old);
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	MemoryContextDelete(scratch);
}

/* Functions of a query could write all the same: in here they cannot. */
static void
ReadOnly(ParamsQuery *query)
{
	bool		saved = XactReadOnly;
	SPIPlanPtr	plan = Prepare(query->pipeline);
	Portal		portal;

	ReadColumns(query, plan);
	PG_TRY();
	{
		XactReadOnly = true;
		portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
		TakeAllRows(query, portal);
		SPI_cursor_close(portal);
	}
	PG_FINALLY();
	{
		XactReadOnly = saved;
	}
	PG_END_TRY();
	SPI_freeplan(plan);
}

static void
RunQuery(void *arg)
{
	PushActiveSnapshot(GetTransactionSnapshot());
	ReadOnly(arg);
	PopActiveSnapshot();
}

static int
CompareTexts(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* Rows may repeat, and so may what several rows give together. */
static List *
SortedUnique(List *texts)
{
	List	   *unique = NIL;
	ListCell   *lc;

	list_sort(texts, CompareTexts);
	foreach(lc, texts)
		if (unique == NIL || strcmp(llast(unique), lfirst(lc)) != 0)
			unique = lappend(unique, lfirst(lc));
	return unique;
}

List *
ParamsQueryRun(const Pipeline *p, const SourceDefinition *source)
{
	ParamsQuery query = {p, source, CurrentMemoryContext};

	RunAsOwner(&query, RunQuery);
	if (query.combinations == NIL)
		ereport(NOTICE,
				(errmsg("pipeline \"%s\": params_query returned no rows", p->name)));
	return SortedUnique(query.combinations);
}

/*
 * export_query.c
 *	  Run the query of an export with the rights of the current user, row by row.
 *
 * The executor hands each row over as it comes, so that no result is held.
 */
#include "base/compat.h"
#include "sink/export_query.h"

#include "executor/spi.h"
#include "executor/tuptable.h"
#include "parser/parser.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/plancache.h"
#include "utils/varlena.h"

/* ---- text ---- */

/* A query has words behind each other, a name has not. */
static bool
IsRelationName(const char *text)
{
	List	   *parts;

	return SplitIdentifierString(pstrdup(text), '.', &parts) && parts != NIL &&
		list_length(parts) <= 3;
}

char *
ExportQueryOf(const char *text)
{
	return IsRelationName(text) ? psprintf("TABLE %s", text) : pstrdup(text);
}

/* Of a valid query, without a semicolon and what stands behind that. */
static char *
OnlyStatement(const char *query)
{
	RawStmt    *statement = linitial(raw_parser(query, RAW_PARSE_DEFAULT));

	if (statement->stmt_len == 0)
		return pstrdup(query + statement->stmt_location);
	return pnstrdup(query + statement->stmt_location, statement->stmt_len);
}

/* ---- plan ---- */

/* By a WITH clause. */
static bool
ChangesData(const CachedPlanSource *source)
{
	ListCell   *lc;

	foreach(lc, source->query_list)
		if (lfirst_node(Query, lc)->hasModifyingCTE)
			return true;
	return false;
}

static SPIPlanPtr
Prepare(const char *query)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(query, 0, NULL, CURSOR_OPT_PARALLEL_OK);
	List	   *sources;
	CachedPlanSource *source;

	if (plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not prepare the query: %s", SPI_result_code_string(SPI_result))));
	sources = SPI_plan_get_plan_sources(plan);
	source = list_length(sources) == 1 ? linitial(sources) : NULL;
	if (source == NULL || source->commandTag != CMDTAG_SELECT || source->resultDesc == NULL ||
		ChangesData(source))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("query must be one SELECT"),
				 source != NULL && ChangesData(source) ?
				 errdetail("A WITH clause of the query changes data.") : 0,
				 errhint("Specify a query or the name of a relation.")));
	return plan;
}

static TupleDesc
DescOf(SPIPlanPtr plan)
{
	return ((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan)))->resultDesc;
}

/* No column of the query has it. */
static char *
FreeName(TupleDesc desc)
{
	char	   *name = pstrdup("elt_export_row");

	for (int i = 0; i < desc->natts; i++)
		if (strcmp(name, NameStr(TupleDescAttr(desc, i)->attname)) == 0)
		{
			name = psprintf("%s_", name);
			i = -1;
		}
	return name;
}

/* The number of each row keeps the order of the query, since sorts do not. */
static char *
SortedQuery(const char *query, TupleDesc desc, List *sort_by)
{
	char	   *number = FreeName(desc);
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	for (int i = 0; i < desc->natts; i++)
		appendStringInfo(&text, "%s%s", i == 0 ? "SELECT " : ", ",
						 quote_identifier(NameStr(TupleDescAttr(desc, i)->attname)));
	appendStringInfo(&text, "\nFROM (SELECT *, pg_catalog.row_number() OVER () AS %s FROM (%s\n) "
					 "AS query) AS numbered\nORDER BY ", number, query);
	foreach(lc, sort_by)
		appendStringInfo(&text, "%s, ", quote_identifier(lfirst(lc)));
	appendStringInfoString(&text, number);
	return text.data;
}

/* ---- rows ---- */

typedef struct ConsumerReceiver
{
	DestReceiver pub;
	RowConsumer *consumer;
	MemoryContext cxt;			/* of the caller */
} ConsumerReceiver;

static void
Startup(DestReceiver *self, int operation, TupleDesc desc)
{
	ConsumerReceiver *receiver = (ConsumerReceiver *) self;
	MemoryContext caller = MemoryContextSwitchTo(receiver->cxt);

	receiver->consumer->begin(receiver->consumer, desc);
	MemoryContextSwitchTo(caller);
}

static bool
Receive(TupleTableSlot *slot, DestReceiver *self)
{
	ConsumerReceiver *receiver = (ConsumerReceiver *) self;
	MemoryContext caller = MemoryContextSwitchTo(receiver->cxt);

	slot_getallattrs(slot);
	receiver->consumer->row(receiver->consumer, slot->tts_values, slot->tts_isnull);
	MemoryContextSwitchTo(caller);
	return true;
}

static void
Nothing(DestReceiver *self)
{
}

void
ExportQueryRun(const char *query, List *sort_by, RowConsumer *consumer)
{
	ConsumerReceiver receiver = {
		.pub = {Receive, Startup, Nothing, Nothing, DestTuplestore},
		.consumer = consumer,
		.cxt = CurrentMemoryContext,
	};
	SPIExecuteOptions options = {.dest = &receiver.pub};
	SPIPlanPtr	plan;
	int			result;

	SPI_connect();
	plan = Prepare(query);
	if (sort_by != NIL)
		plan = Prepare(SortedQuery(OnlyStatement(query), DescOf(plan), sort_by));
	result = SPI_execute_plan_extended(plan, &options);
	if (result < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not run the query: %s", SPI_result_code_string(result))));
	SPI_finish();
}

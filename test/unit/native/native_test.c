/*
 * native_test.c
 *	  SQL door to native conditions: their verdicts on a table's rows beside the executor's.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "native_test.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "random_condition.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(compare_condition);
PG_FUNCTION_INFO_V1(compare_random);
PG_FUNCTION_INFO_V1(random_text);

typedef struct Trial
{
	Table	   *table;
	const char *condition;
	NativeNode *native;
	uint8	   *verdicts;		/* the server's */
} Trial;

Datum
random_text(PG_FUNCTION_ARGS)
{
	pg_prng_state rng;
	StringInfoData out;

	pg_prng_seed(&rng, PG_GETARG_INT64(0));
	initStringInfo(&out);
	RandomShortText(&rng, &out);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* Dropped columns are null in the row and missing in the result. */
static void
ReadRow(TupleDesc desc, HeapTuple tuple, Datum *values, bool *isnull)
{
	int			at = 1;

	for (int i = 0; i < desc->natts; i++)
	{
		isnull[i] = TupleDescAttr(desc, i)->attisdropped;
		if (!isnull[i])
			values[i] = SPI_getbinval(tuple, SPI_tuptable->tupdesc, at++, &isnull[i]);
	}
}

Table *
ReadTable(Oid relid)
{
	Table	   *table = palloc0(sizeof(Table));
	Relation	rel = relation_open(relid, AccessShareLock);
	Datum	   *values;
	bool	   *isnull;

	table->relid = relid;
	table->name = psprintf("%s", RelationGetRelationName(rel));
	table->desc = CreateTupleDescCopy(RelationGetDescr(rel));
	relation_close(rel, NoLock);
	if (SPI_execute(psprintf("SELECT * FROM %s", quote_identifier(table->name)), true, 0) != SPI_OK_SELECT)
		elog(ERROR, "cannot read %s", table->name);
	table->rows.natts = table->desc->natts;
	table->rows.nrows = SPI_processed;
	values = palloc(sizeof(Datum) * table->rows.natts * table->rows.nrows);
	isnull = palloc(sizeof(bool) * table->rows.natts * table->rows.nrows);
	for (int i = 0; i < table->rows.nrows; i++)
		ReadRow(table->desc, SPI_tuptable->vals[i], values + i * table->rows.natts,
				isnull + i * table->rows.natts);
	table->rows.values = values;
	table->rows.isnull = isnull;
	return table;
}

static Node *
Analyse(Table *table, const char *condition)
{
	List	   *raw = raw_parser(condition, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select = (SelectStmt *) linitial_node(RawStmt, raw)->stmt;
	ParseState *pstate = make_parsestate(NULL);
	Relation	rel = relation_open(table->relid, AccessShareLock);
	ParseNamespaceItem *row = addRangeTableEntryForRelation(pstate, rel, AccessShareLock,
															makeAlias(table->name, NIL), false, true);
	Node	   *analysed;

	addNSItemToQuery(pstate, row, false, true, true);
	analysed = transformExpr(pstate, linitial_node(ResTarget, select->targetList)->val,
							 EXPR_KIND_CHECK_CONSTRAINT);
	analysed = coerce_to_boolean(pstate, analysed, "CHECK");
	assign_expr_collations(pstate, analysed);
	relation_close(rel, NoLock);
	return (Node *) expression_planner((Expr *) analysed);
}

static void
CompileTrial(Trial *t)
{
	t->native = NativeCompile(Analyse(t->table, t->condition), t->table->desc);
}

static void
AskServer(Trial *t)
{
	char	   *sql = psprintf("SELECT %s FROM %s", t->condition, quote_identifier(t->table->name));

	t->verdicts = palloc(t->table->rows.nrows);
	SPI_execute(sql, true, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		t->verdicts[i] = isnull ? NATIVE_NULL : DatumGetBool(value) ? NATIVE_TRUE : NATIVE_FALSE;
	}
	SPI_freetuptable(SPI_tuptable);
}

/* False when it raises an error. */
static bool
Succeeds(void (*fn) (Trial *t), Trial *t)
{
	MemoryContext old = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool succeeded = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(old);
	PG_TRY();
	{
		fn(t);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(old);
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		succeeded = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	CurrentResourceOwner = owner;
	return succeeded;
}

static const char *
VerdictName(uint8 verdict)
{
	return verdict == NATIVE_TRUE ? "true" : verdict == NATIVE_NULL ? "null" : "false";
}

/* NULL when it has no native form, "same", or the first difference. */
static const char *
CompareTrial(Trial *t)
{
	uint8		native[NATIVE_ROWS];

	if (!Succeeds(CompileTrial, t) || t->native == NULL)
		return NULL;
	if (!Succeeds(AskServer, t))
		return psprintf("%s: native, and an error of the server", t->condition);
	t->native->run(t->native, &t->table->rows, native);
	for (int i = 0; i < t->table->rows.nrows; i++)
		if (native[i] != t->verdicts[i])
			return psprintf("%s: row %d is natively %s, not %s", t->condition, i + 1,
							VerdictName(native[i]), VerdictName(t->verdicts[i]));
	return "same";
}

/* compare_condition(table, condition) */
Datum
compare_condition(PG_FUNCTION_ARGS)
{
	Trial		t = {0};
	const char *result;

	SPI_connect();
	t.table = ReadTable(PG_GETARG_OID(0));
	t.condition = text_to_cstring(PG_GETARG_TEXT_PP(1));
	result = CompareTrial(&t);
	if (result != NULL)
		result = MemoryContextStrdup(CurTransactionContext, result);
	SPI_finish();
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(result));
}

/*
 * compare_random(table, kind, seed, n): conditions that had a native form, verdicts that were
 * neither all true nor all null among those, and the differences.
 */
Datum
compare_random(PG_FUNCTION_ARGS)
{
	bool		regex = strcmp(text_to_cstring(PG_GETARG_TEXT_PP(1)), "regex") == 0;
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "trial", ALLOCSET_DEFAULT_SIZES);
	pg_prng_state rng;
	Trial		t = {0};
	int64		native = 0;
	int64		telling = 0;
	StringInfoData differences;
	TupleDesc	desc;
	Datum		values[3];
	bool		nulls[3] = {false};

	get_call_result_type(fcinfo, NULL, &desc);
	desc = BlessTupleDesc(desc);
	initStringInfo(&differences);
	SPI_connect();
	t.table = ReadTable(PG_GETARG_OID(0));
	pg_prng_seed(&rng, PG_GETARG_INT64(2));
	for (int i = 0; i < PG_GETARG_INT32(3); i++)
	{
		MemoryContext old = MemoryContextSwitchTo(scratch);
		StringInfoData condition;
		const char *result;

		CHECK_FOR_INTERRUPTS();
		initStringInfo(&condition);
		if (regex)
			RandomRegexCondition(&rng, &condition);
		else
			RandomCondition(&rng, &condition, 2);
		t.condition = condition.data;
		t.native = NULL;
		result = CompareTrial(&t);
		native += result != NULL;
		if (result != NULL && strcmp(result, "same") != 0 && differences.len < 4000)
			appendStringInfo(&differences, "%s\n", result);
		else if (result != NULL)
			telling += memchr(t.verdicts, NATIVE_TRUE, t.table->rows.nrows) &&
				memchr(t.verdicts, NATIVE_FALSE, t.table->rows.nrows);
		MemoryContextSwitchTo(old);
		MemoryContextReset(scratch);
	}
	SPI_finish();
	values[0] = Int64GetDatum(native);
	values[1] = Int64GetDatum(telling);
	values[2] = CStringGetTextDatum(differences.data);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

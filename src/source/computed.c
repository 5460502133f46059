/*
 * computed.c
 *	  Compute the values of columns with an expression, for rows that were decoded.
 *
 * An expression with a native form is computed without the executor where that decides. The rest
 * is evaluated with the privileges of the foreign table's owner in a restricted operation, whoever
 * reads the table. The rows of a batch share a subtransaction; an error aborts it, the row is
 * rejected, and another subtransaction goes on with the next row.
 */
#include "base/compat.h"
#include "source/computed.h"

#include "access/xact.h"
#include "base/attempt.h"
#include "base/identity.h"
#include "base/row_fault.h"
#include "base/row_json.h"
#include "catalog/pg_type.h"
#include "decode/convert.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "predicate/native_value.h"
#include "source/column_expression.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

typedef struct ComputedColumn
{
	const SourceColumn *column;
	pg_tz	   *tz;
	ExprState  *state;
	NativeValue *native;		/* or NULL */
	bool		byval;
	int16		typlen;
	ParamListInfo params;		/* VALUE_PARAM */
} ComputedColumn;

struct Computed
{
	const SourceDefinition *def;
	int			ncolumns;
	ComputedColumn *columns;
	TupleDesc	decoded;
	TupleTableSlot *slot;
	ExprContext *context;

	/* the batch at hand */
	RowBatch   *rows;
	ComputedColumn *column;		/* being computed ... */
	int			row;			/* ... for this row */
	bool	   *bad;			/* by row */
	int			nbad;
	bool	   *done;			/* by row: the column at hand has been computed */
};

TupleDesc
DecodedRow(const SourceDefinition *def)
{
	TupleDesc	desc = def->desc;

	for (int i = 0; i < def->ncolumns; i++)
	{
		const SourceColumn *column = &def->columns[i];

		if (column->expression == NULL)
			continue;
		if (desc == def->desc)
		{
			desc = CreateTupleDescCopy(def->desc);
			desc->tdtypeid = RECORDOID; /* not the type of the table's rows */
			desc->tdtypmod = -1;
		}
		TupleDescInitEntry(desc, column->attnum, column->name, TEXTOID, -1, 0);
	}
	return desc;
}

/* ---- definition ---- */

static ParamListInfo
OneText(void)
{
	ParamListInfo params = makeParamList(VALUE_PARAM);

	params->params[0].ptype = TEXTOID;
	params->params[0].pflags = 0;
	return params;
}

static void
InitColumn(Computed *computed, const SourceColumn *column)
{
	ComputedColumn *c = &computed->columns[computed->ncolumns++];
	Form_pg_attribute att = TupleDescAttr(computed->def->desc, column->attnum - 1);
	Expr	   *expression;

	c->column = column;
	c->tz = pg_tzset(column->time_zone ? column->time_zone : "UTC");
	c->byval = att->attbyval;
	c->typlen = att->attlen;
	c->params = OneText();
	ReadingSet(c->tz);
	expression = ColumnExpressionAnalyse(computed->def, column);
	c->state = ExecInitExpr(expression, NULL);
	c->native = NativeValueCompile((Node *) expression, computed->def->desc, VALUE_PARAM);
}

static void
InitColumns(void *arg)
{
	Computed   *computed = arg;

	for (int i = 0; i < computed->def->ncolumns; i++)
		if (computed->def->columns[i].expression != NULL)
			InitColumn(computed, &computed->def->columns[i]);
}

/* As the table's owner, and as its columns read times. */
static void
RunAsOwner(Computed *computed, void (*fn) (void *arg))
{
	ReadingRules rules;

	ReadingSave(&rules);
	PG_TRY();
	{
		RunAs(computed->def->owner, fn, computed);
	}
	PG_FINALLY();
	{
		ReadingRestore(&rules);
	}
	PG_END_TRY();
}

Computed *
ComputedCreate(const SourceDefinition *def)
{
	Computed   *computed = palloc0(sizeof(Computed));

	computed->def = def;
	computed->decoded = DecodedRow(def);
	if (computed->decoded == def->desc)
		return NULL;
	computed->columns = palloc0(sizeof(ComputedColumn) * def->ncolumns);
	computed->slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(def->desc), &TTSOpsVirtual);
	computed->context = CreateStandaloneExprContext();
	computed->context->ecxt_scantuple = computed->slot;
	RunAsOwner(computed, InitColumns);
	return computed;
}

/* ---- rows ---- */

static bool
IsRowsFault(int sqlstate)
{
	return IsRowFault(sqlstate) || ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_PLPGSQL_ERROR;
}

static char *
RowAsDecoded(const Computed *computed)
{
	RowBatch   *rows = computed->rows;
	int			natts = rows->desc->natts;
	Datum	   *values = rows->values + (size_t) computed->row * natts;
	bool	   *isnull = rows->isnull + (size_t) computed->row * natts;
	bool	   *shown = palloc(sizeof(bool) * natts);

	/* columns that were computed before are not texts any more */
	memcpy(shown, isnull, sizeof(bool) * natts);
	for (ComputedColumn *c = computed->columns; c < computed->column; c++)
		shown[c->column->attnum - 1] = true;
	return RowAsJson(computed->decoded, values, shown);
}

static void
RejectRow(Computed *computed, ErrorData *error)
{
	const SourceDefinition *def = computed->def;
	RowReject  *reject = palloc0(sizeof(RowReject));

	reject->record = computed->rows->records[computed->row];
	reject->parent = computed->rows->parents[computed->row];
	reject->offset = -1;
	reject->column = computed->column->column->name;
	reject->reason = "expression";
	reject->sqlstate = error->sqlerrcode;
	reject->message = SourceMask(def, error->message);
	reject->raw = SourceMask(def, RowAsDecoded(computed));
	reject->form = REJECT_DECODED;
	reject->whole = computed->column == computed->columns &&
		strcmp(reject->raw, RowAsDecoded(computed)) == 0;
	computed->rows->rejects = lappend(computed->rows->rejects, reject);
	computed->bad[computed->row] = true;
	computed->nbad++;
}

/* The row at hand into the slot, the column's text into its parameter. */
static void
SetRow(Computed *computed, Datum *values, bool *isnull)
{
	TupleTableSlot *slot = computed->slot;
	ComputedColumn *c = computed->column;
	int			natts = slot->tts_tupleDescriptor->natts;
	int			own = c->column->attnum - 1;

	ExecClearTuple(slot);
	memcpy(slot->tts_values, values, sizeof(Datum) * natts);
	memcpy(slot->tts_isnull, isnull, sizeof(bool) * natts);
	ExecStoreVirtualTuple(slot);
	c->params->params[0].value = values[own];
	c->params->params[0].isnull = isnull[own];
}

static void
ComputeRow(Computed *computed)
{
	RowBatch   *rows = computed->rows;
	ComputedColumn *c = computed->column;
	size_t		at = (size_t) computed->row * rows->desc->natts;
	int			own = c->column->attnum - 1;
	bool		isnull;
	Datum		value;

	SetRow(computed, rows->values + at, rows->isnull + at);
	value = ExecEvalExprSwitchContext(c->state, computed->context, &isnull);
	rows->values[at + own] = isnull ? (Datum) 0 : datumCopy(value, c->byval, c->typlen);
	rows->isnull[at + own] = isnull;
	ResetExprContext(computed->context);
}

/* From the row at hand on, until the end or an error. */
static void
ComputeRows(void *arg)
{
	Computed   *computed = arg;

	computed->context->ecxt_param_list_info = computed->column->params;
	for (; computed->row < computed->rows->nrows; computed->row++)
	{
		if (computed->bad[computed->row] || computed->done[computed->row])
			continue;
		CHECK_FOR_INTERRUPTS();
		ComputeRow(computed);
	}
}

/* By the executor, what is not done. */
static void
ComputeRest(void *arg)
{
	Computed   *computed = arg;
	pg_tz	   *tz = computed->column->tz;
	ErrorData  *error;

	computed->row = 0;
	ReadingSet(tz);
	if (IsInParallelMode())		/* where no subtransaction can begin, the error ends the query */
	{
		ComputeRows(computed);
		return;
	}
	while ((error = Attempt(ComputeRows, computed)) != NULL)
	{
		ResetExprContext(computed->context);
		if (!IsRowsFault(error->sqlerrcode))
			ReThrowError(error);
		RejectRow(computed, error);
		computed->row++;
		ReadingSet(tz);
	}
}

/* Functions may read tables. */
static void
ComputeWithSnapshot(Computed *computed)
{
	bool		own_snapshot = !ActiveSnapshotSet();

	if (own_snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	RunAsOwner(computed, ComputeRest);
	if (own_snapshot)
		PopActiveSnapshot();
}

static bool
ComputeNatively(Computed *computed, int at)
{
	RowBatch   *rows = computed->rows;
	ComputedColumn *c = computed->column;
	Datum	   *values = rows->values + (size_t) at * rows->desc->natts;
	bool	   *isnull = rows->isnull + (size_t) at * rows->desc->natts;
	int			own = c->column->attnum - 1;
	NativeRow	row = {values, isnull, values[own], isnull[own], c->tz};
	Datum		value = 0;
	NativeOutcome outcome = NativeValueRun(c->native, &row, &value);

	if (outcome == NATIVE_UNDECIDED)
		return false;
	values[own] = value;
	isnull[own] = outcome == NATIVE_NO_VALUE;
	return true;
}

static void
ComputeColumn(Computed *computed, ComputedColumn *column)
{
	int			left = 0;

	computed->column = column;
	memset(computed->done, false, computed->rows->nrows);
	for (int row = 0; row < computed->rows->nrows; row++)
	{
		computed->done[row] = column->native != NULL && !computed->bad[row] &&
			ComputeNatively(computed, row);
		left += !computed->done[row] && !computed->bad[row];
	}
	if (left > 0)
		ComputeWithSnapshot(computed);
}

void
ComputedFill(Computed *computed, RowBatch *rows)
{
	MemoryContext old;

	if (rows->nrows == 0)
		return;
	old = MemoryContextSwitchTo(rows->cxt);
	computed->rows = rows;
	computed->bad = palloc0(sizeof(bool) * rows->nrows);
	computed->done = palloc(sizeof(bool) * rows->nrows);
	computed->nbad = 0;
	for (int i = 0; i < computed->ncolumns; i++)
		ComputeColumn(computed, &computed->columns[i]);
	if (computed->nbad > 0)
		RowBatchRemove(rows, computed->bad);
	MemoryContextSwitchTo(old);
}

/*
 * reject.c
 *	  Write rejected rows to the staged quarantine.
 *
 * Below SQL, as the rows of staging: of a bad file as many come as there are rows in a good one.
 */
#include "base/compat.h"
#include "load/reject.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "base/errors.h"
#include "base/row_json.h"
#include "base/type_text.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

static const char *const form_names[] = {
	[REJECT_ROW] = "row",
	[REJECT_RECORD] = "record",
	[REJECT_PAGE] = "page",
	[REJECT_COLUMNS] = "columns",
	[REJECT_DECODED] = "decoded"
};

RejectForm
RejectFormOf(const char *name)
{
	for (int i = 0; i < lengthof(form_names); i++)
		if (strcmp(form_names[i], name) == 0)
			return (RejectForm) i;
	elog(ERROR, "unknown form of a reject \"%s\"", name);
}

static char *
ValueAsText(RowBatch *batch, int row, AttrNumber attnum)
{
	return TextOfValue(TupleDescAttr(batch->desc, attnum - 1)->atttypid,
					   batch->values[row * batch->desc->natts + attnum - 1]);
}

void
RejectRow(RowBatch *batch, int row, AttrNumber attnum, const char *reason)
{
	RowReject  *reject = palloc0(sizeof(RowReject));
	const char *column = NameStr(TupleDescAttr(batch->desc, attnum - 1)->attname);

	reject->record = batch->records == NULL ? 0 : batch->records[row];
	reject->parent = batch->parents == NULL ? 0 : batch->parents[row];
	reject->offset = -1;
	reject->column = column;
	reject->reason = reason;
	reject->sqlstate = ERRCODE_DATETIME_VALUE_OUT_OF_RANGE;
	reject->message = psprintf("%s %s is outside the requested window and %s",
							   column, ValueAsText(batch, row, attnum),
							   strcmp(reason, "expired") == 0
							   ? "before the retention cutoff"
							   : "outside [start_at, now + max_future]");
	reject->raw = RowAsJson(batch->desc, batch->values + row * batch->desc->natts,
							batch->isnull + row * batch->desc->natts);
	reject->form = REJECT_ROW;
	reject->whole = true;
	batch->rejects = lappend(batch->rejects, reject);
}

/* ---- the staged quarantine ---- */

/* Those of its columns that are written. */
typedef enum RejectField
{
	COLUMN_N, COLUMN_PIPELINE_ID, COLUMN_PARAMS, COLUMN_WINDOW_START, COLUMN_WINDOW_END,
	COLUMN_STAGE, COLUMN_REASON, COLUMN_COLUMN_NAME, COLUMN_SQLSTATE, COLUMN_MESSAGE, COLUMN_RAW,
	COLUMN_FORM, COLUMN_WHOLE, COLUMN_ANCESTORS, COLUMN_LIST, COLUMN_HEADER, COLUMN_RECORD,
	COLUMN_BYTE_OFFSET, COLUMN_LINE, COLUMN_ARRIVAL, COLUMN_PARENT_RECORD, COLUMNS
} RejectField;

static const struct
{
	const char *name;
	Oid			type;
}			columns[COLUMNS] = {
	[COLUMN_N] = {"n", INT8OID},
	[COLUMN_PIPELINE_ID] = {"pipeline_id", INT4OID},
	[COLUMN_PARAMS] = {"params", JSONBOID},
	[COLUMN_WINDOW_START] = {"window_start", TIMESTAMPTZOID},
	[COLUMN_WINDOW_END] = {"window_end", TIMESTAMPTZOID},
	[COLUMN_STAGE] = {"stage", TEXTOID},
	[COLUMN_REASON] = {"reason", TEXTOID},
	[COLUMN_COLUMN_NAME] = {"column_name", TEXTOID},
	[COLUMN_SQLSTATE] = {"sqlstate", TEXTOID},
	[COLUMN_MESSAGE] = {"message", TEXTOID},
	[COLUMN_RAW] = {"raw", TEXTOID},
	[COLUMN_FORM] = {"form", TEXTOID},
	[COLUMN_WHOLE] = {"whole", BOOLOID},
	[COLUMN_ANCESTORS] = {"ancestors", TEXTOID},
	[COLUMN_LIST] = {"list", TEXTOID},
	[COLUMN_HEADER] = {"header", TEXTOID},
	[COLUMN_RECORD] = {"record", INT8OID},
	[COLUMN_BYTE_OFFSET] = {"byte_offset", INT8OID},
	[COLUMN_LINE] = {"line", INT8OID},
	[COLUMN_ARRIVAL] = {"arrival", INT8OID},
	[COLUMN_PARENT_RECORD] = {"parent_record", INT8OID}
};

typedef struct RejectTable
{
	Relation	rel;
	CatalogIndexState indexes;
	Oid			sequence;		/* of column n */
	int			at[COLUMNS];	/* where they are: an upgrade has added some at the end */
	Datum	   *values;			/* of the row in the making */
	bool	   *isnull;			/* what is not set is null */
	MemoryContext row_cxt;
} RejectTable;

static int
PlaceOf(TupleDesc desc, RejectField column)
{
	int			at = SPI_fnumber(desc, columns[column].name) - 1;

	if (at < 0 || TupleDescAttr(desc, at)->atttypid != columns[column].type)
		elog(ERROR, "elt_catalog.staged_reject has no column \"%s\" of type %u",
			 columns[column].name, columns[column].type);
	return at;
}

static void
OpenTable(RejectTable *t)
{
	Oid			schema = get_namespace_oid("elt_catalog", false);
	TupleDesc	desc;

	t->rel = table_open(get_relname_relid("staged_reject", schema), RowExclusiveLock);
	t->indexes = CatalogOpenIndexes(t->rel);
	t->sequence = get_relname_relid("staged_reject_n_seq", schema);
	desc = RelationGetDescr(t->rel);
	for (int i = 0; i < COLUMNS; i++)
		t->at[i] = PlaceOf(desc, i);
	t->values = palloc0(sizeof(Datum) * desc->natts);
	t->isnull = palloc(sizeof(bool) * desc->natts);
	memset(t->isnull, true, desc->natts);
	t->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt reject",
									   ALLOCSET_DEFAULT_SIZES);
}

static void
CloseTable(RejectTable *t)
{
	CatalogCloseIndexes(t->indexes);
	table_close(t->rel, NoLock);
	MemoryContextDelete(t->row_cxt);
}

static void
Set(RejectTable *t, RejectField column, Datum value)
{
	t->values[t->at[column]] = value;
	t->isnull[t->at[column]] = false;
}

static void
SetText(RejectTable *t, RejectField column, const char *value)
{
	Set(t, column, CStringGetTextDatum(value ? value : ""));
}

/* An empty text is null. */
static void
SetTextIfAny(RejectTable *t, RejectField column, const char *value)
{
	if (value != NULL && *value != '\0')
		SetText(t, column, value);
	else
		t->isnull[t->at[column]] = true;
}

static void
SetNumberIf(RejectTable *t, RejectField column, int64 value, bool known)
{
	Set(t, column, Int64GetDatum(value));
	t->isnull[t->at[column]] = !known;
}

static void
SetSlice(RejectTable *t, const Pipeline *p, const Slice *slice)
{
	Set(t, COLUMN_PIPELINE_ID, Int32GetDatum(p->id));
	Set(t, COLUMN_PARAMS, DirectFunctionCall1(jsonb_in, CStringGetDatum(slice->params)));
	Set(t, COLUMN_WINDOW_START, TimestampTzGetDatum(slice->window_start));
	Set(t, COLUMN_WINDOW_END, TimestampTzGetDatum(slice->window_end));
}

static const char *
StageOf(const RowReject *r)
{
	return strcmp(r->reason, "out_of_range") == 0 || strcmp(r->reason, "expired") == 0
		? "range" : "parse";
}

static void
SetFault(RejectTable *t, const RowReject *r)
{
	SetText(t, COLUMN_STAGE, StageOf(r));
	SetText(t, COLUMN_REASON, r->reason);
	SetTextIfAny(t, COLUMN_COLUMN_NAME, r->column);
	SetTextIfAny(t, COLUMN_SQLSTATE, r->sqlstate ? SqlStateText(r->sqlstate) : NULL);
	SetText(t, COLUMN_MESSAGE, r->message);
}

static void
SetRecord(RejectTable *t, const RowReject *r, int64 parent_base)
{
	SetText(t, COLUMN_RAW, r->raw);
	SetText(t, COLUMN_FORM, form_names[r->form]);
	Set(t, COLUMN_WHOLE, BoolGetDatum(r->whole));
	SetTextIfAny(t, COLUMN_ANCESTORS, r->context.ancestors);
	SetTextIfAny(t, COLUMN_LIST, r->context.list);
	SetTextIfAny(t, COLUMN_HEADER, r->context.header);
	SetNumberIf(t, COLUMN_RECORD, r->record, r->record > 0);
	SetNumberIf(t, COLUMN_BYTE_OFFSET, r->offset, r->offset >= 0);
	SetNumberIf(t, COLUMN_LINE, r->context.line, r->context.line > 0);
	SetNumberIf(t, COLUMN_ARRIVAL, r->context.arrival, r->context.arrival > 0);
	SetNumberIf(t, COLUMN_PARENT_RECORD, parent_base + r->parent, r->parent > 0);
}

static void
Insert(RejectTable *t, const RowReject *r, int64 parent_base)
{
	MemoryContext old;

	MemoryContextReset(t->row_cxt);
	old = MemoryContextSwitchTo(t->row_cxt);
	Set(t, COLUMN_N, Int64GetDatum(nextval_internal(t->sequence, false)));
	SetFault(t, r);
	SetRecord(t, r, parent_base);
	CatalogTupleInsertWithInfo(t->rel, heap_form_tuple(RelationGetDescr(t->rel), t->values,
													   t->isnull), t->indexes);
	MemoryContextSwitchTo(old);
}

int64
StageRejects(const Pipeline *p, const Slice *slice, List *rejects, int64 parent_base)
{
	RejectTable t;
	ListCell   *lc;

	if (rejects == NIL)
		return 0;
	OpenTable(&t);
	SetSlice(&t, p, slice);
	foreach(lc, rejects)
		Insert(&t, lfirst(lc), parent_base);
	CloseTable(&t);
	return list_length(rejects);
}

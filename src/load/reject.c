/*
 * reject.c
 *	  Write rejected rows to the staged quarantine.
 */
#include "base/compat.h"
#include "load/reject.h"

#include "base/errors.h"
#include "base/row_json.h"
#include "base/sql.h"
#include "base/type_text.h"
#include "catalog/pg_type.h"
#include "utils/array.h"

#define TEXT_COLUMNS	10
#define NUMBER_COLUMNS	5

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

/* Columns of rejects, each as an array, so that one statement writes them all. */
typedef struct RejectColumns
{
	List	   *texts[TEXT_COLUMNS];
	Datum	   *numbers[NUMBER_COLUMNS];
	bool	   *nulls[NUMBER_COLUMNS];
} RejectColumns;

/* An empty text is null; raw, which may be empty, is never null. */
static void
AddText(RejectColumns *c, int column, const char *value)
{
	c->texts[column] = lappend(c->texts[column], unconstify(char *, value ? value : ""));
}

static void
SetNumber(RejectColumns *c, int column, int row, int64 value, bool isnull)
{
	c->numbers[column][row] = Int64GetDatum(value);
	c->nulls[column][row] = isnull;
}

static void
AddReject(RejectColumns *c, int row, const RowReject *r, int64 parent_base)
{
	int			n = 0;

	AddText(c, n++, r->reason);
	AddText(c, n++, r->column);
	AddText(c, n++, r->sqlstate ? pstrdup(SqlStateText(r->sqlstate)) : NULL);
	AddText(c, n++, r->message);
	AddText(c, n++, r->raw);
	AddText(c, n++, form_names[r->form]);
	AddText(c, n++, r->whole ? "t" : "f");
	AddText(c, n++, r->context.ancestors);
	AddText(c, n++, r->context.list);
	AddText(c, n++, r->context.header);
	Assert(n == TEXT_COLUMNS);
	SetNumber(c, 0, row, r->record, r->record <= 0);
	SetNumber(c, 1, row, r->offset, r->offset < 0);
	SetNumber(c, 2, row, r->context.line, r->context.line <= 0);
	SetNumber(c, 3, row, r->context.arrival, r->context.arrival <= 0);
	SetNumber(c, 4, row, parent_base + r->parent, r->parent <= 0);
}

static void
AddColumns(Sql *q, List *rejects, int64 parent_base)
{
	RejectColumns c = {{NIL}};
	int			n = list_length(rejects);
	int			lower = 1;
	ListCell   *lc;

	for (int i = 0; i < NUMBER_COLUMNS; i++)
	{
		c.numbers[i] = palloc(sizeof(Datum) * n);
		c.nulls[i] = palloc(sizeof(bool) * n);
	}
	foreach(lc, rejects)
		AddReject(&c, foreach_current_index(lc), lfirst(lc), parent_base);
	for (int i = 0; i < TEXT_COLUMNS; i++)
		SqlAddTextArray(q, c.texts[i]);
	for (int i = 0; i < NUMBER_COLUMNS; i++)
		SqlAdd(q, INT8ARRAYOID,
			   PointerGetDatum(construct_md_array(c.numbers[i], c.nulls[i], 1, &n, &lower, INT8OID,
												  sizeof(int64), FLOAT8PASSBYVAL,
												  TYPALIGN_DOUBLE)), false);
}

int64
StageRejects(const Pipeline *p, const Slice *slice, List *rejects, int64 parent_base)
{
	Sql			q;

	if (rejects == NIL)
		return 0;
	SqlBeginKept(&q,
				 "insert into elt_catalog.staged_reject (pipeline_id, params, window_start,"
				 " window_end, stage, reason, column_name, sqlstate, message, raw, form, whole,"
				 " ancestors, list, header, record, byte_offset, line, arrival, parent_record)"
				 " select $1, $2, $3, $4,"
				 " case when reason in ('out_of_range', 'expired') then 'range' else 'parse' end,"
				 " reason, nullif(column_name, ''), nullif(sqlstate, ''), message, raw, form,"
				 " whole::boolean, nullif(ancestors, ''), nullif(list, ''), nullif(header, ''),"
				 " record, byte_offset, line, arrival, parent_record"
				 " from unnest($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
				 " as r(reason, column_name, sqlstate, message, raw, form, whole, ancestors, list,"
				 " header, record, byte_offset, line, arrival, parent_record)");
	SqlAddInt4(&q, p->id);
	SqlAddJsonb(&q, slice->params);
	SqlAddTime(&q, slice->window_start);
	SqlAddTime(&q, slice->window_end);
	AddColumns(&q, rejects, parent_base);
	SqlDo(&q, AsCatalog());
	return list_length(rejects);
}

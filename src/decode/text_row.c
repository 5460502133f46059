/*
 * text_row.c
 *	  Convert the texts of a row that comes without a page.
 */
#include "postgres.h"

#include "decode/batch_private.h"
#include "decode/text_row.h"
#include "mb/pg_wchar.h"

struct TextRows
{
	Converter  *converters;		/* by attnum - 1 */
	RowBatch   *batch;			/* that the row at hand is of */
	const char *tainted;		/* column of it whose text is not UTF-8; or NULL */
};

/* They are texts of the type's own output function. */
static void
ReadColumn(Converter *converter, Form_pg_attribute att)
{
	DecodeColumn column = {.attnum = att->attnum};

	ConverterInit(converter, att, &column);
	converter->dates = NULL;
}

TextRows *
TextRowsCreate(TupleDesc desc)
{
	TextRows   *rows = palloc0(sizeof(TextRows));

	rows->converters = palloc0(sizeof(Converter) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			ReadColumn(&rows->converters[i], TupleDescAttr(desc, i));
	return rows;
}

void
TextRowBegin(TextRows *rows, RowBatch *batch)
{
	int			natts = batch->desc->natts;
	size_t		at = (size_t) batch->nrows * natts;

	rows->batch = batch;
	rows->tainted = NULL;
	memset(batch->values + at, 0, sizeof(Datum) * natts);
	memset(batch->isnull + at, true, natts);
}

void
TextRowPut(TextRows *rows, AttrNumber attnum, const char *text, size_t len)
{
	RowBatch   *batch = rows->batch;
	Converter  *converter = &rows->converters[attnum - 1];
	size_t		at = (size_t) batch->nrows * batch->desc->natts + attnum - 1;

	if (!pg_verify_mbstr(PG_UTF8, text, (int) len, true))
		rows->tainted = converter->column;
	else if (ConvertFast(converter, batch, text, len, &batch->values[at]))
		batch->isnull[at] = false;
	else
		BatchDefer(batch, converter, text, len);
}

void
TextRowPutDatum(TextRows *rows, AttrNumber attnum, Datum value)
{
	RowBatchPut(rows->batch, rows->batch->nrows, attnum, value);
}

static RowOrigin *
OriginOf(RowBatch *batch, int64 record, const char *raw, bool whole)
{
	RowOrigin  *origin = BatchAlloc(batch, sizeof(RowOrigin));

	memset(origin, 0, sizeof(RowOrigin));
	origin->record = record;
	origin->offset = -1;
	origin->form = REJECT_ROW;
	origin->incomplete = !whole;
	OriginSetRaw(batch, origin, raw, strlen(raw), strlen(raw));
	return origin;
}

void
TextRowEnd(TextRows *rows, int64 record, char *(*raw) (void *arg, bool *whole), void *arg)
{
	RowBatch   *batch = rows->batch;
	RowOrigin  *origin = NULL;

	if (rows->tainted != NULL || BatchRowWaits(batch))
	{
		bool		whole = true;
		const char *text = raw(arg, &whole);

		origin = OriginOf(batch, record, text, whole);
	}
	if (rows->tainted == NULL)
	{
		BatchFinishRow(batch, record, origin);
		return;
	}
	BatchForget(batch, EVERY_COLUMN);
	BatchReject(batch, origin, rows->tainted, "encoding", ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
				"text is not valid UTF-8");
}

void
TextRowsFinish(RowBatch *batch)
{
	BatchResolve(batch);
}

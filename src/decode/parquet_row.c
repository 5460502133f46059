/*
 * parquet_row.c
 *	  Finish rows whose values come from vectors of Parquet columns.
 *
 * What could not be converted directly is converted from its text, row by row, so that a value that does
 * not fit rejects its row alone.
 */
#include "base/compat.h"

#include "decode/parquet_private.h"

#include "decode/parquet_value.h"

/* ---- rejects ---- */

static void
AppendFieldJson(ParquetDecoder *d, StringInfo out, const ParquetField *f, int row)
{
	size_t		len;
	const char *text = f->nested ? ParquetNestedText(f->nested, row, &len) : NULL;
	int			value = f->column ? ParquetValueOfRow(f->column, row) : -1;
	const ParquetArray *array;

	if (text != NULL)
		appendBinaryStringInfo(out, text, Min(len, 2 * d->batch->raw_limit));
	else if (value < 0)
		appendStringInfoString(out, "null");
	else
	{
		array = ArrayOf(f->column, &value);
		ParquetAppendJson(out, f->node, array, value, f->cell == PARQUET_CELL_STRING);
	}
}

/* The values of the row that are read, by column. */
static RowOrigin *
OriginOfRow(ParquetDecoder *d, int row)
{
	RowOrigin  *origin = BatchAlloc(d->batch, sizeof(RowOrigin));
	StringInfo	text = &d->text;

	memset(origin, 0, sizeof(*origin));
	origin->record = origin->context.line = d->records + row + 1;
	origin->offset = -1;
	origin->form = REJECT_COLUMNS;
	resetStringInfo(text);
	appendStringInfoChar(text, '{');
	for (int i = 0; i < d->nfields; i++)
	{
		const ParquetField *f = &d->fields[i];

		if (f->column == NULL && f->nested == NULL)
			continue;
		if (text->len > 1)
			appendStringInfoString(text, ", ");
		ParquetAppendString(text, f->converter.column, strlen(f->converter.column));
		appendStringInfoString(text, ": ");
		AppendFieldJson(d, text, f, row);
		/* as a string it would be another value of JSON */
		origin->incomplete |= f->nested != NULL ? ParquetNestedHasTexts(f->nested) :
			f->node->meaning == PARQUET_MEANS_JSON && f->converter.takes_json;
	}
	appendStringInfoChar(text, '}');
	OriginSetRaw(d->batch, origin, text->data, text->len, text->len);
	return origin;
}

static void
RejectEncoding(ParquetDecoder *d, const ParquetField *f, int row)
{
	BatchForget(d->batch, EVERY_COLUMN);
	BatchReject(d->batch, OriginOfRow(d, row), f->converter.column, "encoding",
				ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
				psprintf("column \"%s\": the value is not valid UTF-8", f->converter.column));
}

/* ---- values by their text ---- */

/* False: it is no text, and the row is a reject. */
static bool
PutText(ParquetDecoder *d, ParquetField *f, Converter *converter, int row, const char *text, size_t len)
{
	size_t		at = (size_t) d->batch->nrows * d->batch->desc->natts + f->converter.attindex;

	if (!ParquetIsText(text, len))
	{
		RejectEncoding(d, f, row);
		return false;
	}
	/* whether a text is JSON, only the input function knows */
	if (f->nested == NULL && converter->takes_json)
		BatchDefer(d->batch, converter, text, len);
	else if (!ConvertText(converter, d->batch, text, len, &d->batch->values[at], &d->batch->isnull[at]))
		BatchDefer(d->batch, converter, text, len);
	return true;
}

static bool
PutSlow(ParquetDecoder *d, const SlowCell *cell, int row)
{
	ParquetField *f = &d->fields[cell->field];
	int			value = cell->value;
	const ParquetArray *array;
	size_t		len;
	const char *text;

	if (f->nested != NULL)
	{
		text = ParquetNestedText(f->nested, row, &len);
		return PutText(d, f, f->containers ? f->containers : &f->converter, row, text, len);
	}
	array = ArrayOf(f->column, &value);
	resetStringInfo(&d->text);
	ParquetAppendText(&d->text, f->node, array, value);
	return PutText(d, f, &f->converter, row, d->text.data, d->text.len);
}

/* ---- rows ---- */

/* A row stands where it was read to; those before it that were rejected have left a gap. */
static void
CloseGap(ParquetDecoder *d, int row)
{
	RowBatch   *batch = d->batch;
	int			natts = batch->desc->natts;
	size_t		from = (size_t) (d->base + row) * natts;
	size_t		to = (size_t) batch->nrows * natts;

	if (from == to)
		return;
	memmove(batch->values + to, batch->values + from, natts * sizeof(Datum));
	memmove(batch->isnull + to, batch->isnull + from, natts * sizeof(bool));
}

static void
DeferNulls(ParquetDecoder *d)
{
	size_t		at = (size_t) d->batch->nrows * d->batch->desc->natts;

	for (int i = 0; i < d->nfields; i++)
	{
		Converter  *c = &d->fields[i].converter;

		if (c->checks_null && d->batch->isnull[at + c->attindex] && !d->fields[i].is_unread)
			BatchDefer(d->batch, c, NULL, 0);
	}
}

static void
FinishRow(ParquetDecoder *d, int row)
{
	RowBatch   *batch = d->batch;

	CloseGap(d, row);
	if (d->checks_null)
		DeferNulls(d);
	for (int i = d->slow[row]; i >= 0; i = d->slow_cells[i].next)
	{
		BatchForget(batch, d->fields[d->slow_cells[i].field].converter.attindex);
		if (!PutSlow(d, &d->slow_cells[i], row))
			return;
	}
	BatchFinishRow(batch, d->records + row + 1, BatchRowWaits(batch) ? OriginOfRow(d, row) : NULL);
}

void
ParquetFinishRows(ParquetDecoder *d)
{
	if (d->nslow == 0 && !d->checks_null && !d->batch->numbered)
	{
		d->batch->nrows += d->n;
		return;
	}
	for (int row = 0; row < d->n; row++)
		FinishRow(d, row);
}

/*
 * parquet_write_footer.c
 *	  What a Parquet file says of its contents at its end.
 */
#include "base/compat.h"
#include "parquet/parquet_write_footer.h"

#include "parquet/thrift_write.h"

/* With the page indexes, the logical types and the encodings that version 2 of the format has. */
#define FORMAT_VERSION 2

/* ---- schema ---- */

static int
CountFields(const WrittenField *field)
{
	int			n = 1;

	for (int i = 0; i < field->nchildren; i++)
		n += CountFields(field->children[i]);
	return n;
}

static void
AddLogical(ThriftWriter *t, const WrittenField *field)
{
	ThriftAddStruct(t, 10);
	ThriftAddStruct(t, field->logical);
	switch (field->logical)
	{
		case PARQUET_LOGICAL_DECIMAL:
			ThriftAddInt(t, 1, field->scale);
			ThriftAddInt(t, 2, field->precision);
			break;
		case PARQUET_LOGICAL_TIME:
		case PARQUET_LOGICAL_TIMESTAMP:
			ThriftAddBool(t, 1, field->is_utc);
			ThriftAddStruct(t, 2);
			ThriftAddStruct(t, PARQUET_MICROS);
			ThriftWriteEnd(t);
			ThriftWriteEnd(t);
			break;
		case PARQUET_LOGICAL_INTEGER:
			ThriftAddByte(t, 1, field->bits);
			ThriftAddBool(t, 2, true);
			break;
		default:
			break;
	}
	ThriftWriteEnd(t);
	ThriftWriteEnd(t);
}

static void
AddField(ThriftWriter *t, const WrittenField *field, bool is_root)
{
	ThriftAddItemStruct(t);
	if (field->nchildren == 0)
		ThriftAddInt(t, 1, field->type);
	if (field->type == PARQUET_FIXED_LEN_BYTE_ARRAY && field->nchildren == 0)
		ThriftAddInt(t, 2, field->length);
	if (!is_root)
		ThriftAddInt(t, 3, field->repetition);
	ThriftAddText(t, 4, field->name);
	if (field->nchildren > 0)
		ThriftAddInt(t, 5, field->nchildren);
	if (field->converted != PARQUET_NOT_CONVERTED)
		ThriftAddInt(t, 6, field->converted);
	if (field->logical == PARQUET_LOGICAL_DECIMAL)
	{
		ThriftAddInt(t, 7, field->scale);
		ThriftAddInt(t, 8, field->precision);
	}
	if (field->logical != PARQUET_NO_LOGICAL)
		AddLogical(t, field);
	ThriftWriteEnd(t);
	for (int i = 0; i < field->nchildren; i++)
		AddField(t, field->children[i], false);
}

/* ---- column chunks ---- */

void
WrittenChunkAdd(WrittenChunk *chunk, const ColumnWriter *column, const WrittenPage *page)
{
	bool		has_values = page->nulls < page->nlevels;

	chunk->nlevels += page->nlevels;
	chunk->nulls += page->nulls;
	chunk->raw_bytes += page->raw_len;
	chunk->bytes += page->len;
	chunk->npages[page->encoding]++;
	if (!has_values)
		return;
	if (!chunk->has_bounds)
	{
		chunk->has_bounds = true;
		*chunk->bounds = page->bounds;
	}
	else
		BoundsUnite(column->order, chunk->bounds, &page->bounds);
}

/* Levels are RLE, which is not counted by page. */
static void
AddEncodings(ThriftWriter *t, const WrittenChunk *chunk)
{
	bool		uses_plain = chunk->has_dictionary || chunk->npages[PARQUET_PLAIN] > 0;
	bool		uses_numbers = chunk->npages[PARQUET_RLE_DICTIONARY] > 0;
	bool		uses_delta = chunk->npages[PARQUET_DELTA_BINARY_PACKED] > 0;

	ThriftAddList(t, 2, THRIFT_I32, 1 + uses_plain + uses_numbers + uses_delta);
	ThriftAddItemInt(t, PARQUET_RLE);
	if (uses_plain)
		ThriftAddItemInt(t, PARQUET_PLAIN);
	if (uses_numbers)
		ThriftAddItemInt(t, PARQUET_RLE_DICTIONARY);
	if (uses_delta)
		ThriftAddItemInt(t, PARQUET_DELTA_BINARY_PACKED);
}

static void
AddPageCount(ThriftWriter *t, ParquetPageType type, int encoding, int n)
{
	ThriftAddItemStruct(t);
	ThriftAddInt(t, 1, type);
	ThriftAddInt(t, 2, encoding);
	ThriftAddInt(t, 3, n);
	ThriftWriteEnd(t);
}

static void
AddPageCounts(ThriftWriter *t, const WrittenChunk *chunk)
{
	int			n = chunk->has_dictionary;

	for (int i = 0; i < lengthof(chunk->npages); i++)
		n += chunk->npages[i] > 0;
	ThriftAddList(t, 13, THRIFT_STRUCT, n);
	if (chunk->has_dictionary)
		AddPageCount(t, PARQUET_DICTIONARY_PAGE, PARQUET_PLAIN, 1);
	for (int i = 0; i < lengthof(chunk->npages); i++)
		if (chunk->npages[i] > 0)
			AddPageCount(t, PARQUET_DATA_PAGE, i, chunk->npages[i]);
}

static void
AddStatistics(ThriftWriter *t, const WrittenChunk *chunk)
{
	const Bounds *bounds = chunk->bounds;

	ThriftAddStruct(t, 12);
	ThriftAddLong(t, 3, chunk->nulls);
	if (chunk->has_bounds && bounds->are_known)
	{
		ThriftAddBytes(t, 5, bounds->max.data, bounds->max.len);
		ThriftAddBytes(t, 6, bounds->min.data, bounds->min.len);
		ThriftAddBool(t, 7, bounds->max.is_exact);
		ThriftAddBool(t, 8, bounds->min.is_exact);
	}
	ThriftWriteEnd(t);
}

static void
AddPath(ThriftWriter *t, List *path)
{
	ListCell   *lc;

	ThriftAddList(t, 3, THRIFT_BINARY, list_length(path));
	foreach(lc, path)
		ThriftAddItemBytes(t, lfirst(lc), strlen(lfirst(lc)));
}

static void
AddChunk(ThriftWriter *t, const WrittenFooter *footer, const ColumnWriter *column,
		 const WrittenChunk *chunk)
{
	ThriftAddItemStruct(t);
	ThriftAddLong(t, 2, chunk->offset);
	ThriftAddStruct(t, 3);
	ThriftAddInt(t, 1, column->field->type);
	AddEncodings(t, chunk);
	AddPath(t, column->path);
	ThriftAddInt(t, 4, footer->codec);
	ThriftAddLong(t, 5, chunk->nlevels);
	ThriftAddLong(t, 6, chunk->raw_bytes);
	ThriftAddLong(t, 7, chunk->bytes);
	ThriftAddLong(t, 9, chunk->data_offset);
	if (chunk->has_dictionary)
		ThriftAddLong(t, 11, chunk->offset);
	AddStatistics(t, chunk);
	AddPageCounts(t, chunk);
	ThriftWriteEnd(t);
	ThriftAddLong(t, 4, footer->offset_indexes + chunk->offset_index);
	ThriftAddInt(t, 5, chunk->offset_index_len);
	if (chunk->column_index_len > 0)
	{
		ThriftAddLong(t, 6, footer->column_indexes + chunk->column_index);
		ThriftAddInt(t, 7, chunk->column_index_len);
	}
	ThriftWriteEnd(t);
}

static void
AddGroup(ThriftWriter *t, const WrittenFooter *footer, const WrittenGroup *group)
{
	int64		raw_bytes = 0;
	int64		bytes = 0;

	ThriftAddItemStruct(t);
	ThriftAddList(t, 1, THRIFT_STRUCT, footer->ncolumns);
	for (int i = 0; i < footer->ncolumns; i++)
	{
		AddChunk(t, footer, &footer->columns[i], &group->chunks[i]);
		raw_bytes += group->chunks[i].raw_bytes;
		bytes += group->chunks[i].bytes;
	}
	ThriftAddLong(t, 2, raw_bytes);
	ThriftAddLong(t, 3, group->rows);
	ThriftAddLong(t, 5, group->chunks[0].offset);
	ThriftAddLong(t, 6, bytes);
	ThriftWriteEnd(t);
}

void
ParquetWriteFooter(const WrittenFooter *footer, WriteBuffer *to)
{
	ThriftWriter t;
	ListCell   *lc;

	ThriftWriteBegin(&t, to);
	ThriftAddInt(&t, 1, FORMAT_VERSION);
	ThriftAddList(&t, 2, THRIFT_STRUCT, CountFields(footer->root));
	AddField(&t, footer->root, true);
	ThriftAddLong(&t, 3, footer->rows);
	ThriftAddList(&t, 4, THRIFT_STRUCT, list_length(footer->groups));
	foreach(lc, footer->groups)
		AddGroup(&t, footer, lfirst(lc));
	ThriftAddText(&t, 6, footer->created_by);
	/* every column orders its values as its type says */
	ThriftAddList(&t, 7, THRIFT_STRUCT, footer->ncolumns);
	for (int i = 0; i < footer->ncolumns; i++)
	{
		ThriftAddItemStruct(&t);
		ThriftAddStruct(&t, 1);
		ThriftWriteEnd(&t);
		ThriftWriteEnd(&t);
	}
	ThriftWriteEnd(&t);
}

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
CountFields(const ParquetField *field)
{
	int			n = 1;

	for (int i = 0; i < field->nchildren; i++)
		n += CountFields(field->children[i]);
	return n;
}

static void
AddLogical(ThriftWriter *t, const ParquetField *field)
{
	ThriftStruct(t, 10);
	ThriftStruct(t, field->logical);
	switch (field->logical)
	{
		case PARQUET_LOGICAL_DECIMAL:
			ThriftInt(t, 1, field->scale);
			ThriftInt(t, 2, field->precision);
			break;
		case PARQUET_LOGICAL_TIME:
		case PARQUET_LOGICAL_TIMESTAMP:
			ThriftBool(t, 1, field->is_utc);
			ThriftStruct(t, 2);
			ThriftStruct(t, PARQUET_MICROS);
			ThriftEnd(t);
			ThriftEnd(t);
			break;
		case PARQUET_LOGICAL_INTEGER:
			ThriftByte(t, 1, field->bits);
			ThriftBool(t, 2, true);
			break;
		default:
			break;
	}
	ThriftEnd(t);
	ThriftEnd(t);
}

static void
AddField(ThriftWriter *t, const ParquetField *field, bool is_root)
{
	ThriftItemStruct(t);
	if (field->nchildren == 0)
		ThriftInt(t, 1, field->type);
	if (field->type == PARQUET_FIXED_LEN_BYTE_ARRAY && field->nchildren == 0)
		ThriftInt(t, 2, field->length);
	if (!is_root)
		ThriftInt(t, 3, field->repetition);
	ThriftText(t, 4, field->name);
	if (field->nchildren > 0)
		ThriftInt(t, 5, field->nchildren);
	if (field->converted != PARQUET_NOT_CONVERTED)
		ThriftInt(t, 6, field->converted);
	if (field->logical == PARQUET_LOGICAL_DECIMAL)
	{
		ThriftInt(t, 7, field->scale);
		ThriftInt(t, 8, field->precision);
	}
	if (field->logical != PARQUET_NO_LOGICAL)
		AddLogical(t, field);
	ThriftEnd(t);
	for (int i = 0; i < field->nchildren; i++)
		AddField(t, field->children[i], false);
}

/* ---- column chunks ---- */

void
ParquetChunkAdd(ParquetChunk *chunk, const ParquetColumn *column, const ParquetPage *page)
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
AddEncodings(ThriftWriter *t, const ParquetChunk *chunk)
{
	bool		uses_plain = chunk->has_dictionary || chunk->npages[PARQUET_PLAIN] > 0;
	bool		uses_numbers = chunk->npages[PARQUET_RLE_DICTIONARY] > 0;
	bool		uses_delta = chunk->npages[PARQUET_DELTA_BINARY_PACKED] > 0;

	ThriftList(t, 2, THRIFT_I32, 1 + uses_plain + uses_numbers + uses_delta);
	ThriftItemInt(t, PARQUET_RLE);
	if (uses_plain)
		ThriftItemInt(t, PARQUET_PLAIN);
	if (uses_numbers)
		ThriftItemInt(t, PARQUET_RLE_DICTIONARY);
	if (uses_delta)
		ThriftItemInt(t, PARQUET_DELTA_BINARY_PACKED);
}

static void
AddPageCount(ThriftWriter *t, ParquetPageType type, int encoding, int n)
{
	ThriftItemStruct(t);
	ThriftInt(t, 1, type);
	ThriftInt(t, 2, encoding);
	ThriftInt(t, 3, n);
	ThriftEnd(t);
}

static void
AddPageCounts(ThriftWriter *t, const ParquetChunk *chunk)
{
	int			n = chunk->has_dictionary;

	for (int i = 0; i < lengthof(chunk->npages); i++)
		n += chunk->npages[i] > 0;
	ThriftList(t, 13, THRIFT_STRUCT, n);
	if (chunk->has_dictionary)
		AddPageCount(t, PARQUET_DICTIONARY_PAGE, PARQUET_PLAIN, 1);
	for (int i = 0; i < lengthof(chunk->npages); i++)
		if (chunk->npages[i] > 0)
			AddPageCount(t, PARQUET_DATA_PAGE, i, chunk->npages[i]);
}

static void
AddStatistics(ThriftWriter *t, const ParquetChunk *chunk)
{
	const Bounds *bounds = chunk->bounds;

	ThriftStruct(t, 12);
	ThriftLong(t, 3, chunk->nulls);
	if (chunk->has_bounds && bounds->are_known)
	{
		ThriftBytes(t, 5, bounds->max.data, bounds->max.len);
		ThriftBytes(t, 6, bounds->min.data, bounds->min.len);
		ThriftBool(t, 7, bounds->max.is_exact);
		ThriftBool(t, 8, bounds->min.is_exact);
	}
	ThriftEnd(t);
}

static void
AddPath(ThriftWriter *t, List *path)
{
	ListCell   *lc;

	ThriftList(t, 3, THRIFT_BINARY, list_length(path));
	foreach(lc, path)
		ThriftItemBytes(t, lfirst(lc), strlen(lfirst(lc)));
}

static void
AddChunk(ThriftWriter *t, const ParquetFooter *footer, const ParquetColumn *column,
		 const ParquetChunk *chunk)
{
	ThriftItemStruct(t);
	ThriftLong(t, 2, chunk->offset);
	ThriftStruct(t, 3);
	ThriftInt(t, 1, column->field->type);
	AddEncodings(t, chunk);
	AddPath(t, column->path);
	ThriftInt(t, 4, footer->codec);
	ThriftLong(t, 5, chunk->nlevels);
	ThriftLong(t, 6, chunk->raw_bytes);
	ThriftLong(t, 7, chunk->bytes);
	ThriftLong(t, 9, chunk->data_offset);
	if (chunk->has_dictionary)
		ThriftLong(t, 11, chunk->offset);
	AddStatistics(t, chunk);
	AddPageCounts(t, chunk);
	ThriftEnd(t);
	ThriftLong(t, 4, footer->offset_indexes + chunk->offset_index);
	ThriftInt(t, 5, chunk->offset_index_len);
	if (chunk->column_index_len > 0)
	{
		ThriftLong(t, 6, footer->column_indexes + chunk->column_index);
		ThriftInt(t, 7, chunk->column_index_len);
	}
	ThriftEnd(t);
}

static void
AddGroup(ThriftWriter *t, const ParquetFooter *footer, const ParquetGroup *group)
{
	int64		raw_bytes = 0;
	int64		bytes = 0;

	ThriftItemStruct(t);
	ThriftList(t, 1, THRIFT_STRUCT, footer->ncolumns);
	for (int i = 0; i < footer->ncolumns; i++)
	{
		AddChunk(t, footer, &footer->columns[i], &group->chunks[i]);
		raw_bytes += group->chunks[i].raw_bytes;
		bytes += group->chunks[i].bytes;
	}
	ThriftLong(t, 2, raw_bytes);
	ThriftLong(t, 3, group->rows);
	ThriftLong(t, 5, group->chunks[0].offset);
	ThriftLong(t, 6, bytes);
	ThriftEnd(t);
}

void
ParquetWriteFooter(const ParquetFooter *footer, WriteBuffer *to)
{
	ThriftWriter t;
	ListCell   *lc;

	ThriftBegin(&t, to);
	ThriftInt(&t, 1, FORMAT_VERSION);
	ThriftList(&t, 2, THRIFT_STRUCT, CountFields(footer->root));
	AddField(&t, footer->root, true);
	ThriftLong(&t, 3, footer->rows);
	ThriftList(&t, 4, THRIFT_STRUCT, list_length(footer->groups));
	foreach(lc, footer->groups)
		AddGroup(&t, footer, lfirst(lc));
	ThriftText(&t, 6, footer->created_by);
	/* every column orders its values as its type says */
	ThriftList(&t, 7, THRIFT_STRUCT, footer->ncolumns);
	for (int i = 0; i < footer->ncolumns; i++)
	{
		ThriftItemStruct(&t);
		ThriftStruct(&t, 1);
		ThriftEnd(&t);
		ThriftEnd(&t);
	}
	ThriftEnd(&t);
}

/*
 * parquet_read_index.c
 *	  The page index of a column in a row group of a Parquet file: where its pages are, and their bounds.
 *
 * An index only helps to read less, so one that cannot be right is ignored.
 */
#include "postgres.h"

#include "parquet/parquet_read_index.h"

static const char *
ReadPart(const ParquetFile *file, int64 offset, int32 len)
{
	char	   *bytes;

	if (offset <= 0 || len <= 0 || (size_t) len > file->memory)
		return NULL;
	bytes = palloc(len);
	file->read(file->state, bytes, len, offset);
	return bytes;
}

/* ---- places ---- */

static void
ReadPlace(ThriftReader *r, ParquetPagePlace *place)
{
	ThriftField field = {0};

	place->offset = place->first_row = -1;
	place->bounds.nulls = -1;
	while (ThriftReadField(r, &field))
	{
		if (field.id == 1)
			place->offset = ThriftReadInt(r, &field);
		else if (field.id == 3)
			place->first_row = ThriftReadInt(r, &field);
		else
			ThriftReadPast(r, &field);
	}
}

static void
ReadPlaces(ThriftReader *r, ParquetPageIndex *index)
{
	ThriftField field = {0};

	while (ThriftReadField(r, &field))
	{
		if (field.id != 1 || index->pages != NULL)
		{
			ThriftReadPast(r, &field);
			continue;
		}
		index->npages = ThriftReadList(r, &field, THRIFT_STRUCT);
		index->pages = palloc0(sizeof(ParquetPagePlace) * Max(index->npages, 1));
		for (int i = 0; i < index->npages && !ThriftFailed(r); i++)
			ReadPlace(r, &index->pages[i]);
	}
}

/* Pages follow each other in the chunk, and their rows in the row group. */
static bool
IsInOrder(const ParquetPageIndex *index, const ParquetChunk *chunk, int64 nrows)
{
	for (int i = 0; i < index->npages; i++)
	{
		const ParquetPagePlace *place = &index->pages[i];

		if (place->offset < chunk->first_page || place->offset >= chunk->start + chunk->len ||
			place->first_row < 0 || place->first_row >= nrows)
			return false;
		if (i > 0 && (place->offset <= place[-1].offset || place->first_row <= place[-1].first_row))
			return false;
	}
	return index->npages > 0 && index->pages[0].first_row == 0;
}

/* ---- bounds ---- */

/* A list of as many byte arrays as there are pages: their minimum, or else their maximum. */
static void
ReadBounds(ThriftReader *r, const ThriftField *list, ParquetPageIndex *index, bool is_min)
{
	ThriftField element = {0, THRIFT_BINARY};
	int			n = ThriftReadList(r, list, THRIFT_BINARY);

	if (n != index->npages)
		ThriftFail(r, "there are not as many bounds as pages");
	for (int i = 0; i < n && !ThriftFailed(r); i++)
	{
		ParquetBounds *b = &index->pages[i].bounds;

		if (is_min)
			b->min = ThriftReadBytes(r, &element, &b->min_len);
		else
			b->max = ThriftReadBytes(r, &element, &b->max_len);
	}
}

/* Whether all values of a page are null is a byte in a list: 1 is true. */
static void
ReadNullPages(ThriftReader *r, const ThriftField *list, ParquetPageIndex *index)
{
	int			n = ThriftReadList(r, list, THRIFT_TRUE);
	ThriftField element = {0, THRIFT_BYTE};

	if (n != index->npages)
		ThriftFail(r, "there are not as many bounds as pages");
	for (int i = 0; i < n && !ThriftFailed(r); i++)
		index->pages[i].all_null = ThriftReadInt(r, &element) == 1;
}

static void
ForgetBounds(ParquetPageIndex *index)
{
	for (int i = 0; i < index->npages; i++)
	{
		index->pages[i].bounds = (ParquetBounds) {.nulls = -1};
		index->pages[i].all_null = false;
	}
}

static void
ReadAllBounds(ThriftReader *r, ParquetPageIndex *index)
{
	ThriftField field = {0};
	int			found = 0;

	while (ThriftReadField(r, &field))
	{
		if (field.id == 1)
			ReadNullPages(r, &field, index);
		else if (field.id == 2 || field.id == 3)
			ReadBounds(r, &field, index, field.id == 2);
		else
			ThriftReadPast(r, &field);
		found |= field.id <= 3 ? 1 << field.id : 0;
	}
	if (ThriftFailed(r) || found != (1 << 1 | 1 << 2 | 1 << 3))
		ForgetBounds(index);
	/* the bounds of a page of nulls say nothing */
	for (int i = 0; i < index->npages; i++)
		if (index->pages[i].all_null)
			index->pages[i].bounds.min = index->pages[i].bounds.max = NULL;
}

ParquetPageIndex *
ParquetReadPageIndex(const ParquetFile *file, const ParquetChunk *chunk, int64 nrows, bool with_bounds)
{
	ParquetPageIndex *index = palloc0(sizeof(ParquetPageIndex));
	const char *bytes = ReadPart(file, chunk->offset_index, chunk->offset_index_len);
	ThriftReader r;

	if (bytes == NULL)
		return NULL;
	ThriftReadBegin(&r, bytes, chunk->offset_index_len);
	ReadPlaces(&r, index);
	if (ThriftFailed(&r) || !IsInOrder(index, chunk, nrows))
		return NULL;
	bytes = with_bounds && chunk->ordered ?
		ReadPart(file, chunk->column_index, chunk->column_index_len) : NULL;
	if (bytes != NULL)
	{
		ThriftReadBegin(&r, bytes, chunk->column_index_len);
		ReadAllBounds(&r, index);
	}
	return index;
}

const ParquetPagePlace *
ParquetPageOfRow(const ParquetPageIndex *index, int64 row)
{
	int			low = 0;
	int			high = index->npages - 1;

	while (low < high)
	{
		int			middle = (low + high + 1) / 2;

		if (index->pages[middle].first_row <= row)
			low = middle;
		else
			high = middle - 1;
	}
	return &index->pages[low];
}

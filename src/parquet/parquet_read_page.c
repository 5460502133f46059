/*
 * parquet_read_page.c
 *	  The pages of a column in a row group of a Parquet file.
 *
 * Bytes are read through a window, somewhat ahead. Sizes that a page says are compared with the chunk, and
 * with the limit of memory, before there is memory for them.
 */
#include "postgres.h"

#include "parquet/parquet_read_page.h"

#include <zlib.h>

#include "parquet/decompress.h"
#include "parquet/parquet_fail.h"

#define READ_AHEAD ((size_t) 128 * 1024)
#define FIRST_HEADER ((size_t) 256)

void
ParquetReserve(ParquetBuffer *buffer, size_t size, size_t limit, const char *part)
{
	if (size > limit)
		ParquetFailMemory(part, size, limit);
	if (size <= buffer->size)
		return;
	if (buffer->bytes != NULL)
		pfree(buffer->bytes);
	buffer->size = 0;
	buffer->bytes = palloc(size);
	buffer->size = size;
}

void
ParquetPagesOpen(ParquetPages *pages, const ParquetFile *file, const ParquetChunk *chunk, const char *column)
{
	DecompressCheck(chunk->codec);
	pages->file = file;
	pages->chunk = chunk;
	pages->column = column;
	pages->next = chunk->start;
	pages->end = chunk->start + chunk->len;
	pages->window_start = 0;
	pages->window_len = 0;
}

void
ParquetPagesSeek(ParquetPages *pages, int64 offset)
{
	if (offset < pages->chunk->start || offset > pages->end)
		ParquetFail("a page of column \"%s\" is outside of its row group", pages->column);
	pages->next = offset;
}

/* ---- bytes ---- */

/* Let the window begin at pages->next, with room for len bytes. Returns how many of them it has. */
static size_t
MoveWindow(ParquetPages *pages, size_t len)
{
	int64		skip = pages->next - pages->window_start;
	size_t		have = skip >= 0 && skip < (int64) pages->window_len ? pages->window_len - skip : 0;
	ParquetBuffer old = pages->window;

	if (len > old.size)
		pages->window = (ParquetBuffer) {0};
	/* a page as large as the limit is allowed to be, with its header */
	ParquetReserve(&pages->window, len, pages->file->memory + READ_AHEAD, "compressed page");
	if (have > 0)
		memmove(pages->window.bytes, old.bytes + skip, have);
	if (old.bytes != NULL && old.bytes != pages->window.bytes)
		pfree(old.bytes);
	pages->window_start = pages->next;
	pages->window_len = have;
	return have;
}

/* At least min bytes from pages->next on, which the chunk has. */
static const char *
Window(ParquetPages *pages, size_t min)
{
	int64		skip = pages->next - pages->window_start;
	size_t		len;
	size_t		have;

	if (skip >= 0 && (uint64) skip + min <= pages->window_len)
		return pages->window.bytes + skip;
	len = Min(Max(min, READ_AHEAD), (size_t) (pages->end - pages->next));
	have = MoveWindow(pages, len);
	pages->file->read(pages->file->state, pages->window.bytes + have, len - have, pages->next + have);
	pages->window_len = len;
	return pages->window.bytes;
}

/* ---- the header ---- */

typedef struct PageHeader
{
	int32		type;
	int32		plain_size;
	int32		packed_size;
	bool		has_crc;
	uint32		crc;
	bool		has_own;		/* what is said of this type of page */
	int32		nvalues;
	int32		encoding;
	int32		def_encoding;
	int32		rep_encoding;
	int32		rep_len;		/* of version 2 */
	int32		def_len;
	bool		packed;			/* version 2: its values are compressed */
} PageHeader;

static void
ReadDataHeader(ThriftReader *r, const ThriftField *outer, PageHeader *h)
{
	ThriftField field = {0};

	ThriftReadStruct(r, outer);
	h->has_own |= h->type == PARQUET_DATA_PAGE;
	while (ThriftReadField(r, &field))
	{
		switch (field.id)
		{
			case 1:
				h->nvalues = ThriftReadInt32(r, &field);
				break;
			case 2:
				h->encoding = ThriftReadInt32(r, &field);
				break;
			case 3:
				h->def_encoding = ThriftReadInt32(r, &field);
				break;
			case 4:
				h->rep_encoding = ThriftReadInt32(r, &field);
				break;
			default:
				ThriftReadPast(r, &field);
		}
	}
}

static void
ReadDictionaryHeader(ThriftReader *r, const ThriftField *outer, PageHeader *h)
{
	ThriftField field = {0};

	ThriftReadStruct(r, outer);
	h->has_own |= h->type == PARQUET_DICTIONARY_PAGE;
	while (ThriftReadField(r, &field))
	{
		if (field.id == 1)
			h->nvalues = ThriftReadInt32(r, &field);
		else if (field.id == 2)
			h->encoding = ThriftReadInt32(r, &field);
		else
			ThriftReadPast(r, &field);
	}
}

static void
ReadDataHeaderV2(ThriftReader *r, const ThriftField *outer, PageHeader *h)
{
	ThriftField field = {0};

	ThriftReadStruct(r, outer);
	h->has_own |= h->type == PARQUET_DATA_PAGE_V2;
	h->packed = true;
	while (ThriftReadField(r, &field))
	{
		switch (field.id)
		{
			case 1:
				h->nvalues = ThriftReadInt32(r, &field);
				break;
			case 4:
				h->encoding = ThriftReadInt32(r, &field);
				break;
			case 5:
				h->def_len = ThriftReadInt32(r, &field);
				break;
			case 6:
				h->rep_len = ThriftReadInt32(r, &field);
				break;
			case 7:
				h->packed = ThriftReadBool(r, &field);
				break;
			default:
				ThriftReadPast(r, &field);
		}
	}
}

static void
ReadHeaderFields(ThriftReader *r, PageHeader *h)
{
	ThriftField field = {0};

	while (ThriftReadField(r, &field))
	{
		switch (field.id)
		{
			case 1:
				h->type = ThriftReadInt32(r, &field);
				break;
			case 2:
				h->plain_size = ThriftReadInt32(r, &field);
				break;
			case 3:
				h->packed_size = ThriftReadInt32(r, &field);
				break;
			case 4:
				h->crc = (uint32) ThriftReadInt32(r, &field);
				h->has_crc = true;
				break;
			case 5:
				ReadDataHeader(r, &field, h);
				break;
			case 7:
				ReadDictionaryHeader(r, &field, h);
				break;
			case 8:
				ReadDataHeaderV2(r, &field, h);
				break;
			default:
				ThriftReadPast(r, &field);
		}
	}
}

/* How long a header is, only its bytes tell. */
static void
ReadHeader(ParquetPages *pages, PageHeader *h)
{
	size_t		available = pages->end - pages->next;
	size_t		len = Min(FIRST_HEADER, available);
	ThriftReader r;

	for (;;)
	{
		ThriftReadBegin(&r, Window(pages, len), len);
		memset(h, 0, sizeof(*h));
		h->type = -1;
		ReadHeaderFields(&r, h);
		if (!r.cut || len == available)
			break;
		len = Min(4 * len, available);
	}
	if (ThriftFailed(&r))
		ParquetFail("header of a page of column \"%s\" is damaged", pages->column);
	pages->next += len - (r.end - r.at);
}

/* Pages of other types are passed over. */
static bool
HasValues(const PageHeader *h)
{
	return h->type == PARQUET_DATA_PAGE || h->type == PARQUET_DICTIONARY_PAGE ||
		h->type == PARQUET_DATA_PAGE_V2;
}

static void
CheckHeader(const ParquetPages *pages, const PageHeader *h)
{
	if (h->packed_size < 0 || h->plain_size < 0 || h->packed_size > pages->end - pages->next)
		ParquetFail("a page of column \"%s\" does not fit into its row group", pages->column);
	if (!HasValues(h))
		return;
	if (!h->has_own || h->nvalues < 0)
		ParquetFail("header of a page of column \"%s\" is incomplete", pages->column);
	if (h->rep_len < 0 || h->def_len < 0 || (int64) h->rep_len + h->def_len > h->packed_size ||
		(int64) h->rep_len + h->def_len > h->plain_size)
		ParquetFail("levels of a page of column \"%s\" do not fit into it", pages->column);
	if (h->plain_size > pages->file->memory)
		ParquetFailMemory("page", h->plain_size, pages->file->memory);
}

static void
CheckSum(const ParquetPages *pages, const PageHeader *h, const char *bytes)
{
	if (h->has_crc &&
		(uint32) crc32(crc32(0, NULL, 0), (const Bytef *) bytes, h->packed_size) != h->crc)
		ParquetFail("checksum of a page of column \"%s\" is wrong", pages->column);
}

/* ---- pages ---- */

static void
Unpack(ParquetPages *pages, const PageHeader *h, const char *bytes, ParquetPage *page)
{
	size_t		levels = h->rep_len + h->def_len;
	size_t		packed = h->packed_size - levels;
	const char *fault;

	page->rep = bytes;
	page->rep_len = h->rep_len;
	page->def = bytes + h->rep_len;
	page->def_len = h->def_len;
	page->data = bytes + levels;
	page->len = h->plain_size - levels;
	if (pages->chunk->codec == PARQUET_UNCOMPRESSED || (page->is_v2 && !h->packed))
	{
		if (packed != page->len)
			ParquetFail("sizes of a page of column \"%s\" differ although it is not compressed",
						pages->column);
		return;
	}
	/* not every codec, nor every writer, has something that decompresses to nothing */
	if (page->len == 0)
		return;
	ParquetReserve(&pages->plain, page->len, pages->file->memory, "page");
	fault = Decompress(pages->chunk->codec, page->data, packed, pages->plain.bytes, page->len);
	if (fault != NULL)
		ParquetFail("a page of column \"%s\" cannot be decompressed: %s", pages->column, fault);
	page->data = pages->plain.bytes;
}

static void
TakePage(ParquetPages *pages, const PageHeader *h, ParquetPage *page)
{
	const char *bytes = Window(pages, h->packed_size);

	memset(page, 0, sizeof(*page));
	page->type = h->type;
	page->nvalues = h->nvalues;
	page->encoding = h->encoding;
	page->is_v2 = h->type == PARQUET_DATA_PAGE_V2;
	page->def_encoding = h->def_encoding;
	page->rep_encoding = h->rep_encoding;
	CheckSum(pages, h, bytes);
	Unpack(pages, h, bytes, page);
	pages->next += h->packed_size;
}

bool
ParquetPagesNext(ParquetPages *pages, ParquetPage *page)
{
	PageHeader	header;

	while (pages->next < pages->end)
	{
		ReadHeader(pages, &header);
		CheckHeader(pages, &header);
		if (HasValues(&header))
		{
			TakePage(pages, &header, page);
			return true;
		}
		pages->next += header.packed_size;
	}
	return false;
}

/*
 * parquet_write_column.c
 *	  One column of a Parquet file that is written: values become pages, pages a column chunk.
 *
 * Each row group begins with a dictionary. The first page with values is compressed in every
 * encoding, and the smallest wins. A dictionary that grows too large is given up at the end of a row:
 * the pages so far keep their numbers, those to come have values.
 */
#include "base/compat.h"
#include "parquet/parquet_write_column.h"

#include <zlib.h>

#include "parquet/parquet_write_bits.h"
#include "parquet/thrift_write.h"

#ifdef WORDS_BIGENDIAN
#error "numbers of Parquet have their lowest byte first"
#endif

/* Of the memory of a buffer that is kept for the next page. */
#define KEPT_PAGES 2

/* What a page pays of a dictionary that other pages will use as well. */
#define DICTIONARY_SHARE 4

void
ColumnWriterInit(ColumnWriter *column, ParquetPageMaker *maker, const WrittenField *field,
				 MemoryContext cxt)
{
	column->maker = maker;
	column->field = field;
	column->order = BoundOrderOf(field);
	column->width = ParquetWidth(field->type, field->length);
	WriteBufferInit(&column->defs, cxt);
	WriteBufferInit(&column->reps, cxt);
	WriteBufferInit(&column->values, cxt);
	WriteBufferInit(&column->numbers, cxt);
	DictionaryInit(&column->dictionary, column->width, cxt);
	ColumnWriterNextGroup(column);
}

void
ColumnWriterNextGroup(ColumnWriter *column)
{
	DictionaryReset(&column->dictionary);
	column->state = column->field->type == PARQUET_BOOLEAN ? COLUMN_VALUES : COLUMN_TRIES;
	column->encoding = PARQUET_PLAIN;
	column->pages = NIL;
	column->first_row = 0;
}

/* ---- values ---- */

static inline void
AddLevels(ColumnWriter *column, int rep, int def)
{
	WriteBufferAddByte(&column->defs, def);
	if (column->max_rep > 0)
		WriteBufferAddByte(&column->reps, rep);
}

static inline void
TellIfFull(ColumnWriter *column)
{
	if (unlikely(ColumnWriterIsFull(column)))
		column->maker->has_full_page = true;
}

void
ParquetPutNull(ColumnWriter *column, int rep, int def)
{
	AddLevels(column, rep, def);
	TellIfFull(column);
}

void
ParquetPut(ColumnWriter *column, int rep, int def, const char *data, size_t len)
{
	AddLevels(column, rep, def);
	column->nvalues++;
	if (column->state == COLUMN_VALUES)
	{
		if (column->width == 0)
			WriteBufferAddInt32(&column->values, (uint32) len);
		WriteBufferAdd(&column->values, data, len);
		column->plain_bytes = column->values.len;
	}
	else
	{
		uint32		number = DictionaryNumber(&column->dictionary, data, len);

		WriteBufferAdd(&column->numbers, &number, sizeof(number));
		column->plain_bytes += column->state == COLUMN_TRIES ? len : 0;
	}
	TellIfFull(column);
}

/* ---- contents of pages ---- */

static void
AddLevelRuns(ParquetPageMaker *maker, const WriteBuffer *levels, int max)
{
	WriteBuffer *numbers = &maker->numbers;
	size_t		start = maker->raw.len;
	uint32		len;

	if (max == 0)
		return;
	WriteBufferReset(numbers, SIZE_MAX);
	WriteBufferReserve(numbers, levels->len * sizeof(uint32));
	for (size_t i = 0; i < levels->len; i++)
		((uint32 *) numbers->data)[i] = (uint8) levels->data[i];
	WriteBufferAddInt32(&maker->raw, 0);
	WriteRuns((uint32 *) numbers->data, levels->len, BitWidth(max), &maker->raw);
	len = (uint32) (maker->raw.len - start - sizeof(uint32));
	memcpy(maker->raw.data + start, &len, sizeof(len));
}

static void
AddNumbers(ColumnWriter *column, WriteBuffer *raw)
{
	int			width = BitWidth(column->dictionary.n - 1);

	WriteBufferAddByte(raw, width);
	WriteRuns((uint32 *) column->numbers.data, column->nvalues, width, raw);
}

static void
AddValues(ColumnWriter *column, ParquetEncoding encoding, const WriteBuffer *values,
		  WriteBuffer *raw)
{
	if (column->nvalues == 0)
		return;
	if (encoding == PARQUET_RLE_DICTIONARY)
		AddNumbers(column, raw);
	else if (encoding == PARQUET_DELTA_BINARY_PACKED && column->width == 4)
		WriteDeltas32(values->data, column->nvalues, raw);
	else if (encoding == PARQUET_DELTA_BINARY_PACKED)
		WriteDeltas64(values->data, column->nvalues, raw);
	else if (column->field->type == PARQUET_BOOLEAN)
		WriteBools(values->data, column->nvalues, raw);
	else
		WriteBufferAdd(raw, values->data, values->len);
}

static void
CheckPageLength(const ColumnWriter *column, size_t len)
{
	if (len > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("values of a row in column \"%s\" are too large for a page of a Parquet "
						"file", (char *) llast(column->path)),
				 errdetail("A page has at most %d bytes.", PG_INT32_MAX)));
}

static void
Compress(ColumnWriter *column, const WriteBuffer *raw, WriteBuffer *packed)
{
	CheckPageLength(column, raw->len);
	WriteBufferReset(packed, SIZE_MAX);
	CompressorAdd(column->maker->compressor, raw->data, raw->len, packed);
	CheckPageLength(column, packed->len);
}

/* Encode and compress the open page; returns its size before compression. */
static size_t
PackPage(ColumnWriter *column, ParquetEncoding encoding, const WriteBuffer *values,
		 WriteBuffer *packed)
{
	ParquetPageMaker *maker = column->maker;

	WriteBufferReset(&maker->raw, SIZE_MAX);
	AddLevelRuns(maker, &column->reps, column->max_rep);
	AddLevelRuns(maker, &column->defs, column->max_def);
	AddValues(column, encoding, values, &maker->raw);
	Compress(column, &maker->raw, packed);
	return maker->raw.len;
}

/* ---- finished pages ---- */

static void
AddPageHeader(ThriftWriter *t, ParquetPageType type, size_t raw_len, const WriteBuffer *packed)
{
	ThriftAddInt(t, 1, type);
	ThriftAddInt(t, 2, (int32) raw_len);
	ThriftAddInt(t, 3, (int32) packed->len);
	ThriftAddInt(t, 4, (int32) crc32(0, (const Bytef *) packed->data, (uInt) packed->len));
}

/* The page as it is in the file; its header is in the buffer raw. */
static WrittenPage *
FinishPage(ColumnWriter *column, size_t raw_len, const WriteBuffer *packed)
{
	ParquetPageMaker *maker = column->maker;
	const WriteBuffer *header = &maker->raw;
	WrittenPage *page = MemoryContextAllocZero(maker->group_cxt, sizeof(WrittenPage));

	page->len = header->len + packed->len;
	page->raw_len = header->len + raw_len;
	page->data = MemoryContextAllocHuge(maker->group_cxt, page->len);
	memcpy(page->data, header->data, header->len);
	memcpy(page->data + header->len, packed->data, packed->len);
	maker->group_bytes += page->len;
	return page;
}

static void
WriteDataHeader(ColumnWriter *column, ParquetEncoding encoding, size_t raw_len,
				const WriteBuffer *packed)
{
	ThriftWriter t;

	WriteBufferReset(&column->maker->raw, SIZE_MAX);
	ThriftWriteBegin(&t, &column->maker->raw);
	AddPageHeader(&t, PARQUET_DATA_PAGE, raw_len, packed);
	ThriftAddStruct(&t, 5);
	ThriftAddInt(&t, 1, (int32) column->defs.len);
	ThriftAddInt(&t, 2, encoding);
	ThriftAddInt(&t, 3, PARQUET_RLE);
	ThriftAddInt(&t, 4, PARQUET_RLE);
	ThriftWriteEnd(&t);
	ThriftWriteEnd(&t);
}

WrittenPage *
ColumnWriterDictionary(ColumnWriter *column)
{
	ParquetPageMaker *maker = column->maker;
	const Dictionary *dictionary = &column->dictionary;
	WriteBuffer *packed = &maker->packed[0];
	ThriftWriter t;

	if (dictionary->n == 0)
		return NULL;
	Compress(column, &dictionary->plain, packed);
	WriteBufferReset(&maker->raw, SIZE_MAX);
	ThriftWriteBegin(&t, &maker->raw);
	AddPageHeader(&t, PARQUET_DICTIONARY_PAGE, dictionary->plain.len, packed);
	ThriftAddStruct(&t, 7);
	ThriftAddInt(&t, 1, (int32) dictionary->n);
	ThriftAddInt(&t, 2, PARQUET_PLAIN);
	ThriftWriteEnd(&t);
	ThriftWriteEnd(&t);
	return FinishPage(column, dictionary->plain.len, packed);
}

/* ---- the end of a page ---- */

static void
SetBounds(ColumnWriter *column, WrittenPage *page)
{
	const WriteBuffer *values = &column->values;
	size_t		n = column->nvalues;

	if (n == 0)
		return;
	if (column->state != COLUMN_VALUES)
	{
		WriteBufferReset(&column->maker->plain, SIZE_MAX);
		n = DictionaryGather(&column->dictionary, (uint32 *) column->numbers.data, n, true,
							 &column->maker->plain);
		values = &column->maker->plain;
	}
	BoundsOf(column->order, column->width, values->data, n, &page->bounds);
}

static void
AddPage(ColumnWriter *column, ParquetEncoding encoding, size_t raw_len, WriteBuffer *packed)
{
	MemoryContext caller;
	WrittenPage *page;

	WriteDataHeader(column, encoding, raw_len, packed);
	page = FinishPage(column, raw_len, packed);
	page->encoding = encoding;
	page->first_row = column->first_row;
	page->nlevels = column->defs.len;
	page->nulls = column->defs.len - column->nvalues;
	SetBounds(column, page);
	caller = MemoryContextSwitchTo(column->maker->group_cxt);
	column->pages = lappend(column->pages, page);
	MemoryContextSwitchTo(caller);
}

/* Of what a page with numbers costs, its part of the dictionary. */
static size_t
DictionaryCost(ColumnWriter *column, WriteBuffer *packed)
{
	const Dictionary *dictionary = &column->dictionary;

	Compress(column, &dictionary->plain, packed);
	return packed->len / (dictionary->n > column->nvalues / 2 ? 1 : DICTIONARY_SHARE);
}

static void
SwapPacked(ParquetPageMaker *maker)
{
	WriteBuffer best = maker->packed[1];

	maker->packed[1] = maker->packed[0];
	maker->packed[0] = best;
}

typedef struct Trial
{
	ParquetEncoding encoding;	/* the best so far */
	size_t		cost;
	size_t		raw_len;
} Trial;

static void
Try(ColumnWriter *column, ParquetEncoding encoding, const WriteBuffer *values, Trial *trial)
{
	ParquetPageMaker *maker = column->maker;
	size_t		raw_len = PackPage(column, encoding, values, &maker->packed[1]);

	if (maker->packed[1].len >= trial->cost)
		return;
	SwapPacked(maker);
	*trial = (Trial) {encoding, maker->packed[0].len, raw_len};
}

/* Find the best encoding with the first page that has values. */
static void
EndFirstPage(ColumnWriter *column)
{
	ParquetPageMaker *maker = column->maker;
	WriteBuffer *plain = &maker->plain;
	Trial		trial = {PARQUET_RLE_DICTIONARY};
	bool		is_integer = column->field->type == PARQUET_INT32 ||
		column->field->type == PARQUET_INT64;

	trial.cost = DictionaryCost(column, &maker->packed[0]);
	trial.raw_len = PackPage(column, PARQUET_RLE_DICTIONARY, NULL, &maker->packed[0]);
	trial.cost += maker->packed[0].len;
	WriteBufferReset(plain, SIZE_MAX);
	(void) DictionaryGather(&column->dictionary, (uint32 *) column->numbers.data,
							column->nvalues, false, plain);
	Try(column, PARQUET_PLAIN, plain, &trial);
	if (is_integer && maker->use_delta)
		Try(column, PARQUET_DELTA_BINARY_PACKED, plain, &trial);
	AddPage(column, trial.encoding, trial.raw_len, &maker->packed[0]);
	if (trial.encoding == PARQUET_RLE_DICTIONARY)
	{
		column->state = COLUMN_NUMBERS;
		column->encoding = is_integer && maker->use_delta ? PARQUET_DELTA_BINARY_PACKED :
			PARQUET_PLAIN;
		return;
	}
	column->state = COLUMN_VALUES;
	column->encoding = trial.encoding;
	DictionaryReset(&column->dictionary);
}

static void
EndLaterPage(ColumnWriter *column)
{
	ParquetPageMaker *maker = column->maker;
	ParquetEncoding encoding = column->encoding;
	size_t		raw_len;

	if (column->nvalues == 0)
		encoding = PARQUET_PLAIN;
	else if (column->state == COLUMN_NUMBERS)
		encoding = PARQUET_RLE_DICTIONARY;
	raw_len = PackPage(column, encoding, &column->values, &maker->packed[0]);
	AddPage(column, encoding, raw_len, &maker->packed[0]);
}

static void
ResetPage(ColumnWriter *column)
{
	ParquetPageMaker *maker = column->maker;

	WriteBufferReset(&column->defs, maker->page_levels * KEPT_PAGES);
	WriteBufferReset(&column->reps, maker->page_levels * KEPT_PAGES);
	WriteBufferReset(&column->values, maker->page_bytes * KEPT_PAGES);
	WriteBufferReset(&column->numbers, maker->page_levels * sizeof(uint32) * KEPT_PAGES);
	WriteBufferReset(&maker->raw, maker->page_bytes * KEPT_PAGES);
	WriteBufferReset(&maker->plain, maker->page_bytes * KEPT_PAGES);
	WriteBufferReset(&maker->packed[0], maker->page_bytes * KEPT_PAGES);
	WriteBufferReset(&maker->packed[1], maker->page_bytes * KEPT_PAGES);
	column->nvalues = 0;
	column->plain_bytes = 0;
	column->first_row = maker->rows;
}

void
ColumnWriterEndPage(ColumnWriter *column)
{
	if (column->defs.len == 0)
		return;
	if (column->state == COLUMN_TRIES && column->nvalues > 0)
		EndFirstPage(column);
	else
		EndLaterPage(column);
	if (column->state == COLUMN_NUMBERS &&
		column->dictionary.plain.len >= column->maker->dictionary_bytes)
		column->state = COLUMN_VALUES;
	ResetPage(column);
}

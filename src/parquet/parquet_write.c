/*
 * parquet_write.c
 *	  Write rows as a Parquet file, from its first byte to its last.
 */
#include "base/compat.h"
#include "parquet/parquet_write.h"

#include "parquet/parquet_write_footer.h"
#include "utils/memutils.h"

/*
 * The memory of all open pages and dictionaries. What each column may have of it lies between these
 * bounds, of which pages and dictionaries take their parts.
 */
#define OPEN_BYTES (48 * 1024 * 1024)
#define MIN_COLUMN_BYTES (64 * 1024)
#define MAX_COLUMN_BYTES (8 * 1024 * 1024)
#define PAGE_SHARE 8
#define DICTIONARY_SHARE 8
#define LEVEL_SHARE 64

struct ParquetWriter
{
	ParquetWriteOptions options;
	const WrittenField *root;
	ParquetWrite write;
	void	   *arg;
	MemoryContext cxt;
	ParquetPageMaker maker;
	ColumnWriter *columns;
	int			ncolumns;
	int64		position;		/* bytes written */
	int64		rows;			/* of finished row groups */
	List	   *groups;			/* of WrittenGroup */
	WriteBuffer column_indexes;
	WriteBuffer offset_indexes;
};

/* ---- columns of the schema ---- */

static int
CountLeaves(const WrittenField *field)
{
	int			n = 0;

	if (field->nchildren == 0)
		return 1;
	for (int i = 0; i < field->nchildren; i++)
		n += CountLeaves(field->children[i]);
	return n;
}

/* Levels and path are those of the field's parent. */
static void
InitColumns(ParquetWriter *writer, const WrittenField *field, List *path, int def, int rep)
{
	ColumnWriter *column;

	path = lappend(list_copy(path), unconstify(char *, field->name));
	def += field->repetition != PARQUET_REQUIRED;
	rep += field->repetition == PARQUET_REPEATED;
	for (int i = 0; i < field->nchildren; i++)
		InitColumns(writer, field->children[i], path, def, rep);
	if (field->nchildren > 0)
		return;
	column = &writer->columns[writer->ncolumns++];
	column->path = path;
	column->max_def = def;
	column->max_rep = rep;
	ColumnWriterInit(column, &writer->maker, field, writer->cxt);
}

static void
InitMaker(ParquetWriter *writer, int ncolumns)
{
	ParquetPageMaker *maker = &writer->maker;
	size_t		bytes = OPEN_BYTES / ncolumns;

	bytes = Max(Min(bytes, MAX_COLUMN_BYTES), MIN_COLUMN_BYTES);
	maker->page_bytes = bytes / PAGE_SHARE;
	maker->dictionary_bytes = bytes / DICTIONARY_SHARE;
	maker->page_levels = bytes / LEVEL_SHARE;
	maker->use_delta = writer->options.use_delta;
	maker->compressor = CompressorBegin(writer->options.codec, writer->options.level);
	maker->group_cxt = AllocSetContextCreate(writer->cxt, "Parquet row group",
											 ALLOCSET_DEFAULT_SIZES);
	WriteBufferInit(&maker->raw, writer->cxt);
	WriteBufferInit(&maker->packed[0], writer->cxt);
	WriteBufferInit(&maker->packed[1], writer->cxt);
	WriteBufferInit(&maker->numbers, writer->cxt);
	WriteBufferInit(&maker->plain, writer->cxt);
}

static void
Write(ParquetWriter *writer, const char *data, size_t len)
{
	writer->write(writer->arg, data, len);
	writer->position += len;
}

ParquetWriter *
ParquetWriteBegin(const WrittenField *root, const ParquetWriteOptions *options,
				  ParquetWrite write, void *arg)
{
	ParquetWriter *writer = palloc0(sizeof(ParquetWriter));
	int			ncolumns = CountLeaves(root);

	writer->options = *options;
	writer->root = root;
	writer->write = write;
	writer->arg = arg;
	writer->cxt = CurrentMemoryContext;
	writer->columns = palloc0(sizeof(ColumnWriter) * ncolumns);
	InitMaker(writer, ncolumns);
	for (int i = 0; i < root->nchildren; i++)
		InitColumns(writer, root->children[i], NIL, 0, 0);
	WriteBufferInit(&writer->column_indexes, writer->cxt);
	WriteBufferInit(&writer->offset_indexes, writer->cxt);
	Write(writer, PARQUET_MAGIC, PARQUET_MAGIC_SIZE);
	return writer;
}

ColumnWriter *
ParquetWriterColumn(ParquetWriter *writer, int n)
{
	return &writer->columns[n];
}

/* ---- row groups ---- */

static void
WriteIndexes(ParquetWriter *writer, const ColumnWriter *column, WrittenChunk *chunk)
{
	chunk->offset_index = writer->offset_indexes.len;
	ParquetWriteOffsetIndex(column, chunk->data_offset, &writer->offset_indexes);
	chunk->offset_index_len = (int) (writer->offset_indexes.len - chunk->offset_index);
	if (chunk->has_bounds && !chunk->bounds->are_known)
		return;
	chunk->column_index = writer->column_indexes.len;
	ParquetWriteColumnIndex(column, &writer->column_indexes);
	chunk->column_index_len = (int) (writer->column_indexes.len - chunk->column_index);
}

static void
WriteChunk(ParquetWriter *writer, ColumnWriter *column, WrittenChunk *chunk)
{
	WrittenPage *dictionary = ColumnWriterDictionary(column);
	ListCell   *lc;

	chunk->bounds = palloc0(sizeof(Bounds));
	chunk->offset = writer->position;
	if (dictionary != NULL)
	{
		chunk->has_dictionary = true;
		chunk->raw_bytes += dictionary->raw_len;
		chunk->bytes += dictionary->len;
		Write(writer, dictionary->data, dictionary->len);
	}
	chunk->data_offset = writer->position;
	foreach(lc, column->pages)
	{
		const WrittenPage *page = lfirst(lc);

		WrittenChunkAdd(chunk, column, page);
		Write(writer, page->data, page->len);
	}
	WriteIndexes(writer, column, chunk);
	ColumnWriterNextGroup(column);
}

static void
EndGroup(ParquetWriter *writer)
{
	MemoryContext caller = MemoryContextSwitchTo(writer->cxt);
	WrittenGroup *group = palloc0(sizeof(WrittenGroup));

	group->rows = writer->maker.rows;
	group->chunks = palloc0(sizeof(WrittenChunk) * writer->ncolumns);
	for (int i = 0; i < writer->ncolumns; i++)
	{
		ColumnWriterEndPage(&writer->columns[i]);
		WriteChunk(writer, &writer->columns[i], &group->chunks[i]);
	}
	writer->groups = lappend(writer->groups, group);
	writer->rows += group->rows;
	writer->maker.rows = 0;
	writer->maker.group_bytes = 0;
	MemoryContextReset(writer->maker.group_cxt);
	MemoryContextSwitchTo(caller);
}

static void
EndFullPages(ParquetWriter *writer)
{
	writer->maker.has_full_page = false;
	for (int i = 0; i < writer->ncolumns; i++)
		if (ColumnWriterIsFull(&writer->columns[i]))
			ColumnWriterEndPage(&writer->columns[i]);
}

void
ParquetWriteRow(ParquetWriter *writer)
{
	writer->maker.rows++;
	if (unlikely(writer->maker.has_full_page))
		EndFullPages(writer);
	if (unlikely(writer->maker.rows >= writer->options.group_rows ||
				 writer->maker.group_bytes >= writer->options.group_bytes))
		EndGroup(writer);
}

/* ---- end ---- */

static WrittenFooter
FooterOf(const ParquetWriter *writer)
{
	return (WrittenFooter)
	{
		.root = writer->root,
			.columns = writer->columns,
			.ncolumns = writer->ncolumns,
			.codec = writer->options.codec,
			.created_by = writer->options.created_by,
			.groups = writer->groups,
			.rows = writer->rows,
			.column_indexes = writer->position,
			.offset_indexes = writer->position + writer->column_indexes.len,
	};
}

void
ParquetWriteEnd(ParquetWriter *writer)
{
	WrittenFooter footer;
	WriteBuffer text;

	if (writer->maker.rows > 0)
		EndGroup(writer);
	footer = FooterOf(writer);
	Write(writer, writer->column_indexes.data, writer->column_indexes.len);
	Write(writer, writer->offset_indexes.data, writer->offset_indexes.len);
	WriteBufferInit(&text, writer->cxt);
	ParquetWriteFooter(&footer, &text);
	WriteBufferAddInt32(&text, (uint32) text.len);
	WriteBufferAdd(&text, PARQUET_MAGIC, PARQUET_MAGIC_SIZE);
	Write(writer, text.data, text.len);
}

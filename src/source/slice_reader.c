/*
 * slice_reader.c
 *	  Read a pulled slice into row batches.
 */
#include "base/compat.h"
#include "source/slice_reader.h"

#include "base/type_text.h"
#include "source/computed.h"
#include "source/file_columns.h"
#include "source/kind.h"
#include "source/truncation.h"
#include "source/unsent_values.h"
#include "transport/page.h"

void
SliceReaderInit(SliceReader *reader, const SourceDefinition *def)
{
	memset(reader, 0, sizeof(SliceReader));
	reader->def = def;
	if (SourceBringsRows(def))
		return;
	reader->decoder = SourceDecoder(def);
	reader->computed = ComputedCreate(def);
}

/* Columns that take a value of the request have the same one in every row. */
static void
ReadValues(SliceReader *reader)
{
	const SourceDefinition *def = reader->def;

	reader->values = palloc0(sizeof(Datum) * Max(def->desc->natts, 1));
	for (int i = 0; i < def->ncolumns; i++)
	{
		const SourceColumn *column = &def->columns[i];
		const char *text = reader->params[column->attnum - 1];

		if (text != NULL)
			reader->values[column->attnum - 1] = ValueOfText(column->type, column->typmod, text);
	}
}

void
SliceReaderOpen(SliceReader *reader, Pull *pull, PulledSlice *pulled)
{
	reader->pull = pull;
	reader->pulled = pulled;
	reader->npages = 0;
	reader->page = NULL;
	reader->truncation = NULL;
	reader->more = true;
	reader->at_position = false;
	reader->params = SourceParamValues(reader->def, pulled->slice);
	if (reader->decoder == NULL)
		ReadValues(reader);
	else
		DecoderBegin(reader->decoder);
}

static void
OpenPage(SliceReader *reader)
{
	reader->page = list_nth(reader->pulled->pages, reader->npages);
	reader->bytes.next = PageNextChunk;
	reader->bytes.rewind = PageRewind;
	reader->bytes.select = PageSelectPart;
	reader->bytes.size = PageSize;
	reader->bytes.read_at = PageReadAt;
	reader->bytes.state = reader->page;
	FileColumnsPut(reader->def, reader->pulled, reader->page, reader->params);
	DecoderOpen(reader->decoder, &reader->bytes, reader->params);
	reader->npages++;
}

static bool
HasMore(const SliceReader *reader)
{
	return reader->decoder == NULL ? reader->more
		: reader->npages < list_length(reader->pulled->pages);
}

bool
SliceReaderMayPause(const SliceReader *reader)
{
	return reader->at_position && HasMore(reader);
}

bool
SliceReaderNextPage(SliceReader *reader)
{
	if (!HasMore(reader))
		return false;
	if (reader->decoder != NULL)
		OpenPage(reader);
	return true;
}

static void
PutValues(const SliceReader *reader, RowBatch *rows)
{
	for (int i = 0; i < reader->def->ncolumns; i++)
	{
		const SourceColumn *column = &reader->def->columns[i];

		for (int row = 0; column->param != NULL && row < rows->nrows; row++)
			if (reader->params[column->attnum - 1] != NULL)
				RowBatchPut(rows, row, column->attnum, reader->values[column->attnum - 1]);
	}
}

static void
TakeRows(SliceReader *reader, RowBatch *rows)
{
	const char *before = reader->pulled->position;

	reader->more = PullNextRows(reader->pull, reader->pulled, rows);
	reader->at_position = reader->pulled->position != before;
	PutValues(reader, rows);
}

/* Has a page that was decoded to its end held nothing at all? May warn of it. */
static bool
IsVoid(const SliceReader *reader)
{
	const SourceKind *kind = reader->def->kind;

	return kind->is_void != NULL &&
		kind->is_void(reader->def, reader->pulled->slice, reader->page);
}

static void
EndPage(SliceReader *reader)
{
	if (IsVoid(reader) && list_length(reader->pulled->pages) == 1)
		reader->pulled->verdict = VERDICT_EMPTY;
	reader->at_position = reader->page->position != NULL;
	if (reader->at_position)
		reader->pulled->position = reader->page->position;
}

void
SliceReaderEndPart(SliceReader *reader, bool more)
{
	reader->more = more;
	reader->at_position = true;
}

void
SliceReaderTellFile(const SliceReader *reader, const SourceDefinition *def, const char **params,
					RowBatch *rows)
{
	const char *member = reader->page->member;
	MemoryContext old = MemoryContextSwitchTo(rows->cxt);
	ListCell   *lc;

	foreach(lc, rows->rejects)
	{
		RowReject  *reject = lfirst(lc);

		if (member != NULL)
			reject->message = psprintf("member \"%s\": %s", member, reject->message);
		FileColumnsKeep(def, params, reject);
	}
	MemoryContextSwitchTo(old);
}

static bool
DecodeRows(SliceReader *reader, RowBatch *rows)
{
	bool		more;

	if (reader->truncation != NULL)
	{
		if (!TruncationFill(reader->truncation, rows))
			reader->truncation = NULL;
		return true;
	}
	rows->numbered |= reader->computed != NULL || reader->def->envelope != NULL;
	more = SourceFill(reader->def, reader->decoder, rows);
	if (reader->computed != NULL)
		ComputedFill(reader->computed, rows);
	UnsentValuesFill(reader->def, rows);
	if (rows->truncates)
		reader->truncation = TruncationTake(reader->def, rows);
	SliceReaderTellFile(reader, reader->def, reader->params, rows);
	if (!more)
		EndPage(reader);
	return more;
}

bool
SliceReaderFill(SliceReader *reader, RowBatch *rows)
{
	if (reader->decoder != NULL)
		return DecodeRows(reader, rows);
	TakeRows(reader, rows);
	return false;
}

void
SliceReaderAgain(SliceReader *reader, const SourceDefinition *def, Decoder *decoder,
				 const char **params)
{
	FileColumnsPut(def, reader->pulled, reader->page, params);
	PageRewind(reader->page);
	DecoderOpen(decoder, &reader->bytes, params);
}

void
SliceReaderJoin(SliceReader *reader, const SourceDefinition *def, Decoder *decoder,
				const char **params)
{
	FileColumnsPut(def, reader->pulled, reader->page, params);
	DecoderOpen(decoder, &reader->bytes, params);
}

int64
SliceReaderPageBytes(const SliceReader *reader)
{
	return reader->page->bytes;
}

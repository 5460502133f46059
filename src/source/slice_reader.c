/*
 * slice_reader.c
 *	  Read a pulled slice into row batches.
 */
#include "base/compat.h"
#include "source/slice_reader.h"

#include "source/kind.h"
#include "transport/page.h"
#include "utils/lsyscache.h"

void
SliceReaderInit(SliceReader *reader, const SourceDefinition *def)
{
	memset(reader, 0, sizeof(SliceReader));
	reader->def = def;
	if (!SourceBringsRows(def))
		reader->decoder = SourceDecoder(def);
}

static Datum
ValueOf(const SourceColumn *column, const char *text)
{
	Oid			input;
	Oid			ioparam;

	getTypeInputInfo(column->type, &input, &ioparam);
	return OidInputFunctionCall(input, unconstify(char *, text), ioparam, column->typmod);
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
			reader->values[column->attnum - 1] = ValueOf(column, text);
	}
}

void
SliceReaderOpen(SliceReader *reader, Pull *pull, PulledSlice *pulled)
{
	reader->pull = pull;
	reader->pulled = pulled;
	reader->npages = 0;
	reader->page = NULL;
	reader->params = SourceParamValues(reader->def, pulled->slice);
	if (reader->decoder == NULL)
		ReadValues(reader);
}

static void
OpenPage(SliceReader *reader)
{
	reader->page = list_nth(reader->pulled->pages, reader->npages);
	reader->bytes.next = PageNextChunk;
	reader->bytes.rewind = PageRewind;
	reader->bytes.state = reader->page;
	DecoderOpen(reader->decoder, &reader->bytes, reader->params);
}

bool
SliceReaderNextPage(SliceReader *reader)
{
	int			count = reader->decoder == NULL ? 1 : list_length(reader->pulled->pages);

	if (reader->npages == count)
		return false;
	if (reader->decoder != NULL)
		OpenPage(reader);
	reader->npages++;
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

static bool
TakeRows(SliceReader *reader, RowBatch *rows)
{
	bool		more = PullNextRows(reader->pull, reader->pulled, rows);

	PutValues(reader, rows);
	return more;
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
	if (IsVoid(reader))
		reader->pulled->verdict = VERDICT_EMPTY;
	if (reader->page->position != NULL)
		reader->pulled->position = reader->page->position;
}

bool
SliceReaderFill(SliceReader *reader, RowBatch *rows)
{
	if (reader->decoder == NULL)
		return TakeRows(reader, rows);
	if (SourceFill(reader->def, reader->decoder, rows))
		return true;
	EndPage(reader);
	return false;
}

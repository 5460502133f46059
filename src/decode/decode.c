/*
 * decode.c
 *	  Decode pages into rows: open a page and fill batches from it.
 */
#include "postgres.h"

#include "decode/csv_decoder.h"
#include "decode/decoder.h"
#include "decode/event.h"
#include "decode/header_row.h"
#include "decode/parquet_decoder.h"
#include "decode/text_source.h"
#include "decode/union.h"
#include "decode/xml_decoder.h"

#define DEFAULT_RECORD_MEMORY	((size_t) 64 * 1024 * 1024)
#define DEFAULT_MAX_DEPTH		1000

static const JsonFraming reader_framing[] = {
	[DECODE_DOCUMENT] = JSON_ONE,
	[DECODE_DOCUMENTS] = JSON_MANY,
	[DECODE_LINES] = JSON_LINES
};

Decoder *
DecoderCreate(const DecodeSpec *spec)
{
	Decoder    *d = palloc0(sizeof(Decoder));
	List	   *lists;

	d->cxt = CurrentMemoryContext;
	d->framing = spec->framing;
	d->record_memory = spec->record_memory ? spec->record_memory : DEFAULT_RECORD_MEMORY;
	if (spec->csv != NULL)
	{
		d->csv = CsvDecoderCreate(spec, d->record_memory);
		return d;
	}
	if (spec->is_xml)
	{
		d->xml = XmlDecoderCreate(spec, d->record_memory);
		return d;
	}
	if (spec->is_parquet)
	{
		d->parquet = ParquetDecoderCreate(spec, d->record_memory);
		return d;
	}
	d->text = TextSourceCreate();
	d->tainted_level = -1;
	lists = spec->records == NULL ? NIL : PathsSplit(spec->records);
	if (list_length(lists) > 1)
	{
		d->parts = UnionCreate(spec, lists);
		return d;
	}
	d->memory = d->record_memory;
	d->max_depth = spec->max_depth ? spec->max_depth : DEFAULT_MAX_DEPTH;
	d->head = JSON_HEAD_RECORD;
	d->forgotten_taint = d->others_taint = -1;
	d->tree = PathTreeCreate(spec->envelope != NULL ? EventColumns(spec) : spec);
	d->header = HeaderRowCreate(spec, d->tree);
	if (spec->envelope != NULL)
		d->events = EventReaderCreate(spec, d);
	d->page = JsonReaderCreate(d->record_memory, d->max_depth);
	d->ended = true;
	return d;
}

void
DecoderBegin(Decoder *d)
{
	if (d->csv != NULL)
		CsvDecoderBegin(d->csv);
	else if (d->xml != NULL)
		XmlDecoderBegin(d->xml);
	else if (d->parts != NULL)
		UnionBegin(d->parts);
	else if (d->parquet == NULL)
		for (int i = 0; i < d->tree->ncolumns; i++)
			ConverterRestart(&d->tree->columns[i].converter);
}

/* Parameters are values like others, known before the page begins. */
static void
SetParams(Decoder *d, const char **param_values)
{
	for (int i = 0; i < d->tree->ncolumns; i++)
	{
		PathColumn *c = &d->tree->columns[i];
		const char *given = param_values ? param_values[c->converter.attindex] : NULL;
		JsonValue	value = {JSON_NUMBER};

		if (!c->is_param)
			continue;
		ClearValue(d, c);
		value.text = given ? given : c->constant;
		if (value.text == NULL)
			continue;
		value.len = strlen(value.text);
		KeepValue(d, &c->kept, &value);
	}
}

static void
BeginPage(Decoder *d, ByteSource *source, JsonFraming framing)
{
	d->source = source;
	d->steps = d->tree->steps;
	d->nsteps = d->tree->nsteps;
	d->line_fault = NULL;
	d->collected = d->ended = d->failed = false;
	d->alone = false;
	d->given_line = d->given_arrival = 0;
	d->records = d->parents = 0;
	d->tainted_level = -1;
	d->zip_row = d->zip_len = 0;
	if (d->begins_lines)
		LineSetClear(d->bad_lines);
	PresenceBegin(d);
	HeaderRowBegin(d->header);
	JsonReaderOpen(d->page, source, framing);
	WalkReset(d);
}

void
DecoderOpen(Decoder *d, ByteSource *source, const char **param_values)
{
	if (d->csv != NULL)
	{
		CsvDecoderOpen(d->csv, source, param_values);
		return;
	}
	if (d->xml != NULL)
	{
		XmlDecoderOpen(d->xml, source, param_values);
		return;
	}
	if (d->parquet != NULL)
	{
		ParquetDecoderOpen(d->parquet, source, param_values);
		return;
	}
	source = TextSourceOpen(d->text, source, TEXT_BYTES);
	if (d->parts != NULL)
	{
		UnionOpen(d->parts, source, param_values);
		return;
	}
	BeginPage(d, source, reader_framing[d->framing]);
	SetParams(d, param_values);
}

static void
OpenRecord(Decoder *d, const char *raw, const RejectContext *context, const char **param_values)
{
	BeginPage(d, MemoryByteSource(raw, strlen(raw)), JSON_ONE);
	d->alone = true;
	SetParams(d, param_values);
	AncestorsTake(d, context->ancestors);
}

static bool
HasList(const Decoder *d, const RejectContext *context)
{
	const char *records = d->tree->records_text;

	return context->list == NULL || (records != NULL && strcmp(records, context->list) == 0);
}

bool
DecoderOpenReject(Decoder *d, RejectForm form, const char *raw, const RejectContext *context,
				  const char **param_values)
{
	if (d->csv != NULL)
		return CsvDecoderOpenRecord(d->csv, raw, context, param_values);
	if (d->xml != NULL)
	{
		XmlDecoderOpenRecord(d->xml, raw, context, param_values);
		return true;
	}
	if (d->parts != NULL && form == REJECT_RECORD)
		return UnionOpenRecord(d->parts, raw, context, param_values);
	if (d->header != NULL && context->header == NULL)
		return false;
	if (form == REJECT_PAGE)
		DecoderOpen(d, MemoryByteSource(raw, strlen(raw)), param_values);
	else if (HasList(d, context))
		OpenRecord(d, raw, context, param_values);
	else
		return false;
	if (d->header != NULL)
		HeaderRowTake(d, context->header);
	d->given_line = context->line;
	d->given_arrival = context->arrival;
	return true;
}

/* A reader that failed: the line is a reject, or the page is at fault. */
static bool
Recover(Decoder *d)
{
	if (d->failed)
		return false;
	if (d->framing != DECODE_LINES)
		return FailReader(d);
	if (!RejectLine(d))
		return false;
	WalkReset(d);
	return true;
}

/* False at the end of the page and when it failed. */
static bool
FillRows(Decoder *d)
{
	if (!d->failed && HeaderRowIsNext(d) && !ReadHeaderPath(d))
		return false;
	for (;;)
	{
		Arrival		arrival;

		MakeZipRows(d);
		if (IsFull(d) || d->batch->truncates)
			return true;
		if (d->failed || d->ended)
			return false;
		arrival = WalkToRecord(d);
		if (arrival == ARRIVED_RECORD && !ReadRecord(d))
			arrival = ARRIVED_FAILED;
		if (arrival == ARRIVED_FAILED && !Recover(d))
			return false;
	}
}

bool
DecoderFill(Decoder *d, RowBatch *batch)
{
	MemoryContext old;
	bool		more;

	if (d->csv != NULL)
		return CsvDecoderFill(d->csv, batch);
	if (d->xml != NULL)
		return XmlDecoderFill(d->xml, batch);
	if (d->parquet != NULL)
		return ParquetDecoderFill(d->parquet, batch);
	if (d->parts != NULL)
		return UnionFill(d->parts, batch);
	old = MemoryContextSwitchTo(batch->cxt);
	d->batch = batch;
	batch->truncates = false;
	/* what the last batch held is gone, and may have been a part of this line */
	d->line_split = d->level > 0;
	d->line_start = BatchPlaceOf(batch);
	more = !d->failed && FillRows(d);
	if (d->alone && batch->given_record > 0)
		BatchForget(batch, EVERY_COLUMN);
	else
		BatchResolve(batch);
	MemoryContextSwitchTo(old);
	if (!d->failed)
		return more;
	if (batch->nrows == 0 && batch->rejects == NIL)
		RaiseFailure(d);
	return true;
}

int64
DecoderRecords(Decoder *d)
{
	if (d->csv != NULL)
		return CsvDecoderRecords(d->csv);
	if (d->xml != NULL)
		return XmlDecoderRecords(d->xml);
	if (d->parquet != NULL)
		return ParquetDecoderRecords(d->parquet);
	return d->parts != NULL ? UnionRecords(d->parts) : d->records;
}

int64
DecoderParents(Decoder *d)
{
	return d->parents;
}

char *
DecoderPassed(const Decoder *d)
{
	return d->events == NULL ? NULL : EventPassedText(d->events);
}

const char *
DecoderWithoutChildren(const Decoder *d)
{
	if (d->csv != NULL || d->xml != NULL || d->parquet != NULL)
		return "Its responses are not JSON.";
	if (d->parts != NULL)
		return "Its option \"records\" has several paths.";
	if (d->events != NULL)
		return "Its records are events of change.";
	if (d->tree->has_zip)
		return "Columns whose path ends in [*] make several rows of each of its records.";
	return NULL;
}

void
DecoderReadOnly(Decoder *d, const Bitmapset *attnums)
{
	if (d->parquet != NULL)
		ParquetDecoderReadOnly(d->parquet, attnums);
}

void
DecoderNarrow(Decoder *d, List *bounds)
{
	if (d->parquet != NULL)
		ParquetDecoderNarrow(d->parquet, bounds);
}

void
DecoderTake(Decoder *d, bool (*take) (void *arg), void *arg)
{
	if (d->parquet != NULL)
		ParquetDecoderTake(d->parquet, take, arg);
}

void
DecoderRelate(Decoder *parent, Decoder *child)
{
	if (parent->bad_lines == NULL)
	{
		parent->bad_lines = LineSetCreate();
		parent->begins_lines = true;
	}
	child->bad_lines = parent->bad_lines;
}

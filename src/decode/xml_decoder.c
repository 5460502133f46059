/*
 * xml_decoder.c
 *	  Decode XML pages into rows.
 *
 * The reader goes from element to element on the way to the records, and takes each record, and
 * each element beside the way that a column wants, as a whole. So one record is in memory at a
 * time, and what columns take from above the records must come before them.
 */
#include "postgres.h"

#include "decode/xml_decoder.h"

#include "base/errors.h"
#include "decode/arrival.h"
#include "decode/batch_private.h"
#include "decode/line_column.h"
#include "decode/xml_outside.h"
#include "decode/xml_reader.h"
#include "decode/xml_tree.h"
#include "decode/xml_unknown.h"
#include "decode/xml_value.h"
#include "miscadmin.h"

/* More than libxml2 lets elements nest. */
#define MAX_LEVELS 300

/* An element on the way to the records that is open. */
typedef struct XmlFrame
{
	XmlStep    *step;
	int			found;			/* elements of the next step on the way */
	bool		has_records;	/* records have been read below it */
} XmlFrame;

struct XmlDecoder
{
	XmlTree    *tree;
	XmlReader  *reader;
	bool		optional;		/* no records when an element on the way is absent */
	bool		began;
	bool		ended;
	int			level;			/* frames that are open; the first is the document */
	XmlFrame	frames[MAX_LEVELS];
	xmlNodePtr	node;			/* the one that the reader is at */
	int64		records;
	int64		arrival;		/* of the record at hand; 0: not told so far */
	RowBatch   *batch;
	XmlTracking tracking;		/* of what no column takes, where that is tracked */

	/* of a rejected record that is read alone */
	bool		alone;
	const RejectContext *context;
};

/* ---- rows ---- */

static bool
HasColumn(const XmlDecoder *d, XmlColumnKind kind)
{
	for (int i = 0; i < d->tree->ncolumns; i++)
		if (d->tree->columns[i].kind == kind)
			return true;
	return false;
}

static int64
LineOf(const XmlDecoder *d, xmlNodePtr node)
{
	return d->alone ? d->context->line : xmlGetLineNo(node);
}

static int64
ArrivalOf(XmlDecoder *d)
{
	if (d->arrival == 0)
		d->arrival = d->alone && d->context->arrival > 0 ? d->context->arrival : NextArrival();
	return d->arrival;
}

static RowOrigin *
OriginOfRecord(XmlDecoder *d, xmlNodePtr node)
{
	RowOrigin  *origin = BatchAlloc(d->batch, sizeof(RowOrigin));
	size_t		len;
	const char *text;

	XmlDeclareNamespaces(node);
	text = XmlReaderMarkup(d->reader, node, &len);
	memset(origin, 0, sizeof(*origin));
	origin->record = d->records;
	origin->offset = -1;
	origin->form = REJECT_PAGE;
	origin->incomplete = !XmlOutsideText(d->tree, d->batch, &origin->context.ancestors);
	origin->line = LineOf(d, node);
	origin->context.line = HasColumn(d, XML_COLUMN_LINE) ? origin->line : 0;
	origin->context.arrival = HasColumn(d, XML_COLUMN_ARRIVAL) ? ArrivalOf(d) : 0;
	OriginSetRaw(d->batch, origin, text, len, len);
	return origin;
}

static void
RejectRepeated(XmlDecoder *d, XmlColumn *c, xmlNodePtr node)
{
	const char *column = c->converter.column;

	BatchForget(d->batch, EVERY_COLUMN);
	BatchReject(d->batch, OriginOfRecord(d, node), column, "type",
				ERRCODE_CARDINALITY_VIOLATION,
				psprintf("column \"%s\": element occurs %d times in the record", column, c->count));
}

static void
PutText(XmlDecoder *d, XmlColumn *c, Datum *value, bool *isnull)
{
	const char *text = c->text;
	size_t		len = c->len;

	if (c->count == 0 || c->isnull)
		return;
	if (c->is_array)
	{
		char	   *closed = psprintf("%s}", text);

		*isnull = false;
		BatchDefer(d->batch, &c->converter, closed, len + 1);
		pfree(closed);
	}
	else if (!ConvertText(&c->converter, d->batch, text, len, value, isnull))
		BatchDefer(d->batch, &c->converter, text, len);
}

/* False: the column has several values, and the record is a reject. */
static bool
PutColumn(XmlDecoder *d, XmlColumn *c, xmlNodePtr node, Datum *value, bool *isnull)
{
	switch (c->kind)
	{
		case XML_COLUMN_LINE:
			*isnull = false;
			*value = LineDatum(c->converter.type, LineOf(d, node));
			break;
		case XML_COLUMN_ARRIVAL:
			*isnull = false;
			*value = Int64GetDatum(ArrivalOf(d));
			break;
		case XML_COLUMN_PARAM:
		case XML_COLUMN_VALUE:
			if (c->count > 1 && !c->is_array)
			{
				RejectRepeated(d, c, node);
				return false;
			}
			PutText(d, c, value, isnull);
			break;
	}
	if (c->converter.checks_null && *isnull)
		BatchDefer(d->batch, &c->converter, NULL, 0);
	return true;
}

static void
MakeRow(XmlDecoder *d, xmlNodePtr node)
{
	RowBatch   *batch = d->batch;
	size_t		at = (size_t) batch->nrows * batch->desc->natts;

	memset(batch->isnull + at, true, batch->desc->natts);
	for (int i = 0; i < d->tree->ncolumns; i++)
	{
		XmlColumn  *c = &d->tree->columns[i];
		size_t		to = at + c->converter.attindex;

		if (!PutColumn(d, c, node, &batch->values[to], &batch->isnull[to]))
			return;
	}
	BatchFinishRow(batch, d->records, BatchRowWaits(batch) ? OriginOfRecord(d, node) : NULL);
}

static void
KeepRecord(XmlDecoder *d, xmlNodePtr node)
{
	size_t		len;
	const char *text;

	XmlDeclareNamespaces(node);
	text = XmlReaderMarkup(d->reader, node, &len);
	XmlUnknownKeep(&d->tracking, text, len);
}

static void
TakeRecord(XmlDecoder *d, XmlStep *step)
{
	xmlNodePtr	node = XmlReaderExpand(d->reader);

	for (int i = 0; i <= d->level; i++)
		d->frames[i].has_records = true;
	d->records++;
	d->arrival = 0;
	XmlStepForget(step);
	d->tracking.record++;
	XmlTakeElement(d->reader, step, node);
	MakeRow(d, node);
	if (d->tracking.is_fresh)
		KeepRecord(d, node);
}

/* ---- the way to the records ---- */

static bool
HasColumns(const XmlStep *step)
{
	bool		found = step->ncolumns > 0;

	for (int i = 0; !found && i < step->nsteps; i++)
		found = HasColumns(step->steps[i]);
	return found;
}

/* An element beside the way: its values are those of the records that follow. */
static void
TakeBeside(XmlDecoder *d, XmlFrame *frame, XmlStep *step)
{
	if (frame->has_records)
		XmlReaderFail(d->node,
					  psprintf("page has element \"%s\" after the records that its values belong to",
							   (const char *) d->node->name));
	XmlTakeElement(d->reader, step, XmlReaderExpand(d->reader));
	XmlKeepValues(step);
}

static char *
MissingText(const XmlStep *above, const XmlStep *step)
{
	if (above->name.local == NULL)
		return psprintf("page has no root element \"%s\" on the path to the records",
						step->name.local);
	return psprintf("page has no element \"%s\" in \"%s\" on the path to the records",
					step->name.local, above->name.local);
}

static XmlStep *
NextOnWay(const XmlStep *step)
{
	for (int i = 0; i < step->nsteps; i++)
		if (step->steps[i]->on_way)
			return step->steps[i];
	return NULL;
}

/* An element on the way has ended, or the document has: the next step must have been there. */
static void
Leave(XmlDecoder *d, xmlNodePtr node)
{
	XmlFrame   *frame = &d->frames[d->level--];
	XmlStep    *next = NextOnWay(frame->step);

	if (frame->found == 0 && !d->optional && !next->repeats && !frame->step->repeats)
		XmlReaderFail(node, MissingText(frame->step, next));
}

static void
Enter(XmlDecoder *d, XmlStep *step)
{
	if (d->level + 1 == MAX_LEVELS)
		XmlReaderFail(d->node, pstrdup("page is nested too deeply"));
	XmlStepForget(step);
	XmlTakeAttributes(d->reader, step, d->node);
	for (int i = 0; i < step->nsteps; i++)
		if (step->steps[i]->is_attribute)
			XmlKeepValues(step->steps[i]);
	d->frames[++d->level] = (XmlFrame) {step};
	if (XmlReaderIsEmpty(d->reader))
		Leave(d, d->node);
}

/* An element in the innermost one that is open. True: the reader must pass over what is in it. */
static bool
TakeStart(XmlDecoder *d)
{
	XmlFrame   *frame = &d->frames[d->level];
	XmlStep    *step = XmlStepBelow(frame->step, d->node);

	if (step == NULL)
		return true;
	if (!step->on_way)
	{
		if (HasColumns(step))
			TakeBeside(d, frame, step);
		return true;
	}
	if (frame->found++ > 0 && !step->repeats)
		XmlReaderFail(d->node,
					  psprintf("element \"%s\" on the path to the records occurs more than once; "
							   "write [*] after it to read all of them", step->name.local));
	if (step->is_record)
	{
		TakeRecord(d, step);
		return true;
	}
	Enter(d, step);
	return false;
}

static void
Begin(XmlDecoder *d)
{
	d->began = true;
	d->level = 0;
	d->frames[0] = (XmlFrame) {d->tree->root};
	d->node = XmlReaderNext(d->reader);
}

/* One node. */
static void
Step(XmlDecoder *d)
{
	bool		skip = false;

	if (d->node->type == XML_ELEMENT_NODE)
	{
		if (!XmlReaderAtEnd(d->reader))
			skip = TakeStart(d);
		else
			Leave(d, d->node);
	}
	d->node = skip ? XmlReaderSkip(d->reader) : XmlReaderNext(d->reader);
}

/* A page that is one record: its name is none of today's when the definition was changed. */
static void
FillRecord(XmlDecoder *d)
{
	XmlStep    *record = d->tree->record;
	XmlStep		above = {.nsteps = 1, .steps = &record};

	d->ended = true;
	d->node = XmlReaderNext(d->reader);
	if (d->node == NULL || XmlStepBelow(&above, d->node) == NULL)
		XmlReaderFail(d->node, psprintf("record is not an element \"%s\"", record->name.local));
	d->level = 0;
	d->frames[0] = (XmlFrame) {d->tree->root};
	TakeRecord(d, record);
	while (XmlReaderSkip(d->reader) != NULL)
		;
}

static void
FillRows(XmlDecoder *d)
{
	if (d->alone)
	{
		FillRecord(d);
		return;
	}
	if (!d->began)
		Begin(d);
	while (d->node != NULL && !BatchIsFull(d->batch))
	{
		CHECK_FOR_INTERRUPTS();
		Step(d);
	}
	d->ended = d->node == NULL;
	if (d->ended && d->frames[0].found == 0 && !d->optional)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_BAD_PAGE),
				 errmsg("%s", MissingText(d->tree->root, NextOnWay(d->tree->root)))));
}

/* ---- decode.h ---- */

XmlDecoder *
XmlDecoderCreate(const DecodeSpec *spec, size_t record_memory)
{
	XmlDecoder *d = palloc0(sizeof(XmlDecoder));

	d->tree = XmlTreeCreate(spec);
	d->optional = spec->records_optional;
	d->reader = XmlReaderCreate(record_memory);
	d->ended = true;
	d->tracking.cxt = CurrentMemoryContext;
	return d;
}

static void
SetParams(XmlDecoder *d, const char **param_values)
{
	for (int i = 0; i < d->tree->ncolumns; i++)
	{
		XmlColumn  *c = &d->tree->columns[i];
		const char *given = param_values ? param_values[c->converter.attindex] : NULL;

		c->present = c->kind != XML_COLUMN_VALUE;
		c->count = 0;
		if (c->kind != XML_COLUMN_PARAM)
			continue;
		c->text = given ? given : c->constant;
		c->count = c->text != NULL;
		c->isnull = false;
		c->len = c->count ? strlen(c->text) : 0;
	}
}

void
XmlDecoderOpen(XmlDecoder *d, ByteSource *source, const char **param_values)
{
	d->began = d->ended = d->alone = false;
	d->records = 0;
	SetParams(d, param_values);
	XmlReaderOpen(d->reader, source);
}

void
XmlDecoderOpenRecord(XmlDecoder *d, const char *raw, const RejectContext *context,
					 const char **param_values)
{
	XmlDecoderOpen(d, MemoryByteSource(raw, strlen(raw)), param_values);
	d->alone = true;
	d->context = context;
	XmlTakeOutside(d->tree, context->ancestors);
}

bool
XmlDecoderFill(XmlDecoder *d, RowBatch *batch)
{
	MemoryContext old = MemoryContextSwitchTo(batch->cxt);

	d->batch = batch;
	if (!d->ended)
		FillRows(d);
	BatchResolve(batch);
	MemoryContextSwitchTo(old);
	return !d->ended;
}

void
XmlDecoderBegin(XmlDecoder *d)
{
	for (int i = 0; i < d->tree->ncolumns; i++)
		ConverterRestart(&d->tree->columns[i].converter);
}

int64
XmlDecoderRecords(XmlDecoder *d)
{
	return d->records;
}

void
XmlDecoderMarkPresent(XmlDecoder *d, bool *present)
{
	for (int i = 0; i < d->tree->ncolumns; i++)
		present[d->tree->columns[i].converter.attindex] |= d->tree->columns[i].present;
}

void
XmlDecoderTrackUnknown(XmlDecoder *d)
{
	XmlUnknownBegin(d->tree, &d->tracking);
}

void
XmlDecoderTakeUnknown(XmlDecoder *d, UnknownSink sink, void *state)
{
	XmlUnknownTake(d->tree, sink, state);
}

List *
XmlDecoderUnknownSamples(XmlDecoder *d)
{
	List	   *samples = d->tracking.samples;

	d->tracking.samples = NIL;
	return samples;
}

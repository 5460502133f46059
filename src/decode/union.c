/*
 * union.c
 *	  Decode records at several paths of a page, with one decoder for each path.
 */
#include "base/compat.h"
#include "decode/union.h"

#include "decode/decoder.h"

struct UnionDecoder
{
	int			nparts;
	Decoder   **parts;
	int			at;				/* the part that reads the page now */
	bool		alone;			/* and no other: the page is a record of its list */
	struct LineSet *bad_lines;	/* told by one part already */
	ByteSource *source;
	const char **param_values;
};

static List *
PathsOfOthers(List *records, int part)
{
	List	   *paths = NIL;

	for (int i = 0; i < list_length(records); i++)
	{
		if (i != part)
			paths = lappend(paths, RecordsPathRead(list_nth(records, i)));
	}
	return paths;
}

UnionDecoder *
UnionCreate(const DecodeSpec *spec, List *records)
{
	UnionDecoder *u = palloc0(sizeof(UnionDecoder));
	ListCell   *lc;

	u->parts = palloc(sizeof(Decoder *) * list_length(records));
	u->bad_lines = LineSetCreate();
	foreach(lc, records)
	{
		DecodeSpec	part = *spec;

		part.records = lfirst(lc);
		u->parts[u->nparts++] = DecoderCreate(&part);
	}
	for (int i = 0; i < u->nparts; i++)
	{
		u->parts[i]->bad_lines = u->bad_lines;
		u->parts[i]->others = PathsOfOthers(records, i);
	}
	return u;
}

void
UnionBegin(UnionDecoder *u)
{
	for (int i = 0; i < u->nparts; i++)
		DecoderBegin(u->parts[i]);
}

void
UnionOpen(UnionDecoder *u, ByteSource *source, const char **param_values)
{
	u->at = 0;
	u->alone = false;
	LineSetClear(u->bad_lines);
	u->source = source;
	u->param_values = param_values;
	DecoderOpen(u->parts[0], source, param_values);
}

/* Its list alone is read. */
bool
UnionOpenRecord(UnionDecoder *u, const char *raw, const RejectContext *context,
				const char **param_values)
{
	for (u->at = 0; u->at < u->nparts; u->at++)
		if (context->list != NULL && DecoderOpenReject(u->parts[u->at], REJECT_RECORD, raw, context,
													   param_values))
		{
			u->alone = true;
			return true;
		}
	return false;
}

/* The next part counts on: a record's number says which of the page it is. */
static void
OpenNext(UnionDecoder *u)
{
	int64		records = UnionRecords(u);

	u->source->rewind(u->source->state);
	u->at++;
	DecoderOpen(u->parts[u->at], u->source, u->param_values);
	u->parts[u->at]->records = records;
}

/* A batch never holds rows of two parts, so that each part may finish its own. */
bool
UnionFill(UnionDecoder *u, RowBatch *batch)
{
	for (;;)
	{
		if (DecoderFill(u->parts[u->at], batch))
			return true;
		if (u->alone || u->at + 1 == u->nparts)
			return false;
		OpenNext(u);
		if (batch->nrows > 0 || batch->rejects != NIL)
			return true;
	}
}

int64
UnionRecords(UnionDecoder *u)
{
	return DecoderRecords(u->parts[u->at]);
}

void
UnionMarkPresent(UnionDecoder *u, bool *present)
{
	for (int i = 0; i <= u->at; i++)
		DecoderMarkPresent(u->parts[i], present);
}

void
UnionTrackUnknown(UnionDecoder *u)
{
	for (int i = 0; i < u->nparts; i++)
		DecoderTrackUnknown(u->parts[i]);
}

void
UnionTakeUnknown(UnionDecoder *u, UnknownSink sink, void *state)
{
	for (int i = 0; i < u->nparts; i++)
		DecoderTakeUnknown(u->parts[i], sink, state);
}

List *
UnionUnknownSamples(UnionDecoder *u)
{
	List	   *samples = NIL;

	for (int i = 0; i < u->nparts; i++)
		samples = list_concat(samples, DecoderUnknownSamples(u->parts[i]));
	return samples;
}

const char *
UnionSample(UnionDecoder *u)
{
	for (int i = 0; i < u->nparts; i++)
		if (DecoderSample(u->parts[i]) != NULL)
			return DecoderSample(u->parts[i]);
	return NULL;
}

void
UnionForgetSample(UnionDecoder *u)
{
	for (int i = 0; i < u->nparts; i++)
		DecoderForgetSample(u->parts[i]);
}

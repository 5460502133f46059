/*
 * presence.c
 *	  Detect which columns are present in a page.
 *
 * Each path node has the stamp of the object in which it was last seen. Stamps increase, so a
 * stamp of this page is greater than those of all pages before it.
 */
#include "postgres.h"

#include "decode/csv_decoder.h"
#include "decode/decoder.h"
#include "decode/event.h"
#include "decode/parquet_decoder.h"
#include "decode/union.h"
#include "decode/xml_decoder.h"
#include "mb/pg_wchar.h"

#define SAMPLE_LIMIT 8192		/* bytes */

static void
ForgetPresence(PathNode *node)
{
	node->present = node->was_null = false;
	for (int i = 0; i < node->nmembers; i++)
		ForgetPresence(node->members[i]);
	for (int i = 0; i < node->nelements; i++)
		ForgetPresence(node->elements[i]);
}

void
PresenceBegin(Decoder *d)
{
	d->opened = d->stamp;
	for (int level = 0; level <= d->tree->nsteps; level++)
		if (d->tree->roots[level] != NULL)
			ForgetPresence(d->tree->roots[level]);
}

/* Columns of the decoder that owns them; NULL: of that whose tree it is. */
static void
MarkColumns(PathColumn **columns, int n, const Decoder *owner, bool *present)
{
	for (int i = 0; i < n; i++)
		if (columns[i]->owner == owner)
			present[columns[i]->converter.attindex] = true;
}

/* here: it was seen. A null is there, and all that may be below it is null. */
static void
MarkNode(const Decoder *d, const PathNode *node, bool here, const Decoder *owner, bool *present)
{
	if (here)
	{
		MarkColumns(node->columns, node->ncolumns, owner, present);
		MarkColumns(node->zipped, node->nzipped, owner, present);
	}
	for (int i = 0; i < node->nmembers + node->nelements; i++)
	{
		const PathNode *below = i < node->nmembers ? node->members[i]
			: node->elements[i - node->nmembers];

		MarkNode(d, below, (here && node->was_null) || below->present ||
				 below->stamp > d->opened, owner, present);
	}
}

static void
MarkParams(const Decoder *d, bool *present)
{
	const PathTree *tree = d->tree;

	for (int i = 0; i < tree->ncolumns; i++)
		if (tree->columns[i].is_param)
			present[tree->columns[i].converter.attindex] = true;
	if (d->events != NULL)
		EventMarkPresent(d->events, present);
	if (tree->line_attindex >= 0)
		present[tree->line_attindex] = true;
	if (tree->arrival_attindex >= 0)
		present[tree->arrival_attindex] = true;
	if (tree->index_attindex >= 0)
		present[tree->index_attindex] = true;
}

static void
MarkTree(const Decoder *d, const Decoder *owner, bool *present)
{
	for (int level = 0; level <= d->tree->nsteps; level++)
		if (d->tree->roots[level] != NULL)
			MarkNode(d, d->tree->roots[level], true, owner, present);
}

void
DecoderMarkPresent(Decoder *d, bool *present)
{
	if (d->csv != NULL)
	{
		CsvDecoderMarkPresent(d->csv, present);
		return;
	}
	if (d->xml != NULL)
	{
		XmlDecoderMarkPresent(d->xml, present);
		return;
	}
	if (d->parquet != NULL)
	{
		ParquetDecoderMarkPresent(d->parquet, present);
		return;
	}
	if (d->parts != NULL)
	{
		UnionMarkPresent(d->parts, present);
		return;
	}
	MarkParams(d, present);
	if (d->records == 0)
		return;
	MarkTree(d, NULL, present);
	for (const Decoder *host = d->host; host != NULL; host = host->host)
		MarkTree(host, d, present);
}

/* Of an event the row. */
char *
RecordExcerpt(Decoder *d)
{
	const JsonValue *row = d->events != NULL ? EventRowValue(d->events) : NULL;
	RowOrigin	origin = {0};
	const char *raw;
	char	   *text;
	int			len;

	if (row == NULL)
		raw = OriginOfRecord(d)->raw;
	else
	{
		OriginSetRaw(d->batch, &origin, row->text, row->len, row->len);
		raw = origin.raw;
	}
	len = pg_mbcliplen(raw, strlen(raw), SAMPLE_LIMIT);
	text = MemoryContextAlloc(d->cxt, len + 1);
	memcpy(text, raw, len);
	text[len] = '\0';
	return text;
}

void
KeepSample(Decoder *d)
{
	d->sample = RecordExcerpt(d);
}

const char *
DecoderSample(Decoder *d)
{
	return d->parts != NULL ? UnionSample(d->parts) : d->sample;
}

void
DecoderForgetSample(Decoder *d)
{
	if (d->parts != NULL)
		UnionForgetSample(d->parts);
	if (d->sample != NULL)
		pfree(d->sample);
	d->sample = NULL;
}

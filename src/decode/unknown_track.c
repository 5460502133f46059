/*
 * unknown_track.c
 *	  Track members that no column reads.
 */
#include "postgres.h"

#include "decode/csv_decoder.h"
#include "decode/decoder.h"
#include "decode/event.h"
#include "decode/header_row.h"
#include "decode/parquet_decoder.h"
#include "decode/union.h"
#include "decode/unknown_track.h"
#include "decode/xml_decoder.h"
#include "utils/memutils.h"

/* What a column takes as a whole is not unknown. */
static void
TrackNode(Decoder *d, PathNode *node)
{
	if (node->wants_json)
		return;
	if (node->nmembers > 0 && node->unknown == NULL)
		node->unknown = MemoryContextAllocZero(d->cxt, sizeof(UnknownMembers));
	for (int i = 0; node->unknown != NULL && i < node->unknown->n; i++)
		node->unknown->members[i].samples = 0;
	for (int i = 0; i < node->nmembers; i++)
		TrackNode(d, node->members[i]);
}

/* What members are those of: the record, or the row of an event. */
static PathNode *
TrackedNode(const Decoder *d)
{
	return d->events != NULL ? EventRowNode(d->events) : d->tree->roots[d->tree->nsteps];
}

void
DecoderTrackUnknown(Decoder *d)
{
	PathNode   *root;

	if (d->parts != NULL)
		UnionTrackUnknown(d->parts);
	if (d->xml != NULL)
		XmlDecoderTrackUnknown(d->xml);
	if (d->tree == NULL || d->csv != NULL || d->xml != NULL || d->parts != NULL || d->header != NULL)
		return;
	root = TrackedNode(d);
	if (root != NULL && !RecordIsMember(d))
		TrackNode(d, root);
}

static UnknownMember *
Find(UnknownMembers *unknown, const char *name, size_t len)
{
	for (int i = 0; i < unknown->n; i++)
		if (unknown->members[i].len == len && memcmp(unknown->members[i].name, name, len) == 0)
		{
			unknown->hint = i + 1;
			return &unknown->members[i];
		}
	return NULL;
}

static UnknownMember *
Add(Decoder *d, UnknownMembers *unknown, const char *name, size_t len)
{
	UnknownMember *member = &unknown->members[unknown->n];

	member->name = MemoryContextAlloc(d->cxt, len + 1);
	memcpy(member->name, name, len);
	member->name[len] = '\0';
	member->len = len;
	unknown->hint = ++unknown->n;
	return member;
}

void
UnknownNote(Decoder *d, PathNode *node, const char *name, size_t len)
{
	UnknownMembers *unknown = node->unknown;
	UnknownMember *member;

	if (unknown == NULL)
		return;
	member = Find(unknown, name, len);
	if (member == NULL && unknown->n == UNKNOWN_MEMBERS)
	{
		unknown->others++;
		return;
	}
	if (member == NULL)
		member = Add(d, unknown, name, len);
	member->count++;
	if (member->count > UNKNOWN_FIRST || member->samples == UNKNOWN_SAMPLES)
		return;
	member->samples++;
	d->unknown_is_fresh = true;
}

void
UnknownKeepRecord(Decoder *d)
{
	char	   *text;
	MemoryContext old;

	d->unknown_is_fresh = false;
	if (list_length(d->unknown_samples) >= UNKNOWN_SAMPLES)
		return;
	text = RecordExcerpt(d);
	old = MemoryContextSwitchTo(d->cxt);
	d->unknown_samples = lappend(d->unknown_samples, text);
	MemoryContextSwitchTo(old);
}

/* ---- results ---- */

static void
TakeNode(PathNode *node, const char *before, UnknownSink sink, void *state)
{
	UnknownMembers *unknown = node->unknown;

	if (unknown == NULL)
		return;
	for (int i = 0; i < unknown->n; i++)
	{
		UnknownMember *member = &unknown->members[i];

		if (member->count > 0)
			sink(state, psprintf("%s%s", before, PathStepText(member->name)), member->count);
		member->count = 0;
	}
	if (unknown->others > 0)
		sink(state, NULL, unknown->others);
	unknown->others = 0;
	for (int i = 0; i < node->nmembers; i++)
		TakeNode(node->members[i], psprintf("%s%s.", before, PathStepText(node->members[i]->name)),
				 sink, state);
}

void
DecoderTakeUnknown(Decoder *d, UnknownSink sink, void *state)
{
	if (d->parts != NULL)
		UnionTakeUnknown(d->parts, sink, state);
	if (d->csv != NULL)
		CsvDecoderTakeUnknown(d->csv, sink, state);
	if (d->xml != NULL)
		XmlDecoderTakeUnknown(d->xml, sink, state);
	if (d->parquet != NULL)
		ParquetDecoderTakeUnknown(d->parquet, sink, state);
	if (d->header != NULL)
		HeaderRowTakeUnknown(d, sink, state);
	if (d->tree == NULL || d->parts != NULL || d->csv != NULL || d->xml != NULL)
		return;
	if (TrackedNode(d) != NULL)
		TakeNode(TrackedNode(d), "", sink, state);
}

List *
DecoderUnknownSamples(Decoder *d)
{
	List	   *samples = d->unknown_samples;

	if (d->parts != NULL)
		return UnionUnknownSamples(d->parts);
	if (d->xml != NULL)
		return XmlDecoderUnknownSamples(d->xml);
	d->unknown_samples = NIL;
	return samples;
}

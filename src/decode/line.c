/*
 * line.c
 *	  Decode pages of JSON lines: a line is decoded as a whole or rejected.
 *
 * The rows of an invalid line are removed from the batch, and the line becomes one reject. So
 * its rows have to stay in one batch, which is extended for them. A line that is too long is
 * returned in parts, and the page fails if it turns out to be invalid.
 */
#include "postgres.h"

#include "decode/decoder.h"

/* Sorted, for decoders of several lists go through the same lines one after another. */
typedef struct LineSet
{
	int64	   *offsets;
	int			count;
	int			size;
} LineSet;

LineSet *
LineSetCreate(void)
{
	LineSet    *set = palloc0(sizeof(LineSet));

	set->size = 16;
	set->offsets = palloc(set->size * sizeof(int64));
	return set;
}

void
LineSetClear(LineSet *set)
{
	set->count = 0;
}

/* False: it is in there already. */
static bool
LineSetAdd(LineSet *set, int64 offset)
{
	int			at = set->count;

	while (at > 0 && set->offsets[at - 1] > offset)
		at--;
	if (at > 0 && set->offsets[at - 1] == offset)
		return false;
	if (set->count == set->size)
	{
		set->size *= 2;
		set->offsets = repalloc_huge(set->offsets, set->size * sizeof(int64));
	}
	memmove(set->offsets + at + 1, set->offsets + at, (set->count - at) * sizeof(int64));
	set->offsets[at] = offset;
	set->count++;
	return true;
}

void
BeginLine(Decoder *d)
{
	d->records_before = d->records;
	d->parents_before = d->parents;
	d->line_offset = JsonTokenOffset(d->reader);
	if (d->tree->line_attindex >= 0)
		d->line_number = d->given_line ? d->given_line : JsonLine(d->reader);
	d->line_start = BatchPlaceOf(d->batch);
	d->line_split = false;
	JsonHeadStart(d->reader, JSON_HEAD_LINE, d->batch->raw_limit + 4);
}

bool
LineStaysTogether(Decoder *d)
{
	return d->framing == DECODE_LINES && d->level > 0 && !d->line_split &&
		JsonOffset(d->page) - d->line_offset <= (int64) d->record_memory &&
		BatchExtend(d->batch, d->record_memory);
}

static void
ForgetFaults(Decoder *d)
{
	for (int i = 0; i < d->tree->ncolumns; i++)
		if (!d->tree->columns[i].shared)
			d->tree->columns[i].faulty = false;
}

/* What is wrong with the line, for a message. */
static char *
LineFault(Decoder *d, const JsonFault *fault)
{
	if (d->line_fault != NULL)
		return pstrdup(d->line_fault);
	return psprintf("line is not valid JSON: %s at byte " INT64_FORMAT, fault->what, fault->offset);
}

/* What a line counts for that the decoder of the parent has rejected: one record, of that alone. */
static int64
ParentsInBadLine(const Decoder *d)
{
	return d->tree->parent_level >= 0 && d->tree->grandparent_level < 0 ? 1 : 0;
}

bool
RejectLine(Decoder *d)
{
	JsonFault	fault = {0};
	char	   *message;

	if (d->line_fault == NULL)
		JsonGetFault(d->reader, &fault);
	if (d->line_split || fault.memory)
		return FailReader(d);
	message = LineFault(d, &fault);
	d->line_fault = NULL;
	BatchSetBack(d->batch, &d->line_start);
	ForgetFaults(d);
	JsonSkipLine(d->page);
	d->page->tainted = -1;
	d->records = d->records_before;
	d->parents = d->parents_before + ParentsInBadLine(d);
	if (d->bad_lines != NULL && !LineSetAdd(d->bad_lines, d->line_offset))
		return true;
	d->records++;
	RejectRecord(d, OriginOfLine(d), NULL, "parse", ERRCODE_INVALID_TEXT_REPRESENTATION, message);
	return true;
}

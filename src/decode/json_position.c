/*
 * json_position.c
 *	  Marks, positions and faults of a JSON reader.
 */
#include "postgres.h"

#include "decode/json_private.h"
#include "decode/json_scan.h"

int64
JsonMark(JsonReader *reader)
{
	return JsonWindowMark(&Private(reader)->w);
}

const char *
JsonMarked(JsonReader *reader, int64 mark, size_t *len)
{
	return JsonWindowMarked(&Private(reader)->w, mark, len);
}

void
JsonHeadStart(JsonReader *reader, JsonHeadKind kind, size_t limit)
{
	JsonWindowHead(&Private(reader)->w, kind, limit);
}

const char *
JsonHead(JsonReader *reader, JsonHeadKind kind, size_t *len, int64 *full_len)
{
	return JsonWindowHeadText(&Private(reader)->w, kind, len, full_len);
}

int64
JsonOffset(JsonReader *reader)
{
	return JsonOffsetOf(&Private(reader)->w, Private(reader)->w.cur);
}

int64
JsonTokenOffset(JsonReader *reader)
{
	JsonWindow *w = &Private(reader)->w;

	return JsonOffsetOf(w, w->tok ? w->tok : w->cur);
}

int64
JsonLine(JsonReader *reader)
{
	JsonWindow *w = &Private(reader)->w;

	JsonWindowForget(w);
	return w->base_line + CountNewlines(w->start, w->cur);
}

int
JsonDepth(JsonReader *reader)
{
	return Private(reader)->depth;
}

void
JsonGetFault(JsonReader *reader, JsonFault *fault)
{
	Reader	   *r = Private(reader);

	fault->memory = r->w.too_large;
	fault->truncated = r->truncated;
	fault->at_start = r->at_start;
	fault->offset = JsonOffset(reader);
	fault->line = JsonLine(reader);
	strlcpy(fault->what, r->what, sizeof(fault->what));
	JsonWindowExcerpt(&r->w, fault->excerpt, sizeof(fault->excerpt));
}

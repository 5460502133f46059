/*
 * walk_defer.c
 *	  Keep the value that contains the records as text, and replay it when all anchored values
 *	  are known.
 */
#include "postgres.h"

#include "decode/walk_private.h"

bool
Defer(Decoder *d, Frame *frame, JsonToken token)
{
	JsonValue	value = {token};
	int64		mark;

	if (token == JSON_NULL)
		return true;			/* null has no records */
	frame->offset = JsonTokenOffset(d->reader);
	frame->line = JsonLine(d->reader);
	if (IsContainer(token))
	{
		mark = JsonMark(d->reader);
		if (JsonSkipRest(d->reader) == JSON_ERROR)
			return false;
		value.text = JsonMarked(d->reader, mark, &value.len);
	}
	else
		value = ValueOfToken(d->reader, token);
	if (value.len > d->record_memory)
		return FailMemory(d);
	/* what is wrong in there is for the replay to find */
	ForgetTaint(d);
	KeepValue(d, &frame->deferred, &value);
	return !d->failed;
}

static bool
DeferredNext(void *state, const char **data, size_t *len)
{
	Frame	   *frame = state;

	if (frame->given)
		return false;
	frame->given = true;
	*data = frame->deferred.text;
	*len = frame->deferred.len;
	return true;
}

void
StartReplay(Decoder *d, Frame *frame)
{
	if (frame->replay == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(d->cxt);

		frame->replay = JsonReaderCreate(d->record_memory, d->max_depth);
		frame->source.next = DeferredNext;
		frame->source.state = frame;
		MemoryContextSwitchTo(old);
	}
	frame->given = false;
	frame->deferred.seen = false;
	JsonReaderOpen(frame->replay, &frame->source, JSON_ONE);
	JsonReaderMoveTo(frame->replay, frame->offset, frame->line);
	frame->outer = d->reader;
	d->reader = frame->replay;
}

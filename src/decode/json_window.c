/*
 * json_window.c
 *	  The contiguous input buffer of the JSON reader.
 *
 * The window is the chunk itself unless a kept part crosses its end. Then the kept part is moved
 * to the front of a buffer, and up to REFILL_BYTES of the next chunk are appended. Kept are the
 * current token (tok), unless it is skipped, and everything since the outermost mark. JsonRefill
 * updates these pointers; other pointers into the window become invalid.
 */
#include "postgres.h"

#include "decode/json_scan.h"
#include "decode/json_string.h"
#include "decode/json_window.h"

#define REFILL_BYTES	65536

void
JsonWindowOpen(JsonWindow *w, ByteSource *source)
{
	w->source = source;
	w->cur = w->end = w->start = "";
	w->tok = w->mark = NULL;
	w->marks = 0;
	w->base_offset = 0;
	w->base_line = 1;
	w->too_large = false;
	w->rest = NULL;
	w->rest_len = 0;
	w->at_end = false;
	for (int i = 0; i < JSON_HEADS; i++)
		w->heads[i].limit = w->heads[i].len = 0;
	w->tail_len = 0;
}

/* Copy what is about to leave the window into the head, as far as it is wanted. */
static void
SaveHead(WindowHead *head, const char *until)
{
	size_t		n;

	if (head->limit == 0 || head->from >= until)
		return;
	n = Min(until - head->from, head->limit - head->len);
	if (n > 0)
		memcpy(head->text + head->len, head->from, n);
	head->len += n;
	head->from = until;
}

/* Remember the last bytes before until: a fault may want to show them. */
static void
SaveTail(JsonWindow *w, const char *until)
{
	size_t		n = until - w->start;

	if (n >= CONTEXT_BYTES)
	{
		memcpy(w->tail, until - CONTEXT_BYTES, CONTEXT_BYTES);
		w->tail_len = CONTEXT_BYTES;
		return;
	}
	if (w->tail_len + n > CONTEXT_BYTES)
	{
		int			drop = w->tail_len + n - CONTEXT_BYTES;

		memmove(w->tail, w->tail + drop, w->tail_len - drop);
		w->tail_len -= drop;
	}
	if (n > 0)
		memcpy(w->tail + w->tail_len, w->start, n);
	w->tail_len += n;
}

/* Let go of the bytes before keep. */
static void
Discard(JsonWindow *w, const char *keep)
{
	if (keep == w->start)
		return;
	for (int i = 0; i < JSON_HEADS; i++)
		SaveHead(&w->heads[i], keep);
	SaveTail(w, keep);
	w->base_line += CountNewlines(w->start, keep);
	w->base_offset += keep - w->start;
	w->start = keep;
}

static void
Relocate(JsonWindow *w, const char *to)
{
	const char *from = w->start;

	w->cur = to + (w->cur - from);
	w->end = to + (w->end - from);
	if (w->tok)
		w->tok = to + (w->tok - from);
	if (w->mark)
		w->mark = to + (w->mark - from);
	for (int i = 0; i < JSON_HEADS; i++)
	{
		if (w->heads[i].limit > 0)
			w->heads[i].from = to + (w->heads[i].from - from);
	}
	w->start = to;
}

/* Make room for more bytes behind those that are kept; they move to buf. */
static void
MakeRoom(JsonWindow *w, size_t more)
{
	size_t		kept = w->end - w->start;
	bool		in_buf = w->buf != NULL && w->start >= w->buf &&
		w->start <= w->buf + w->buf_size;

	if (in_buf && (size_t) (w->buf + w->buf_size - w->end) >= more)
		return;
	if (kept + more > w->buf_size)
	{
		size_t		size = Max(2 * kept + more, 8192);
		char	   *buf = MemoryContextAllocHuge(w->cxt, size);

		if (kept > 0)
			memcpy(buf, w->start, kept);
		if (w->buf)
			pfree(w->buf);
		w->buf = buf;
		w->buf_size = size;
	}
	else if (kept > 0)
		memmove(w->buf, w->start, kept);
	Relocate(w, w->buf);
}

static const char *
FirstKept(const JsonWindow *w)
{
	return w->mark ? w->mark : w->tok ? w->tok : w->cur;
}

void
JsonWindowForget(JsonWindow *w)
{
	if (w->start != NULL)
		Discard(w, FirstKept(w));
}

bool
JsonRefill(JsonWindow *w)
{
	const char *keep = FirstKept(w);
	size_t		n;

	if ((size_t) (w->end - keep) > w->memory)
	{
		w->too_large = true;
		return false;
	}
	Discard(w, keep);
	if (w->rest_len == 0)
	{
		/* the old chunk goes away: whatever is kept must be in buf before the next call */
		if (w->end > w->start)
			MakeRoom(w, 1);
		do
		{
			if (w->at_end || !w->source->next(w->source->state, &w->rest, &w->rest_len))
			{
				w->at_end = true;
				w->rest_len = 0;
				return false;
			}
		} while (w->rest_len == 0);
	}
	if (w->end == w->start)
	{
		Relocate(w, w->rest);
		w->end = w->rest + w->rest_len;
		w->rest_len = 0;
		return true;
	}
	n = Min(w->rest_len, REFILL_BYTES);
	MakeRoom(w, n);
	memcpy(unconstify(char *, w->end), w->rest, n);
	w->end += n;
	w->rest += n;
	w->rest_len -= n;
	return true;
}

int64
JsonWindowMark(JsonWindow *w)
{
	if (w->marks++ == 0)
		w->mark = w->tok;
	return JsonOffsetOf(w, w->tok);
}

const char *
JsonWindowMarked(JsonWindow *w, int64 mark, size_t *len)
{
	const char *start = w->start + (mark - w->base_offset);

	if (--w->marks == 0)
	{
		/* the text must outlive the mark until the next token */
		w->tok = w->mark;
		w->mark = NULL;
	}
	*len = w->cur - start;
	return start;
}

void
JsonWindowHead(JsonWindow *w, JsonHeadKind kind, size_t limit)
{
	WindowHead *head = &w->heads[kind];

	if (head->size < limit)
	{
		head->text = head->text ? repalloc(head->text, limit) : MemoryContextAlloc(w->cxt, limit);
		head->size = limit;
	}
	head->limit = limit;
	head->len = 0;
	head->from = w->tok ? w->tok : w->cur;
	head->offset = JsonOffsetOf(w, head->from);
}

const char *
JsonWindowHeadText(JsonWindow *w, JsonHeadKind kind, size_t *len, int64 *full_len)
{
	WindowHead *head = &w->heads[kind];

	SaveHead(head, w->cur);
	*len = head->len;
	*full_len = JsonOffsetOf(w, w->cur) - head->offset;
	return head->text;
}

/* The bytes around cur as one line of valid UTF-8. */
void
JsonWindowExcerpt(JsonWindow *w, char *out, size_t size)
{
	char		near[2 * CONTEXT_BYTES];
	char		valid[3 * sizeof(near)];
	bool		changed;
	size_t		before = Min(w->cur - w->start, CONTEXT_BYTES);
	size_t		older = Min(CONTEXT_BYTES - before, (size_t) w->tail_len);
	size_t		after;
	size_t		n;

	memcpy(near, w->tail + w->tail_len - older, older);
	memcpy(near + older, w->cur - before, before);
	while (w->end - w->cur < CONTEXT_BYTES && JsonRefill(w))
		;
	after = Min(w->end - w->cur, CONTEXT_BYTES);
	memcpy(near + older + before, w->cur, after);
	n = Utf8Repair(near, older + before + after, valid, &changed);
	n = Utf8Clip(valid, n, size - 1);
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char) valid[i] < ' ' ? ' ' : valid[i];
	out[n] = '\0';
}


/*
 * json_window.h
 *	  The contiguous input buffer of the JSON reader.
 */
#ifndef ELT_DECODE_JSON_WINDOW_H
#define ELT_DECODE_JSON_WINDOW_H

#include "postgres.h"
#include "decode/byte_source.h"
#include "decode/json_reader.h"

#define CONTEXT_BYTES	80		/* shown on each side of a fault */

/* The first bytes of something that may be longer than the window. */
typedef struct WindowHead
{
	char	   *text;
	size_t		size;			/* allocated */
	size_t		limit;			/* 0: not wanted */
	size_t		len;
	int64		offset;			/* where it begins in the page */
	const char *from;			/* part of the window that is not in text yet */
} WindowHead;

typedef struct JsonWindow
{
	const char *cur;			/* next unread byte */
	const char *end;
	const char *start;
	const char *tok;			/* first byte of the token, or NULL while skipping */
	const char *mark;			/* first byte of the outermost mark, or NULL */
	int			marks;
	int64		base_offset;	/* of start in the page */
	int64		base_line;
	size_t		memory;			/* what may be kept */
	bool		too_large;		/* more would have had to be kept */

	MemoryContext cxt;			/* of buf and heads */
	ByteSource *source;
	const char *rest;			/* part of the chunk behind the window */
	size_t		rest_len;
	bool		at_end;			/* the source has no more */
	char	   *buf;
	size_t		buf_size;

	WindowHead	heads[JSON_HEADS];

	char		tail[CONTEXT_BYTES];	/* what stood before the window */
	int			tail_len;
} JsonWindow;

extern void JsonWindowOpen(JsonWindow *w, ByteSource *source);

/*
 * More bytes behind cur; every pointer above may move. False at the end of the text or when
 * what is kept outgrows the memory.
 */
extern bool JsonRefill(JsonWindow *w);

/* Let go of what is not kept, so that what is counted from the window's start is short. */
extern void JsonWindowForget(JsonWindow *w);

extern int64 JsonWindowMark(JsonWindow *w);
extern const char *JsonWindowMarked(JsonWindow *w, int64 mark, size_t *len);
extern void JsonWindowHead(JsonWindow *w, JsonHeadKind kind, size_t limit);
extern const char *JsonWindowHeadText(JsonWindow *w, JsonHeadKind kind, size_t *len,
									  int64 *full_len);

/* The bytes around cur as one line of valid UTF-8. */
extern void JsonWindowExcerpt(JsonWindow *w, char *out, size_t size);

/* Are there n bytes behind cur? */
static inline bool
JsonNeed(JsonWindow *w, int n)
{
	while (w->end - w->cur < n)
	{
		if (!JsonRefill(w))
			return false;
	}
	return true;
}

/* Where a byte of the window stands in the page. */
static inline int64
JsonOffsetOf(JsonWindow *w, const char *p)
{
	return w->base_offset + (p - w->start);
}

#endif

/*
 * json_scalar.c
 *	  Read strings with escapes, and numbers that cross the end of a chunk.
 */
#include "postgres.h"

#include "decode/json_scalar.h"

static inline void
Taint(Reader *r)
{
	if (r->token.tainted < 0)
		r->token.tainted = JsonOffsetOf(&r->w, r->w.cur);
}

static bool
ScanUtf8(Reader *r)
{
	int			n = Utf8Length((unsigned char) *r->w.cur);

	if (n == 0 || !JsonNeed(&r->w, n) || !Utf8Valid(r->w.cur, n))
	{
		if (r->w.too_large)
			return false;
		Taint(r);
		n = 1;
	}
	r->w.cur += n;
	return true;
}

static bool
ScanEscape(Reader *r)
{
	r->token.escaped = true;
	if (!JsonNeed(&r->w, 2))
	{
		r->w.cur = r->w.end;
		return false;
	}
	r->w.cur++;
	if (*r->w.cur != 'u')
	{
		if (strchr("\"\\/bfnrt", *r->w.cur) == NULL || *r->w.cur == '\0')
			return false;
		r->w.cur++;
		return true;
	}
	r->w.cur++;
	for (int i = 0; i < 4; i++)
	{
		if (!JsonNeed(&r->w, 1) || !isxdigit((unsigned char) *r->w.cur))
			return false;
		r->w.cur++;
	}
	return true;
}

bool
JsonScanStringRest(Reader *r)
{
	for (;;)
	{
		r->w.cur = ScanPlain(r->w.cur, r->w.end);
		if (r->w.cur == r->w.end)
		{
			if (!JsonRefill(&r->w))
				return false;
		}
		else if (*r->w.cur == '"')
		{
			r->w.cur++;
			return true;
		}
		else if (*r->w.cur == '\\')
		{
			if (!ScanEscape(r))
				return false;
		}
		else if ((unsigned char) *r->w.cur < ' ')
			return false;
		else if (!ScanUtf8(r))
			return false;
	}
}

bool
JsonGatherNumber(Reader *r)
{
	const char *start = r->w.tok;

	if (start == NULL)
		r->w.tok = r->w.cur;
	for (r->w.cur = r->w.end;;)
	{
		if (r->w.cur == r->w.end)
		{
			if (!JsonRefill(&r->w))
				break;
		}
		else if (strchr("0123456789+-.eE", *r->w.cur) == NULL || *r->w.cur == '\0')
			break;
		else
			r->w.cur++;
	}
	r->w.cur = r->w.tok;
	if (start == NULL)
		r->w.tok = NULL;
	return !r->w.too_large;
}

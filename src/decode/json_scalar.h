/*
 * json_scalar.h
 *	  Read strings, numbers and literals of a JSON text: each starts at cur and moves cur behind
 *	  it.
 *
 * Each returns false when there is no such token, or when it is unterminated. Tokens within the
 * window are read by inline functions.
 */
#ifndef ELT_DECODE_JSON_SCALAR_H
#define ELT_DECODE_JSON_SCALAR_H

#include "postgres.h"
#include "decode/json_private.h"
#include "decode/json_scan.h"

/* The rest of a string that is not plain, or not within the window. */
extern bool JsonScanStringRest(Reader *r);
/* Get the bytes of a number that crosses the end of the window. */
extern bool JsonGatherNumber(Reader *r);

/* Behind the opening quote; ends behind the closing one. */
static pg_attribute_always_inline bool
JsonScanString(Reader *r)
{
	r->token.escaped = false;
	r->w.cur = ScanPlain(r->w.cur, r->w.end);
	if (likely(r->w.cur < r->w.end && *r->w.cur == '"'))
	{
		r->w.cur++;
		return true;
	}
	return JsonScanStringRest(r);
}

static inline const char *
JsonDigits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/*
 * How far [p, end) can be a number; *whole when it is one up to there. At the end of the
 * window the answer holds only if no more bytes follow.
 */
static pg_attribute_always_inline const char *
JsonNumberGrammar(const char *p, const char *end, bool *whole)
{
	const char *start;

	*whole = false;
	if (p < end && *p == '-')
		p++;
	start = p;
	p = JsonDigits(p, end);
	if (p == start)
		return p;
	if (*start == '0' && p - start > 1)
		return start + 1;
	if (p < end && *p == '.')
	{
		start = ++p;
		p = JsonDigits(p, end);
		if (p == start)
			return p;
	}
	if (p < end && (*p == 'e' || *p == 'E'))
	{
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		start = p;
		p = JsonDigits(p, end);
		if (p == start)
			return p;
	}
	*whole = true;
	return p;
}

static pg_attribute_always_inline bool
JsonScanNumber(Reader *r)
{
	bool		whole;
	const char *stop = JsonNumberGrammar(r->w.cur, r->w.end, &whole);

	if (unlikely(stop == r->w.end))
	{
		if (!JsonGatherNumber(r))
			return false;
		stop = JsonNumberGrammar(r->w.cur, r->w.end, &whole);
	}
	r->w.cur = stop;
	return whole;
}

static inline bool
JsonScanWord(Reader *r, const char *word)
{
	for (; *word != '\0'; word++)
	{
		if (!JsonNeed(&r->w, 1) || *r->w.cur != *word)
			return false;
		r->w.cur++;
	}
	return true;
}

#endif

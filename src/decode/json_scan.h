/*
 * json_scan.h
 *	  Scan JSON strings for special bytes, and validate UTF-8.
 */
#ifndef ELT_DECODE_JSON_SCAN_H
#define ELT_DECODE_JSON_SCAN_H

#include "postgres.h"

#if defined(__SSE2__) && defined(__x86_64__)
#include <emmintrin.h>
#endif

/* The first quote, backslash, control character or byte above 0x7F; end when there is none. */
static inline const char *
ScanPlain(const char *p, const char *end)
{
#if defined(__SSE2__) && defined(__x86_64__)
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i backslash = _mm_set1_epi8('\\');
	const __m128i space = _mm_set1_epi8(' ');

	while (end - p >= 16)
	{
		__m128i		v = _mm_loadu_si128((const __m128i *) p);
		/* signed: bytes above 0x7F are below the space too */
		__m128i		hit = _mm_or_si128(_mm_cmplt_epi8(v, space),
									   _mm_or_si128(_mm_cmpeq_epi8(v, quote),
													_mm_cmpeq_epi8(v, backslash)));
		int			mask = _mm_movemask_epi8(hit);

		if (mask != 0)
			return p + __builtin_ctz(mask);
		p += 16;
	}
#endif
	while (p < end && (signed char) *p >= ' ' && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* The length of the UTF-8 sequence that this byte begins; 0 when none can. */
static inline int
Utf8Length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xC2)
		return 0;
	if (first < 0xE0)
		return 2;
	if (first < 0xF0)
		return 3;
	return first < 0xF5 ? 4 : 0;
}

/* Is this whole sequence valid: shortest form, no surrogate, at most U+10FFFF? */
static inline bool
Utf8Valid(const char *s, int len)
{
	const unsigned char *u = (const unsigned char *) s;

	for (int i = 1; i < len; i++)
	{
		if ((u[i] & 0xC0) != 0x80)
			return false;
	}
	switch (u[0])
	{
		case 0xE0:
			return u[1] >= 0xA0;
		case 0xED:
			return u[1] < 0xA0;
		case 0xF0:
			return u[1] >= 0x90;
		case 0xF4:
			return u[1] < 0x90;
		default:
			return true;
	}
}

static inline int64
CountNewlines(const char *p, const char *end)
{
	int64		n = 0;

#if defined(__SSE2__) && defined(__x86_64__)
	const __m128i newline = _mm_set1_epi8('\n');
	const __m128i zero = _mm_setzero_si128();

	while (end - p >= 16)
	{
		/* 255 rounds at most before a byte of the sum could overflow */
		const char *stop = p + 16 * Min((end - p) / 16, 255);
		__m128i		sum = zero;

		for (; p < stop; p += 16)
			sum = _mm_sub_epi8(sum, _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *) p), newline));
		sum = _mm_sad_epu8(sum, zero);
		n += _mm_cvtsi128_si64(sum) + _mm_cvtsi128_si64(_mm_srli_si128(sum, 8));
	}
#endif
	for (; p < end; p++)
		n += *p == '\n';
	return n;
}

#endif

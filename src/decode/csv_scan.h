/*
 * csv_scan.h
 *	  Find the special bytes of CSV, 64 bytes at a time.
 */
#ifndef ELT_DECODE_CSV_SCAN_H
#define ELT_DECODE_CSV_SCAN_H

#include "postgres.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define CSV_BLOCK 64

typedef struct CsvMarks
{
	char		delimiter;
	char		quote;			/* the delimiter again when there is none */
	char		escape;
} CsvMarks;

#ifdef __SSE2__

static inline uint64
CsvScan16(const CsvMarks *marks, const char *p, uint64 *odd)
{
	__m128i		v = _mm_loadu_si128((const __m128i *) p);
	__m128i		hit = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(marks->delimiter)),
								   _mm_cmpeq_epi8(v, _mm_set1_epi8(marks->quote)));
	__m128i		end = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')),
								   _mm_cmpeq_epi8(v, _mm_set1_epi8('\r')));

	hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8(marks->escape)));
	*odd = (uint32) _mm_movemask_epi8(_mm_or_si128(v, _mm_cmpeq_epi8(v, _mm_setzero_si128())));
	return (uint32) _mm_movemask_epi8(_mm_or_si128(hit, end));
}

/*
 * One bit per byte of [p, p + 64): delimiters, quotes, escapes, CR and LF. *odd: the bytes that
 * are \0 or above 0x7F.
 */
static inline uint64
CsvScanBlock(const CsvMarks *marks, const char *p, uint64 *odd)
{
	uint64		odds[4];
	uint64		mask = CsvScan16(marks, p, &odds[0]);

	mask |= CsvScan16(marks, p + 16, &odds[1]) << 16;
	mask |= CsvScan16(marks, p + 32, &odds[2]) << 32;
	mask |= CsvScan16(marks, p + 48, &odds[3]) << 48;
	*odd = odds[0] | odds[1] << 16 | odds[2] << 32 | odds[3] << 48;
	return mask;
}

#else

static inline uint64
CsvScanBlock(const CsvMarks *marks, const char *p, uint64 *odd)
{
	uint64		mask = 0;

	*odd = 0;
	for (int i = 0; i < CSV_BLOCK; i++)
	{
		char		ch = p[i];

		mask |= (uint64) (ch == marks->delimiter || ch == marks->quote ||
						  ch == marks->escape || ch == '\n' || ch == '\r') << i;
		*odd |= (uint64) (ch == '\0' || (ch & 0x80) != 0) << i;
	}
	return mask;
}

#endif

#endif

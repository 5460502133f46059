/*
 * csv_text.h
 *	  Text of a page in some encoding becomes UTF-8.
 */
#ifndef ELT_DECODE_CSV_TEXT_H
#define ELT_DECODE_CSV_TEXT_H

#include "postgres.h"

typedef struct CsvTranscoder
{
	MemoryContext cxt;			/* of buf */
	int			encoding;		/* of the page */
	Oid			proc;			/* to UTF-8; invalid when that is it already */
	char	   *buf;
	size_t		size;
} CsvTranscoder;

extern void TranscoderInit(CsvTranscoder *t, int encoding);

/* How many bytes at the beginning of text are valid in the page's encoding. */
extern size_t TranscoderValid(const CsvTranscoder *t, const char *text, size_t len);

/*
 * The same text in UTF-8: itself, or in memory valid until the next call. *done says how much of
 * text that is: the rest begins with a character that has no counterpart.
 */
extern const char *ToUtf8(CsvTranscoder *t, const char *text, size_t len, size_t *utf8_len,
						  size_t *done);

#endif

/*
 * csv_text.h
 *	  Convert the text of a page to UTF-8.
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
 * Convert to UTF-8; the result is text itself or valid until the next call. *done is the length
 * that was converted: the rest begins with a character that cannot be converted.
 */
extern const char *ToUtf8(CsvTranscoder *t, const char *text, size_t len, size_t *utf8_len,
						  size_t *done);

#endif

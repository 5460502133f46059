/*
 * csv_text.c
 *	  Convert the text of a page to UTF-8.
 *
 * A record is split into fields before its text is converted, so that offsets refer to the page
 * and an invalid byte affects one record. That is safe as long as no multibyte character
 * contains a delimiter, a quote or a line end, which CsvOptionsCheck ensures.
 */
#include "postgres.h"

#include "decode/csv_text.h"

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

void
TranscoderInit(CsvTranscoder *t, int encoding)
{
	memset(t, 0, sizeof(*t));
	t->cxt = CurrentMemoryContext;
	t->encoding = encoding;
	if (encoding == PG_UTF8)
		return;
	t->proc = FindDefaultConversionProc(encoding, PG_UTF8);
	if (!OidIsValid(t->proc))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("conversion from encoding \"%s\" to \"UTF8\" does not exist",
						pg_encoding_to_char(encoding))));
}

size_t
TranscoderValid(const CsvTranscoder *t, const char *text, size_t len)
{
	size_t		done = 0;

	while (done < len)
	{
		int			n = (int) Min(len - done, MaxAllocSize);
		int			valid = pg_encoding_verifymbstr(t->encoding, text + done, n);

		done += valid;
		if (valid < n)
			break;
	}
	return done;
}

static void
Reserve(CsvTranscoder *t, size_t size)
{
	if (size <= t->size)
		return;
	if (t->buf)
		pfree(t->buf);
	t->buf = NULL;
	t->size = 0;
	t->buf = MemoryContextAllocHuge(t->cxt, size);
	t->size = size;
}

const char *
ToUtf8(CsvTranscoder *t, const char *text, size_t len, size_t *utf8_len, size_t *done)
{
	size_t		room = len * MAX_CONVERSION_GROWTH + 1;

	*done = *utf8_len = len;
	if (!OidIsValid(t->proc) || len == 0)
		return text;
	if (room > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("field of %zu bytes is too long for encoding conversion", len)));
	Reserve(t, room);
	*done = pg_do_encoding_conversion_buf(t->proc, t->encoding, PG_UTF8,
										  (unsigned char *) unconstify(char *, text), len,
										  (unsigned char *) t->buf, room, true);
	*utf8_len = strlen(t->buf);
	return t->buf;
}

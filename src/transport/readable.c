/*
 * readable.c
 *	  Escape bytes of responses for messages and columns.
 */
#include "base/compat.h"
#include "transport/readable.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

static void
AppendEscaped(StringInfo out, unsigned char byte)
{
	if (byte == '\n')
		appendStringInfoString(out, "\\n");
	else if (byte == '\r')
		appendStringInfoString(out, "\\r");
	else if (byte == '\t')
		appendStringInfoString(out, "\\t");
	else
		appendStringInfo(out, "\\x%02x", byte);
}

static bool
IsPlainAscii(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f;
}

/* U+0080 to U+009F: terminals obey some of them. */
static bool
IsC1Control(const unsigned char *bytes)
{
	return bytes[0] == 0xc2 && bytes[1] < 0xa0;
}

/* The length of the legal multibyte character at bytes, or 0. */
static int
LegalLength(const unsigned char *bytes, size_t len)
{
	int			want = pg_utf_mblen(bytes);

	if (GetDatabaseEncoding() != PG_UTF8 || want < 2 || want > len)
		return 0;
	if (!pg_utf8_islegal(bytes, want) || IsC1Control(bytes))
		return 0;
	return want;
}

static bool
IsCutCharacter(const unsigned char *bytes, size_t len)
{
	return bytes[0] >= 0xc2 && bytes[0] < 0xf5 && pg_utf_mblen(bytes) > len;
}

char *
ReadableText(const char *bytes, size_t len, bool cut)
{
	const unsigned char *p = (const unsigned char *) bytes;
	const unsigned char *end = p + len;
	StringInfoData out;

	initStringInfo(&out);
	while (p < end)
	{
		int			legal = IsPlainAscii(*p) ? 1 : LegalLength(p, end - p);

		if (legal > 0)
			appendBinaryStringInfo(&out, (const char *) p, legal);
		else if (cut && IsCutCharacter(p, end - p))
			break;
		else
			AppendEscaped(&out, *p);
		p += Max(legal, 1);
	}
	return out.data;
}

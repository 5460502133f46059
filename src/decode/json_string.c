/*
 * json_string.c
 *	  Unescape JSON strings, and repair text to valid UTF-8.
 */
#include "postgres.h"

#include "decode/json_scan.h"
#include "decode/json_string.h"

static int
HexDigit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 0x20) - 'a' + 10;
}

static uint32
Hex4(const char *s)
{
	return HexDigit(s[0]) << 12 | HexDigit(s[1]) << 8 | HexDigit(s[2]) << 4 | HexDigit(s[3]);
}

static char *
PutUtf8(char *out, uint32 c)
{
	if (c < 0x80)
		*out++ = c;
	else if (c < 0x800)
	{
		*out++ = 0xC0 | (c >> 6);
		*out++ = 0x80 | (c & 0x3F);
	}
	else if (c < 0x10000)
	{
		*out++ = 0xE0 | (c >> 12);
		*out++ = 0x80 | ((c >> 6) & 0x3F);
		*out++ = 0x80 | (c & 0x3F);
	}
	else
	{
		*out++ = 0xF0 | (c >> 18);
		*out++ = 0x80 | ((c >> 12) & 0x3F);
		*out++ = 0x80 | ((c >> 6) & 0x3F);
		*out++ = 0x80 | (c & 0x3F);
	}
	return out;
}

/* Behind "\u": the code point, with the second half of a pair; 0 when there is none. */
static uint32
UnicodeEscape(const char **p, const char *end)
{
	uint32		high = Hex4(*p);
	uint32		low;

	*p += 4;
	if (high < 0xD800 || high > 0xDFFF)
		return high;
	if (high > 0xDBFF || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
		return 0;
	low = Hex4(*p + 2);
	if (low < 0xDC00 || low > 0xDFFF)
		return 0;
	*p += 6;
	return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static char
SimpleEscape(char c)
{
	switch (c)
	{
		case 'b':
			return '\b';
		case 'f':
			return '\f';
		case 'n':
			return '\n';
		case 'r':
			return '\r';
		case 't':
			return '\t';
		default:
			return c;
	}
}

bool
JsonUnescape(const char *raw, size_t len, char *out, size_t *out_len)
{
	const char *p = raw;
	const char *end = raw + len;
	char	   *o = out;

	for (;;)
	{
		const char *stop = memchr(p, '\\', end - p);
		size_t		plain = (stop ? stop : end) - p;

		memcpy(o, p, plain);
		o += plain;
		if (stop == NULL)
			break;
		p = stop + 2;
		if (stop[1] == 'u')
		{
			uint32		c = UnicodeEscape(&p, end);

			if (c == 0)
				return false;
			o = PutUtf8(o, c);
		}
		else
			*o++ = SimpleEscape(stop[1]);
	}
	*out_len = o - out;
	return true;
}

size_t
Utf8Clip(const char *s, size_t len, size_t limit)
{
	size_t		n = limit;

	if (len <= limit)
		return len;
	while (n > 0 && limit - n < 4 && ((unsigned char) s[n] & 0xC0) == 0x80)
		n--;
	return n;
}

size_t
Utf8Repair(const char *s, size_t len, char *out, bool *changed)
{
	const char *end = s + len;
	char	   *o = out;

	while (s < end)
	{
		int			n = Utf8Length((unsigned char) *s);

		if (*s != '\0' && n > 0 && end - s >= n && Utf8Valid(s, n))
		{
			memcpy(o, s, n);
			o += n;
			s += n;
		}
		else
		{
			o = PutUtf8(o, 0xFFFD);
			s++;
			*changed = true;
		}
	}
	return o - out;
}

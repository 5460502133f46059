/*
 * decimal_text.c
 *	  The decimal digits of integers of any length.
 */
#include "postgres.h"

#include "decode/decimal_text.h"

/* An integer of the processor, with at most so many digits behind the point. */
#define MAX_SHORT 8				/* bytes */
#define MAX_SHORT_SCALE 30
#define MAX_SHORT_TEXT (MAX_SHORT_SCALE + MAX_SHORT * 3 + 3)

/* Digits of a magnitude, lowest first, of which bytes are used up. */
static int
DigitsOf(uint8 *bytes, int len, char *digits)
{
	int			n = 0;
	int			first = 0;

	while (first < len)
	{
		uint32		rest = 0;

		for (int i = first; i < len; i++)
		{
			uint32		now = rest << 8 | bytes[i];

			bytes[i] = now / 10;
			rest = now % 10;
		}
		digits[n++] = '0' + rest;
		while (first < len && bytes[first] == 0)
			first++;
	}
	return n;
}

static void
AppendScaled(StringInfo out, const char *digits, int n, int scale, bool negative)
{
	int			whole = Max(n, scale + 1);

	if (negative)
		appendStringInfoChar(out, '-');
	for (int i = whole - 1; i >= 0; i--)
	{
		appendStringInfoChar(out, i < n ? digits[i] : '0');
		if (i == scale && i > 0)
			appendStringInfoChar(out, '.');
	}
}

static void
Negate(uint8 *bytes, int len)
{
	int			carry = 1;

	for (int i = len - 1; i >= 0; i--)
	{
		int			now = (bytes[i] ^ 0xFF) + carry;

		bytes[i] = now;
		carry = now >> 8;
	}
}

/* Of an integer of the processor. */
static void
AppendShort(StringInfo out, const uint8 *bytes, int len, int scale)
{
	uint64		number = (bytes[0] & 0x80) != 0 ? PG_UINT64_MAX : 0;
	bool		negative = number != 0;
	char		text[MAX_SHORT_TEXT];
	char	   *p = text + MAX_SHORT_TEXT;

	for (int i = 0; i < len; i++)
		number = number << 8 | bytes[i];
	if (negative)
		number = -number;
	for (int i = 0; i <= scale || number != 0; i++)
	{
		if (i == scale && i > 0)
			*--p = '.';
		*--p = '0' + number % 10;
		number /= 10;
	}
	if (negative)
		*--p = '-';
	appendBinaryStringInfo(out, p, text + MAX_SHORT_TEXT - p);
}

void
AppendDecimalBytes(StringInfo out, uint8 *bytes, int len, int scale)
{
	char	   *digits;
	bool		negative = (bytes[0] & 0x80) != 0;

	if (len <= MAX_SHORT && scale <= MAX_SHORT_SCALE)
	{
		AppendShort(out, bytes, len, scale);
		return;
	}
	digits = palloc(len * 3);
	if (negative)
		Negate(bytes, len);
	AppendScaled(out, digits, DigitsOf(bytes, len, digits), scale, negative);
	pfree(digits);
}

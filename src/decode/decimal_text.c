/*
 * decimal_text.c
 *	  The decimal digits of integers of any length.
 */
#include "postgres.h"

#include "decode/decimal_text.h"

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

void
AppendDecimalBytes(StringInfo out, uint8 *bytes, int len, int scale)
{
	char	   *digits = palloc(len * 3);
	bool		negative = (bytes[0] & 0x80) != 0;

	if (negative)
		Negate(bytes, len);
	AppendScaled(out, digits, DigitsOf(bytes, len, digits), scale, negative);
	pfree(digits);
}

/*
 * whole_number.c
 *	  Whole numbers in any form that JSON has for them: 8, 8.0, 8e0.
 */
#include "base/compat.h"
#include "source/whole_number.h"

#include "common/int.h"
#include "common/jsonapi.h"

/* Beyond it zeros do not make a difference: the number does not fit, or it is 0. */
#define MAX_EXPONENT 1000

static bool
AddDigit(int64 *number, int digit)
{
	return !pg_mul_s64_overflow(*number, 10, number) &&
		!pg_add_s64_overflow(*number, digit, number);
}

/* Digits and a fraction; scale counts the digits of the fraction, without zeros at its end. */
static bool
ReadMantissa(const char **text, int64 *number, int *scale)
{
	bool		fraction = false;
	int			zeros = 0;

	*number = *scale = 0;
	for (; **text == '.' || isdigit((unsigned char) **text); (*text)++)
	{
		if (**text == '.')
			fraction = true;
		else if (fraction && **text == '0')
			zeros++;
		else
		{
			for (; zeros > 0; zeros--, (*scale)++)
				if (!AddDigit(number, 0))
					return false;
			if (!AddDigit(number, **text - '0'))
				return false;
			*scale += fraction ? 1 : 0;
		}
	}
	return true;
}

bool
ParseWholeNumber(const char *text, int64 *number)
{
	bool		negative = *text == '-';
	int			scale;
	long		exponent = 0;

	if (!IsValidJsonNumber(text, strlen(text)))
		return false;
	text += negative ? 1 : 0;
	if (!ReadMantissa(&text, number, &scale))
		return false;
	if (*text == 'e' || *text == 'E')
		exponent = strtol(text + 1, NULL, 10);
	exponent = Max(-MAX_EXPONENT, Min(exponent, MAX_EXPONENT)) - scale;
	for (; exponent < 0 && *number % 10 == 0 && *number != 0; exponent++)
		*number /= 10;
	for (; exponent > 0 && *number != 0; exponent--)
		if (!AddDigit(number, 0))
			return false;
	if (negative)
		*number = -*number;
	return exponent >= 0 || *number == 0;
}

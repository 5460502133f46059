/*
 * decimal.c
 *	  Numeric values as integers of a fixed scale.
 *
 * The digits are read as they are stored. The form is that of every version of PostgreSQL, because
 * pg_upgrade does not rewrite it: a header of sign, scale and weight, then digits to base 10000.
 */
#include "base/compat.h"
#include "sink/decimal.h"

#define BASE 10000
#define BASE_DIGITS 4

#define HEADER_KIND 0xC000
#define HEADER_NEGATIVE 0x4000
#define HEADER_SHORT 0x8000
#define HEADER_SPECIAL 0xC000
#define SHORT_NEGATIVE 0x2000
#define SHORT_WEIGHT_SIGN 0x0040
#define SHORT_WEIGHT 0x003F

/* The stored form of typmod: precision above, scale below in 11 bits. */
#define TYPMOD_SCALE_BITS 11
#define TYPMOD_SCALE_SIGN (1 << (TYPMOD_SCALE_BITS - 1))

bool
NumericPrecision(int32 typmod, int *precision, int *scale)
{
	int			digits;

	if (typmod < (int32) VARHDRSZ)
		return false;
	typmod -= VARHDRSZ;
	digits = (typmod >> 16) & 0xffff;
	*scale = ((typmod & ((1 << TYPMOD_SCALE_BITS) - 1)) ^ TYPMOD_SCALE_SIGN) - TYPMOD_SCALE_SIGN;
	/* numeric(3,-2) has 5 digits before the point, numeric(3,5) has 5 behind it */
	*precision = *scale < 0 ? digits - *scale : Max(digits, *scale);
	*scale = Max(*scale, 0);
	return true;
}

static Unscaled
PowerOfTen(int n)
{
	Unscaled	power = 1;

	while (n-- > 0)
		power *= 10;
	return power;
}

int
DecimalBytes(int precision)
{
	int			bytes = 1;

	while (bytes < 16 && ((Unscaled) 1 << (8 * bytes - 1)) < PowerOfTen(precision))
		bytes++;
	return bytes;
}

typedef struct NumericDigits
{
	const int16 *digits;
	int			n;
	int			weight;			/* of the first, as a power of the base */
	bool		is_negative;
} NumericDigits;

static bool
ReadDigits(Numeric value, NumericDigits *d)
{
	const uint16 *stored = (const uint16 *) VARDATA_ANY(value);
	int			words = (int) (VARSIZE_ANY_EXHDR(value) / sizeof(uint16));
	uint16		header = stored[0];
	int			used = 1;

	if ((header & HEADER_KIND) == HEADER_SPECIAL)
		return false;
	if ((header & HEADER_KIND) == HEADER_SHORT)
	{
		d->is_negative = (header & SHORT_NEGATIVE) != 0;
		d->weight = header & SHORT_WEIGHT;
		if (header & SHORT_WEIGHT_SIGN)
			d->weight |= ~SHORT_WEIGHT;
	}
	else
	{
		d->is_negative = (header & HEADER_KIND) == HEADER_NEGATIVE;
		d->weight = (int16) stored[1];
		used = 2;
	}
	d->digits = (const int16 *) stored + used;
	d->n = words - used;
	return true;
}

/* The digit at a power of the base. */
static int
DigitAt(const NumericDigits *d, int power)
{
	int			i = d->weight - power;

	return i >= 0 && i < d->n ? d->digits[i] : 0;
}

/* Are there digits below a power of the base? Stored ones do not end with zeros. */
static bool
GoesBelow(const NumericDigits *d, int power)
{
	return d->n > 0 && d->weight - (d->n - 1) < power;
}

bool
NumericUnscaled(Numeric value, int precision, int scale, Unscaled *unscaled)
{
	Unscaled	limit = PowerOfTen(precision);
	Unscaled	sum = 0;
	NumericDigits d;
	int			last = -((scale + BASE_DIGITS - 1) / BASE_DIGITS);	/* power of the last digit */
	int			kept = scale + (last + 1) * BASE_DIGITS;	/* decimal digits of it */
	int			divisor;

	if (!ReadDigits(value, &d) || GoesBelow(&d, last))
		return false;
	divisor = (int) PowerOfTen(BASE_DIGITS - kept);
	for (int power = Max(d.weight, last); power >= last; power--)
	{
		int			digit = DigitAt(&d, power);

		if (power == last && digit % divisor != 0)
			return false;
		if (sum > limit / (power == last ? BASE / divisor : BASE))
			return false;
		sum = power == last ? sum * (BASE / divisor) + digit / divisor : sum * BASE + digit;
	}
	if (sum >= limit)
		return false;
	*unscaled = d.is_negative ? -sum : sum;
	return true;
}

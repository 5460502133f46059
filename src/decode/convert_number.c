/*
 * convert_number.c
 *	  Convert decimal text to numbers.
 *
 * Each function reads the plain decimal forms that it can convert exactly as the type's input
 * function does, and leaves everything else to that function.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "decode/convert_number.h"
#include "utils/numeric.h"

/* [-]digits[.digits][e[+-]digits], as far as 19 significant digits hold it. */
typedef struct Decimal
{
	bool		negative;
	int			dropped;		/* digits that the mantissa does not hold */
	uint64		mantissa;
	int			fraction;		/* digits behind the point */
	int			exponent;		/* written behind e */
	bool		has_exponent;
} Decimal;

static const double exact_powers[] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

static const int64 int_powers[] = {
	INT64CONST(1), INT64CONST(10), INT64CONST(100), INT64CONST(1000), INT64CONST(10000),
	INT64CONST(100000), INT64CONST(1000000), INT64CONST(10000000), INT64CONST(100000000),
	INT64CONST(1000000000), INT64CONST(10000000000), INT64CONST(100000000000),
	INT64CONST(1000000000000), INT64CONST(10000000000000), INT64CONST(100000000000000),
	INT64CONST(1000000000000000), INT64CONST(10000000000000000),
	INT64CONST(100000000000000000), INT64CONST(1000000000000000000)
};

#define MAX_INT_POWER 18

/* Digits into the mantissa, which cannot overflow; NULL when there is none. */
static inline const char *
ReadFewDigits(const char *p, const char *end, uint64 *mantissa)
{
	const char *start = p;
	uint64		m = *mantissa;

	for (; p < end; p++)
	{
		unsigned	digit = (unsigned char) *p - '0';

		if (digit > 9)
			break;
		m = m * 10 + digit;
	}
	*mantissa = m;
	return p == start ? NULL : p;
}

/* The same for any number of digits: those beyond the nineteenth significant one are dropped. */
static const char *
ReadManyDigits(const char *p, const char *end, uint64 *mantissa, int *significant)
{
	const char *start = p;

	for (; p < end && *p >= '0' && *p <= '9'; p++)
	{
		if (*significant > 0 || *p != '0')
			(*significant)++;
		if (*significant <= 19)
			*mantissa = *mantissa * 10 + (*p - '0');
	}
	return p == start ? NULL : p;
}

static const char *
ReadExponent(const char *p, const char *end, int *exponent)
{
	bool		negative = false;
	const char *start;

	if (p < end && (*p == '+' || *p == '-'))
		negative = *p++ == '-';
	for (start = p; p < end && *p >= '0' && *p <= '9'; p++)
	{
		if (*exponent < 100000)
			*exponent = *exponent * 10 + (*p - '0');
	}
	if (negative)
		*exponent = -*exponent;
	return p == start ? NULL : p;
}

static inline const char *
ReadDigits(const char *p, const char *end, bool few, uint64 *mantissa, int *significant)
{
	return few ? ReadFewDigits(p, end, mantissa) : ReadManyDigits(p, end, mantissa, significant);
}

static inline bool
ReadDecimal(const char *s, size_t len, Decimal *d)
{
	const char *p = s;
	const char *end = s + len;
	bool		few = len <= 19;
	int			significant = 0;

	d->mantissa = 0;
	d->fraction = d->exponent = 0;
	d->has_exponent = false;
	d->negative = p < end && *p == '-';
	if (d->negative)
		p++;
	p = ReadDigits(p, end, few, &d->mantissa, &significant);
	if (p == NULL)
		return false;
	if (p < end && *p == '.')
	{
		const char *start = ++p;

		p = ReadDigits(p, end, few, &d->mantissa, &significant);
		if (p == NULL)
			return false;
		d->fraction = p - start;
	}
	if (p < end && (*p == 'e' || *p == 'E'))
	{
		d->has_exponent = true;
		p = ReadExponent(p + 1, end, &d->exponent);
		if (p == NULL)
			return false;
	}
	d->dropped = Max(significant - 19, 0);
	return p == end;
}

bool
TextToInt64(const char *s, size_t len, int64 *value)
{
	bool		negative = len > 0 && *s == '-';
	uint64		v = 0;
	size_t		i = negative ? 1 : 0;

	if (len == i || len > 19 + i)
		return false;
	for (; i < len; i++)
	{
		unsigned	digit = (unsigned char) s[i] - '0';

		if (digit > 9)
			return false;
		v = v * 10 + digit;
	}
	if (v > PG_INT64_MAX)
		return false;
	*value = negative ? -(int64) v : (int64) v;
	return true;
}

/* Without the zeros that end a fraction, and without its point when they are all there is of it. */
static size_t
WithoutZeroFraction(const char *s, size_t len)
{
	size_t		n = len;

	if (memchr(s, '.', len) == NULL || memchr(s, 'e', len) != NULL || memchr(s, 'E', len) != NULL)
		return len;
	while (n > 0 && s[n - 1] == '0')
		n--;
	return n > 0 && n < len && s[n - 1] == '.' ? n - 1 : n;
}

bool
TextToWholeInt64(const char *s, size_t len, int64 *value)
{
	Decimal		d;
	int			power;
	int64		v;

	if (!ReadDecimal(s, WithoutZeroFraction(s, len), &d) || d.dropped > 0 ||
		d.mantissa > (uint64) PG_INT64_MAX + d.negative)
		return false;
	v = d.negative ? (int64) (0 - d.mantissa) : (int64) d.mantissa;
	power = v == 0 ? 0 : d.exponent - d.fraction;
	if (power < -MAX_INT_POWER || power > MAX_INT_POWER)
		return false;
	if (power < 0 && v % int_powers[-power] != 0)
		return false;
	if (power < 0)
		v /= int_powers[-power];
	else if (pg_mul_s64_overflow(v, int_powers[power], &v))
		return false;
	*value = v;
	return true;
}

/* What the C library makes of it; out of range is for the input function to say. */
static bool
LibraryFloat(const char *s, size_t len, bool single, double *value)
{
	char		buf[64];

	if (len >= sizeof(buf))
		return false;
	memcpy(buf, s, len);
	buf[len] = '\0';
	errno = 0;
	*value = single ? (double) strtof(buf, NULL) : strtod(buf, NULL);
	return errno == 0;
}

/*
 * A mantissa below 2^53 and a power of ten up to 10^22 are both exact doubles, so one
 * multiplication or division rounds once, as it should.
 */
bool
TextToFloat8(const char *s, size_t len, float8 *value)
{
	Decimal		d;
	int			power;
	double		v;

	if (!ReadDecimal(s, len, &d))
		return false;
	power = d.exponent - d.fraction;
	if (d.dropped > 0 || d.mantissa > (UINT64CONST(1) << 53) || power < -22 || power > 22)
		return LibraryFloat(s, len, false, value);
	v = (double) d.mantissa;
	v = power < 0 ? v / exact_powers[-power] : v * exact_powers[power];
	*value = d.negative ? -v : v;
	return true;
}

/* The same with 2^24 and 10^10. */
bool
TextToFloat4(const char *s, size_t len, float4 *value)
{
	Decimal		d;
	int			power;
	float		v;
	double		wide;

	if (!ReadDecimal(s, len, &d))
		return false;
	power = d.exponent - d.fraction;
	if (d.dropped > 0 || d.mantissa > (1 << 24) || power < -10 || power > 10)
	{
		if (!LibraryFloat(s, len, true, &wide))
			return false;
		*value = (float) wide;
		return true;
	}
	v = (float) d.mantissa;
	v = power < 0 ? v / (float) exact_powers[-power] : v * (float) exact_powers[power];
	*value = d.negative ? -v : v;
	return true;
}

/* Make the digits behind the point those that numeric(p, s) has; false if any would be lost. */
static bool
ApplyNumericTypmod(Decimal *d, int32 typmod)
{
	int			precision = ((typmod - VARHDRSZ) >> 16) & 0xFFFF;
	int			scale = (typmod - VARHDRSZ) & 0x7FF;
	int			more = scale - d->fraction;

	if (scale > precision || more < 0 || more > MAX_INT_POWER)
		return false;
	if (d->mantissa > (uint64) (int_powers[MAX_INT_POWER] / int_powers[more]))
		return false;
	d->mantissa *= int_powers[more];
	d->fraction = scale;
	return precision > MAX_INT_POWER || d->mantissa < (uint64) int_powers[precision];
}

static inline bool
DecimalToNumeric(Decimal *d, int32 typmod, Datum *value)
{
	int64		v;

	if (typmod >= (int32) VARHDRSZ && !ApplyNumericTypmod(d, typmod))
		return false;
	if (d->mantissa >= (uint64) int_powers[MAX_INT_POWER])
		return false;
	v = d->negative ? -(int64) d->mantissa : (int64) d->mantissa;
	*value = NumericGetDatum(d->fraction == 0 ? int64_to_numeric(v)
							 : int64_div_fast_to_numeric(v, d->fraction));
	return true;
}

bool
TextToNumeric(const char *s, size_t len, int32 typmod, Datum *value)
{
	Decimal		d;

	return ReadDecimal(s, len, &d) && !d.has_exponent && d.dropped == 0 &&
		d.fraction <= MAX_INT_POWER && DecimalToNumeric(&d, typmod, value);
}

/* Groups of three digits before the mark; *p is then behind the last of them. */
static bool
ReadGroups(const char **p, const char *end, char group, uint64 *mantissa)
{
	while (*p < end && **p == group)
	{
		const char *start = *p + 1;
		const char *behind = ReadFewDigits(start, end, mantissa);

		if (behind == NULL || behind - start != 3)
			return false;
		*p = behind;
	}
	return true;
}

/* Text of at most 19 characters, so that the mantissa holds what it has of digits. */
static bool
ReadMarkedDecimal(const char *s, size_t len, char mark, char group, Decimal *d)
{
	const char *end = s + len;
	const char *start;
	const char *p = s;

	d->mantissa = 0;
	d->fraction = 0;
	d->negative = p < end && *p == '-';
	if (d->negative)
		p++;
	start = p;
	p = ReadFewDigits(p, end, &d->mantissa);
	if (p == NULL)
		return false;
	if (p < end && group != '\0' && *p == group &&
		(*start == '0' || p - start > 3 || !ReadGroups(&p, end, group, &d->mantissa)))
		return false;
	if (p < end && *p == mark)
	{
		start = p + 1;
		p = ReadFewDigits(start, end, &d->mantissa);
		if (p == NULL)
			return false;
		d->fraction = p - start;
	}
	return p == end;
}

bool
TextToMarkedNumeric(const char *s, size_t len, char mark, char group, int32 typmod, Datum *value)
{
	Decimal		d;

	return len <= 19 && ReadMarkedDecimal(s, len, mark, group, &d) &&
		DecimalToNumeric(&d, typmod, value);
}

bool
TextToScaledInt64(const char *s, size_t len, int scale, int64 *value)
{
	Decimal		d;
	int			power;
	int64		scaled;

	if (!ReadDecimal(s, len, &d))
		return false;
	/* digits that were dropped cannot turn a rounding half away from zero */
	power = d.exponent - (d.fraction - d.dropped) + scale;
	if (power >= 0 && d.dropped > 0)
		return false;
	if (power >= 0)
	{
		if (d.mantissa == 0)
			scaled = 0;
		else if (power > MAX_INT_POWER || d.mantissa > PG_INT64_MAX ||
				 pg_mul_s64_overflow(d.mantissa, int_powers[power], &scaled))
			return false;
	}
	else if (power < -MAX_INT_POWER)
		scaled = power == -19 && d.mantissa >= UINT64CONST(5000000000000000000);
	else
	{
		uint64		unit = int_powers[-power];

		scaled = d.mantissa / unit + (d.mantissa % unit >= unit - d.mantissa % unit);
	}
	*value = d.negative ? -scaled : scaled;
	return true;
}

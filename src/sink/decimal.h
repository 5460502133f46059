/*
 * decimal.h
 *	  Numeric values as integers of a fixed scale.
 */
#ifndef ELT_SINK_DECIMAL_H
#define ELT_SINK_DECIMAL_H

#include "postgres.h"
#include "utils/numeric.h"

#define DECIMAL_MAX_PRECISION 38

typedef int128 Unscaled;

/*
 * Digits of a type modifier, all of them and those behind the point, which are not negative and not
 * more than all; false when it says none.
 */
extern bool NumericPrecision(int32 typmod, int *precision, int *scale);

/* Bytes of a signed integer that holds so many digits. */
extern int	DecimalBytes(int precision);

/* value * 10^scale; false when it is not an integer below 10^precision. */
extern bool NumericUnscaled(Numeric value, int precision, int scale, Unscaled *unscaled);

#endif

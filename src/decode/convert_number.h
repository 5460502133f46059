/*
 * convert_number.h
 *	  Convert decimal text to numbers without the input functions. False: the input function
 *	  decides.
 */
#ifndef ELT_DECODE_CONVERT_NUMBER_H
#define ELT_DECODE_CONVERT_NUMBER_H

#include "postgres.h"

extern bool TextToInt64(const char *s, size_t len, int64 *value);
/* The same for whole numbers that are written 8.0 or 1e3. */
extern bool TextToWholeInt64(const char *s, size_t len, int64 *value);
extern bool TextToFloat8(const char *s, size_t len, float8 *value);
extern bool TextToFloat4(const char *s, size_t len, float4 *value);
/* With another mark before the fraction, and one between groups of three digits; '\0': none. */
extern bool TextToMarkedNumeric(const char *s, size_t len, char mark, char group, int32 typmod,
								Datum *value);
extern bool TextToNumeric(const char *s, size_t len, int32 typmod, Datum *value);

/* value x 10^scale, rounded half away from zero; no float in between. */
extern bool TextToScaledInt64(const char *s, size_t len, int scale, int64 *value);

#endif

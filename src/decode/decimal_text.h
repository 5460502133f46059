/*
 * decimal_text.h
 *	  The decimal digits of integers of any length.
 */
#ifndef ELT_DECODE_DECIMAL_TEXT_H
#define ELT_DECODE_DECIMAL_TEXT_H

#include "postgres.h"
#include "lib/stringinfo.h"

/*
 * Append an integer, big-endian in two's complement, with so many of its digits behind the point. Its
 * bytes are used up; there is at least one.
 */
extern void AppendDecimalBytes(StringInfo out, uint8 *bytes, int len, int scale);

#endif

/*
 * convert_format.h
 *	  Read a text in the format of its column.
 */
#ifndef ELT_DECODE_CONVERT_FORMAT_H
#define ELT_DECODE_CONVERT_FORMAT_H

#include "postgres.h"
#include "decode/convert.h"

/* Raises an error when the text does not have the format. The session reads as the column does. */
extern Datum FormatRead(const Converter *c, const char *text);

#endif

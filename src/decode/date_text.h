/*
 * date_text.h
 *	  Reject ambiguous dates in columns without a format.
 */
#ifndef ELT_DECODE_DATE_TEXT_H
#define ELT_DECODE_DATE_TEXT_H

#include "postgres.h"

/* Where the text of a type holds dates or times. */
typedef struct DateShape DateShape;

/* NULL: nowhere. */
extern DateShape *DateShapeOf(Oid type);

/*
 * Raise an error when a date in the text has a two-digit year or is not in the order year,
 * month, day, or when a date or time is relative to the current time. Invalid text is left to
 * the type's input function.
 */
extern void DateTextCheck(const DateShape *shape, const char *text);

#endif

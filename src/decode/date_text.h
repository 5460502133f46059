/*
 * date_text.h
 *	  Dates without a format: only what has one meaning is read.
 */
#ifndef ELT_DECODE_DATE_TEXT_H
#define ELT_DECODE_DATE_TEXT_H

#include "postgres.h"

/* Where the text of a type holds dates or times. */
typedef struct DateShape DateShape;

/* NULL: nowhere. */
extern DateShape *DateShapeOf(Oid type);

/*
 * Error when a date in the text has a year of two digits, or another order than year, month, day,
 * or when a date or time depends on when it is read.
 * Text that is not the type's at all is for its input function to refuse.
 */
extern void DateTextCheck(const DateShape *shape, const char *text);

#endif

/*
 * sheet_time.h
 *	  Dates and times of workbooks, which are numbers of days.
 */
#ifndef ELT_DECODE_SHEET_TIME_H
#define ELT_DECODE_SHEET_TIME_H

#include "postgres.h"

/* What a cell's format shows its number as. */
typedef enum SheetShape
{
	SHAPE_NUMBER,
	SHAPE_DATE,					/* with or without a time of day */
	SHAPE_TIME,
	SHAPE_DURATION				/* hours beyond 24 */
} SheetShape;

/* Of the formats that have a number and no code. */
extern SheetShape SheetShapeOfNumber(long format);
extern SheetShape SheetShapeOfCode(const char *code);

#define SHEET_TIME_SIZE 64

/*
 * The text of such a number, as ISO 8601; from_1904: day 0 is 1904-01-01. False: it is no date.
 */
extern bool SheetTimeText(SheetShape shape, double days, bool from_1904, char *text);

#endif

/*
 * sheet_strings.h
 *	  The strings that the cells of a workbook share, in memory of a fixed size.
 */
#ifndef ELT_DECODE_SHEET_STRINGS_H
#define ELT_DECODE_SHEET_STRINGS_H

#include "postgres.h"
#include "lib/stringinfo.h"

typedef struct SheetStrings SheetStrings;

/* In the current memory context. Beyond a number of bytes they are in a temporary file. */
extern SheetStrings *SheetStringsCreate(void);
extern void SheetStringsClear(SheetStrings *s);

extern void SheetStringsAdd(SheetStrings *s, const char *text, size_t len);

/* Append the string of a number, from 0, to text; false: there are not so many. */
extern bool SheetStringsAppend(SheetStrings *s, int64 number, StringInfo text);

#endif

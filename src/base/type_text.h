/*
 * type_text.h
 *	  Values as the input and output functions of their types read and write them.
 */
#ifndef ELT_BASE_TYPE_TEXT_H
#define ELT_BASE_TYPE_TEXT_H

#include "postgres.h"
#include "fmgr.h"

extern char *TextOfValue(Oid type, Datum value);

/* Look the output function up for many values, in the current memory context. */
extern void OutputFunctionOf(Oid type, FmgrInfo *output);

/* Raises the type's own error when text is not valid. */
extern Datum ValueOfText(Oid type, int32 typmod, const char *text);

/* False when the text, which need not end in a zero byte, is no boolean. */
extern bool ParseBoolean(const char *text, size_t len, bool *value);

#endif

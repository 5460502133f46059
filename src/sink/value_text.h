/*
 * value_text.h
 *	  Values as text that is the same in every session, in UTF-8.
 */
#ifndef ELT_SINK_VALUE_TEXT_H
#define ELT_SINK_VALUE_TEXT_H

#include "postgres.h"

/*
 * Call fn(arg) while output functions write dates and intervals as ISO and PostgreSQL do, times with
 * zone in UTC, floats exactly and bytes in hexadecimal. Settings of the session keep their values,
 * so fn must not run statements.
 */
extern void WithFixedStyle(void (*fn) (void *arg), void *arg);

/* As its output function writes it, in that style. */
extern char *ValueText(Oid type, Datum value);

/* Text of the database in UTF-8, perhaps itself; what is no text in SQL_ASCII is an error. */
extern const char *Utf8Of(const char *text);

#endif

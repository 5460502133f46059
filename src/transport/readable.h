/*
 * readable.h
 *	  Convert bytes of responses to text for messages and columns.
 */
#ifndef ELT_TRANSPORT_READABLE_H
#define ELT_TRANSPORT_READABLE_H

#include "postgres.h"

/*
 * Valid UTF-8 stays (in a UTF-8 database); control characters and anything else become \n, \t,
 * \xNN. With cut, an incomplete character at the end is omitted.
 */
extern char *ReadableText(const char *bytes, size_t len, bool cut);

#endif

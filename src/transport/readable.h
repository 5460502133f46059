/*
 * readable.h
 *	  Bytes from outside as text that can stand in a message or a column.
 */
#ifndef ELT_TRANSPORT_READABLE_H
#define ELT_TRANSPORT_READABLE_H

#include "postgres.h"

/*
 * Valid UTF-8 stays (in a UTF-8 database); control characters and anything else become
 * \n, \t, \xNN. With cut, a character that the end of the bytes cuts in two is left out.
 */
extern char *ReadableText(const char *bytes, size_t len, bool cut);

#endif

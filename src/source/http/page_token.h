/*
 * page_token.h
 *	  A value of a page that a later request sends back: a cursor, an id, a URL.
 */
#ifndef ELT_SOURCE_HTTP_PAGE_TOKEN_H
#define ELT_SOURCE_HTTP_PAGE_TOKEN_H

#include "postgres.h"

typedef struct PageToken
{
	char	   *text;			/* NULL: none */
	bool		is_number;		/* JSON has it as one */
} PageToken;

/*
 * What the catalogue keeps for the next run, and back. In a body a number is not the same as a
 * text of digits, so that a text that could be taken for a number is kept in quotes.
 */
extern char *PageTokenKept(const PageToken *token, bool in_body);
extern PageToken PageTokenRead(const char *kept, bool in_body);

#endif

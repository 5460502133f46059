/*
 * page_token.h
 *	  Page tokens: values of a page that a later request sends, such as a cursor, an id or a URL.
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
 * Convert to and from the form saved in the catalog. A string that looks like a number is saved
 * in quotes, because a request body distinguishes the two.
 */
extern char *PageTokenKept(const PageToken *token, bool in_body);
extern PageToken PageTokenRead(const char *kept, bool in_body);

#endif

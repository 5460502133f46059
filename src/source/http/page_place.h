/*
 * page_place.h
 *	  The place of a value in a response: a path in its body, or a header.
 */
#ifndef ELT_SOURCE_HTTP_PAGE_PLACE_H
#define ELT_SOURCE_HTTP_PAGE_PLACE_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "source/http/page_fields.h"
#include "source/http/page_token.h"

/* '$.meta.next', or 'header X-Total'. */
typedef struct PagePlace
{
	char	   *text;			/* as it was declared; NULL: it was not */
	const char *header;
	Path	   *path;
} PagePlace;

/* The name of the header that text declares; NULL: text is a path. */
extern const char *PagePlaceHeader(const char *text);

/* From an option, which passed the validator. */
extern PagePlace PagePlaceRead(List *options, const char *name);

/* The value there; none when it is null, false or empty, or when the page is not JSON. */
extern PageToken PagePlaceToken(const PagePlace *place, WantedFields *wanted);

/* The same for a header and for a field. */
extern char *PageHeaderText(const FetchedPage *page, const char *name);
extern PageToken PageFieldToken(const FieldWanted *field);

#endif

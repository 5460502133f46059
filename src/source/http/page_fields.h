/*
 * page_fields.h
 *	  Single values of a page: what paging and response rules look at before it is decoded.
 */
#ifndef ELT_SOURCE_HTTP_PAGE_FIELDS_H
#define ELT_SOURCE_HTTP_PAGE_FIELDS_H

#include "postgres.h"
#include "decode/json_reader.h"
#include "decode/path.h"
#include "transport/page.h"

typedef struct FieldWanted
{
	const Path *path;			/* from the root */
	int64		count;			/* how many values it led to */
	JsonToken	token;			/* of the last one */
	char	   *text;			/* of the last one, when it is a string or number */
} FieldWanted;

/* One pass over the page. NULL, or what is wrong with its JSON. */
extern char *FieldsRead(FetchedPage *page, FieldWanted *fields, int nfields);

/* Is there a value that is not null? */
extern bool FieldIsPresent(const FieldWanted *field);

#endif

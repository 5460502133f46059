/*
 * page_fields.h
 *	  Read single values of a page, for paging and response rules.
 *
 * All values are requested first and then found in one pass.
 */
#ifndef ELT_SOURCE_HTTP_PAGE_FIELDS_H
#define ELT_SOURCE_HTTP_PAGE_FIELDS_H

#include "postgres.h"
#include "decode/json_reader.h"
#include "decode/path.h"
#include "transport/page.h"

/* Those of paging, and several rules. */
#define PAGE_MAX_FIELDS 24

typedef struct FieldWanted
{
	const Path *path;			/* from the root */
	int64		count;			/* how many values it led to */
	JsonToken	token;			/* of the last one */
	char	   *text;			/* of the last one, when it is a string or number */
} FieldWanted;

/* The fields requested of a page. Only page is set initially. */
typedef struct WantedFields
{
	FetchedPage *page;
	int			nfields;
	FieldWanted fields[PAGE_MAX_FIELDS];
	bool		was_read;
	char	   *problem;		/* what is wrong with its JSON; NULL: nothing */
} WantedFields;

/* Want a value before the page is read. When there are too many, it takes a pass of its own. */
extern void FieldsWant(WantedFields *wanted, const Path *path);

/* One pass over the page, unless there was one. NULL, or what is wrong with its JSON. */
extern char *FieldsRead(WantedFields *wanted);

/* The values at the path; NULL when the page is not valid JSON. */
extern const FieldWanted *FieldFound(WantedFields *wanted, const Path *path);

/* Is there a value that is not null? */
extern bool FieldIsPresent(const FieldWanted *field);

#endif

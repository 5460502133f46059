/*
 * paging_options.h
 *	  The pagination options of a foreign table.
 */
#ifndef ELT_SOURCE_HTTP_PAGING_OPTIONS_H
#define ELT_SOURCE_HTTP_PAGING_OPTIONS_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "source/http/page_place.h"

/* Lists of records that a page may hold. */
#define PAGING_MAX_LISTS 8

typedef enum PagingKind
{
	PAGING_PAGE_NUMBER,
	PAGING_OFFSET,
	PAGING_CURSOR,
	PAGING_NEXT_URL,
	PAGING_LINK_HEADER,
	PAGING_LAST_RECORD
} PagingKind;

typedef struct Paging
{
	PagingKind	kind;
	char	   *param;			/* that holds page number, offset or cursor; or NULL */
	int64		start;			/* first page number or offset */
	char	   *limit_param;	/* or NULL */
	int			page_size;		/* 0: not told */
	bool		in_body;		/* params are members of the body */
	PagePlace	token;			/* cursor or URL of the next page */
	PagePlace	has_more;
	PagePlace	total;			/* of records */
	PagePlace	pages;			/* how many there are */
	PagePlace	resume;			/* the value of the last page at which the next run continues */
	List	   *lists;			/* of Path *, to the elements that the source counts; NIL: no JSON */
	struct Path *record_id;		/* of each record, from the root */
	bool		stop_on_empty;
	bool		stop_on_short;
	int			max_pages;
} Paging;

/* The place of a parameter of this name in a body. */
extern struct Path *PagingPlace(const char *param);

/* From the options of a foreign table, which are checked here; NULL: a slice is one page. */
extern Paging *PagingRead(List *options, const char *records);

#endif

/*
 * paging.h
 *	  From one page of a slice to the next.
 *
 * Every way of paging ends by a rule that the table declares; whatever is promised, a page is
 * asked for once, and no more than max_pages. What cannot be told is an error: a list that
 * ends too early looks like a list that is whole.
 */
#ifndef ELT_SOURCE_PAGING_H
#define ELT_SOURCE_PAGING_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "transport/page.h"

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

/* Where an answer says something: '$.meta.next', or 'header X-Total'. */
typedef struct PagePlace
{
	char	   *text;			/* as it was declared; NULL: it was not */
	char	   *header;
	struct Path *path;
} PagePlace;

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
	PagePlace	resume;			/* where the last page says where the next run goes on */
	List	   *records;		/* of Path *; NIL: the root's elements, or the root */
	struct Path *record_id;		/* of each record, from the root */
	bool		stop_on_empty;
	bool		stop_on_short;
	int			max_pages;
} Paging;

/* What is asked for next. */
typedef struct PageAsk
{
	char	   *url;			/* the whole URL, or NULL: the slice's with this param */
	char	   *value;			/* of the paging's param; NULL: without */
	bool		is_number;
} PageAsk;

/* Where a slice stands. */
typedef struct PageState
{
	int			pages;			/* that came */
	int64		records;
	int64		total;			/* the last that was told; -1: none */
	struct HTAB *seen;
	char	   *resume;			/* what the last page said, or NULL */
	PageAsk		ask;
} PageState;

/* From the options of a foreign table, which are checked here; NULL: a slice is one page. */
extern Paging *PagingRead(List *options, const char *records);

/* Do runs go on from where the last page of the one before said? paging may be NULL. */
extern bool PagingResumes(const Paging *paging);

/*
 * Begin with the first page, or where an earlier run has ended (NULL: there was none). All state
 * lives in the current memory context.
 */
extern void PagingBegin(const Paging *paging, PageState *state, const char *resume);

/*
 * A page has come from url: true when there is another one, now in state->ask. A list that is
 * not to be trusted sets *problem.
 */
extern bool PagingNext(const Paging *paging, PageState *state, FetchedPage *page,
					   const char *url, char **problem);

/* How many records the source's total counts beyond those that came; 0 when it tells none. */
extern int64 PagingMissing(const Paging *paging, const PageState *state);

#endif

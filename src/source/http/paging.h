/*
 * paging.h
 *	  Pagination within a slice.
 *
 * Every list ends by a rule that the table declares; no page is requested twice, and at most
 * max_pages are. An undecidable end is an error, because a truncated list looks like a complete
 * one.
 *
 * A list is complete unless a rule contradicts that. A list whose total changes between pages or
 * differs from the number of its elements, or whose rules disagree about its end, is requested
 * again; after a few times it is reported as not proven complete.
 */
#ifndef ELT_SOURCE_HTTP_PAGING_H
#define ELT_SOURCE_HTTP_PAGING_H

#include "postgres.h"
#include "source/http/page_fields.h"
#include "source/http/paging_options.h"

/* The next page to request. */
typedef struct PageAsk
{
	char	   *url;			/* the whole URL, or NULL: the slice's with this param */
	char	   *value;			/* of the paging's param; NULL: without */
	bool		is_number;
} PageAsk;

/* The pagination state of a slice. */
typedef struct PageState
{
	MemoryContext cxt;			/* holds what outlives a page */
	int			pages;			/* that came */
	int64		elements;		/* of the outermost list */
	int64		total;			/* of elements, as the last one said; -1: it was not told */
	int64		last_page;		/* number of it, as the last one said; -1: it was not told */
	int			page_size;		/* a page with fewer elements is short */
	bool		ended;			/* a rule says that the list ends with the pages that came */
	bool		promised;		/* a rule says that it goes on */
	bool		repeats;		/* the page at hand is one that came before, and no part of it */
	bool		last_try;		/* a contradiction does not restart the list */
	char	   *doubt;			/* why the list is not proven complete; NULL: it is complete */
	struct HTAB *seen;
	char	   *resume;			/* what the last page said, or NULL */
	PageAsk		ask;
} PageState;

/* The next step after a page. */
typedef enum PagingStep
{
	PAGING_GO_ON,				/* with state->ask */
	PAGING_DONE,				/* it was the last one; state->doubt says whether the list is complete */
	PAGING_ANEW,				/* the list contradicts itself: ask for the first page again */
	PAGING_BROKEN				/* the list is invalid, *problem says why */
} PagingStep;

/* Does each run continue where the last page of the previous run ended? paging may be NULL. */
extern bool PagingResumes(const Paging *paging);

/*
 * Begin with the first page, or where the previous run ended (NULL: none). All state lives in
 * the current memory context, except for the next request and the last page's resume, which live
 * where their page was read. From the last try on contradictions are kept in doubt.
 */
extern void PagingBegin(const Paging *paging, PageState *state, const char *resume,
						bool last_try);

/* Move the next request into the current memory context. */
extern void PagingKeepAsk(PageState *state);

/*
 * The page n pages after the next request, if both its address and its existence are known: by its
 * number, or by an offset among pages of equal length in a list with a total.
 */
extern bool PagingKnows(const Paging *paging, const PageState *state, int n, PageAsk *ask);

/* Request the fields of a page that pagination depends on; paging may be NULL. */
extern void PagingWant(const Paging *paging, WantedFields *wanted);

/* A page has come from url. */
extern PagingStep PagingNext(const Paging *paging, PageState *state, WantedFields *wanted,
							 const char *url, char **problem);

/* The server returned that the requested page does not exist. */
extern PagingStep PagingEnd(PageState *state);

/*
 * Was a page requested although a rule says that the list has ended? Then an error response
 * confirms the rule.
 */
extern bool PagingAsksBeyondEnd(const PageState *state);

#endif

/*
 * paging.h
 *	  From one page of a slice to the next.
 *
 * Every way of paging ends by a rule that the table declares; whatever is promised, a page is
 * asked for once, and no more than max_pages. What cannot be told is an error: a list that
 * ends too early looks like a list that is whole.
 *
 * A list is whole when nothing contradicts it. One whose total changes from page to page, that
 * has more or fewer elements than its total, or of which one rule says that it ends and another
 * one that it goes on, is asked for anew, and after a few times it is not proven complete.
 */
#ifndef ELT_SOURCE_HTTP_PAGING_H
#define ELT_SOURCE_HTTP_PAGING_H

#include "postgres.h"
#include "source/http/page_fields.h"
#include "source/http/paging_options.h"

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
	MemoryContext cxt;			/* holds what outlives a page */
	int			pages;			/* that came */
	int64		elements;		/* of the outermost list */
	int64		total;			/* of elements, as the last one said; -1: it was not told */
	int64		last_page;		/* number of it, as the last one said; -1: it was not told */
	int			page_size;		/* a page with fewer elements is short */
	bool		ended;			/* a rule says that the list ends with the pages that came */
	bool		promised;		/* a rule says that it goes on */
	bool		repeats;		/* the page at hand is one that came before, and no part of it */
	bool		last_try;		/* a contradiction is no reason to begin anew */
	char	   *doubt;			/* why the list is not proven complete; NULL: it is */
	struct HTAB *seen;
	char	   *resume;			/* what the last page said, or NULL */
	PageAsk		ask;
} PageState;

/* What follows a page. */
typedef enum PagingStep
{
	PAGING_GO_ON,				/* with state->ask */
	PAGING_DONE,				/* it was the last one; state->doubt says whether all is there */
	PAGING_ANEW,				/* the list contradicts itself: ask for the first page again */
	PAGING_BROKEN				/* the list is not to be trusted, *problem says why */
} PagingStep;

/* Do runs go on from where the last page of the one before said? paging may be NULL. */
extern bool PagingResumes(const Paging *paging);

/*
 * Begin with the first page, or where an earlier run has ended (NULL: there was none). All state
 * lives in the current memory context, but what is asked for next and the resume of the last page,
 * which live where their page was read. From the last try on contradictions are kept in doubt.
 */
extern void PagingBegin(const Paging *paging, PageState *state, const char *resume,
						bool last_try);

/* What is asked for next moves into the current memory context. */
extern void PagingKeepAsk(PageState *state);

/* Say what of a page decides what follows it; paging may be NULL. */
extern void PagingWant(const Paging *paging, WantedFields *wanted);

/* A page has come from url. */
extern PagingStep PagingNext(const Paging *paging, PageState *state, WantedFields *wanted,
							 const char *url, char **problem);

/* Instead of the page that was asked for the server says that there is none. */
extern PagingStep PagingEnd(PageState *state);

/*
 * Was a page asked for although a rule says that the list has ended? Then a refusal confirms
 * the rule.
 */
extern bool PagingAsksBeyondEnd(const PageState *state);

#endif

/*
 * page_facts.h
 *	  Read the pagination fields of a page.
 */
#ifndef ELT_SOURCE_HTTP_PAGE_FACTS_H
#define ELT_SOURCE_HTTP_PAGE_FACTS_H

#include "postgres.h"
#include "source/http/page_fields.h"
#include "source/http/page_token.h"
#include "source/http/paging_options.h"

typedef struct PageFacts
{
	int64		elements;		/* of the outermost list: what the source counts */
	PageToken	next;			/* cursor or URL of the next page */
	char	   *has_more;		/* NULL: not told */
	char	   *total;
	char	   *pages;
	PageToken	last_id;
	PageToken	resume;
} PageFacts;

/* Say what facts need to be read. */
extern void PageFactsWant(const Paging *paging, WantedFields *wanted);

/* Set facts; returns NULL, or why the page is invalid. */
extern char *PageFactsRead(const Paging *paging, WantedFields *wanted, PageFacts *facts);

#endif

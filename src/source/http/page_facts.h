/*
 * page_facts.h
 *	  What one page says of the list that it is a part of.
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

/* Fill in facts; NULL, or why the page cannot be trusted. */
extern char *PageFactsRead(const Paging *paging, WantedFields *wanted, PageFacts *facts);

#endif

/*
 * page_verdict.h
 *	  What an answer is taken for by default.
 */
#ifndef ELT_SOURCE_HTTP_PAGE_VERDICT_H
#define ELT_SOURCE_HTTP_PAGE_VERDICT_H

#include "source/verdict.h"

struct FetchedPage;

/* By its status, or by how the transfer failed. */
extern Verdict VerdictOfPage(const struct FetchedPage *page);

#endif

/*
 * verdict.h
 *	  What an answer is taken for.
 */
#ifndef ELT_SOURCE_VERDICT_H
#define ELT_SOURCE_VERDICT_H

typedef enum Verdict
{
	VERDICT_SUCCESS,			/* a page to decode */
	VERDICT_UNCHANGED,			/* what was asked for is as it was */
	VERDICT_EMPTY,				/* done, no rows */
	VERDICT_NOT_YET,			/* not published: ask again in the next run */
	VERDICT_RETRY,				/* temporary: ask again after a while */
	VERDICT_RATE_LIMITED,		/* as retry, and the whole server waits */
	VERDICT_RESTART,			/* the list has changed: ask for its first page again */
	VERDICT_REFRESH_TOKEN,		/* the access token has expired: ask again with another one */
	VERDICT_FAIL
} Verdict;

extern const char *VerdictName(Verdict verdict);

#endif

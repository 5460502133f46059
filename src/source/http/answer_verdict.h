/*
 * answer_verdict.h
 *	  Verdicts for responses.
 */
#ifndef ELT_SOURCE_HTTP_ANSWER_VERDICT_H
#define ELT_SOURCE_HTTP_ANSWER_VERDICT_H

#include "source/verdict.h"

struct FetchedPage;

typedef enum AnswerVerdict
{
	ANSWER_SUCCESS,				/* a page to decode */
	ANSWER_UNCHANGED,			/* what was asked for is as it was */
	ANSWER_EMPTY,				/* done, no rows */
	ANSWER_NOT_YET,				/* not published: ask again in the next run */
	ANSWER_RETRY,				/* temporary: ask again after a while */
	ANSWER_RATE_LIMITED,		/* as retry, and the whole server waits */
	ANSWER_RESTART,				/* the list has changed: ask for its first page again */
	ANSWER_REFRESH_TOKEN,		/* the access token has expired: ask again with another one */
	ANSWER_FAIL
} AnswerVerdict;

/* The default verdict, from the status or the failure of the transfer. */
extern AnswerVerdict VerdictOfPage(const struct FetchedPage *page);

/* The verdict for a slice whose last response has this verdict. */
extern Verdict VerdictOfSlice(AnswerVerdict verdict);

/* As elt.request_log has it. */
extern const char *AnswerVerdictName(AnswerVerdict verdict);

#endif

/*
 * log_request.h
 *	  A request and its answer as a row of the request log.
 */
#ifndef ELT_SOURCE_HTTP_LOG_REQUEST_H
#define ELT_SOURCE_HTTP_LOG_REQUEST_H

#include "source/http/answer_verdict.h"
#include "source/http/auth.h"
#include "source/request_log.h"
#include "transport/transport.h"

typedef struct LoggedRequest
{
	const Slice *slice;			/* NULL: it is for an access token */
	int			page;			/* from 1 */
	int			attempt;		/* at this page, from 1 */
	const TransportRequest *request;
	AnswerVerdict verdict;		/* what its answer was taken for */
	const char *error;			/* for people, secrets and all; NULL: the answer tells */
} LoggedRequest;

/* log may be NULL: then nobody wants to know. auth may be NULL. */
extern void LogRequest(RequestLog *log, const Auth *auth, const LoggedRequest *logged,
					   FetchedPage *page);

#endif

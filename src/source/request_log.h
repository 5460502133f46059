/*
 * request_log.h
 *	  What became of the requests of a pull, until it is stored: one row for each attempt.
 */
#ifndef ELT_SOURCE_REQUEST_LOG_H
#define ELT_SOURCE_REQUEST_LOG_H

#include "postgres.h"
#include "catalog/slice.h"
#include "source/auth.h"
#include "source/verdict.h"
#include "transport/transport.h"

typedef struct RequestLog RequestLog;

typedef struct LoggedRequest
{
	const Slice *slice;			/* NULL: it is for an access token */
	int			page;			/* from 1 */
	int			attempt;		/* at this page, from 1 */
	const TransportRequest *request;
	Verdict		verdict;		/* what its answer was taken for */
	const char *error;			/* for people, secrets and all; NULL: the answer tells */
} LoggedRequest;

/* In the current memory context. */
extern RequestLog *RequestLogOpen(void);

/* log may be NULL: then nobody wants to know. auth may be NULL. */
extern void RequestLogAdd(RequestLog *log, const Auth *auth, const LoggedRequest *logged,
						  FetchedPage *page);

/* Are there so many, or so old ones, that they should be stored? */
extern bool RequestLogIsDue(const RequestLog *log);

/* As RequestLogInsert takes them; NULL when there are none. */
extern const char *RequestLogRows(RequestLog *log);
extern void RequestLogEmpty(RequestLog *log);

#endif

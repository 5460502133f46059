/*
 * failure.h
 *	  Describe failed requests with message, detail and hint.
 */
#ifndef ELT_SOURCE_HTTP_FAILURE_H
#define ELT_SOURCE_HTTP_FAILURE_H

#include "postgres.h"
#include "source/pull.h"
#include "transport/transport.h"

/* Does the body begin like HTML or XML? */
extern bool PageIsWebPage(const SourceDefinition *def, FetchedPage *page);

/* Fill in result's error, detail, hint and sqlstate, in the current memory context. */
extern void DescribeFailure(PulledSlice *result, const SourceDefinition *def,
							const TransportRequest *request, FetchedPage *page);

/* The same for a response that requests a longer wait than permitted. */
extern void DescribeTooLong(PulledSlice *result, const SourceDefinition *def,
							const TransportRequest *request, FetchedPage *page,
							TimestampTz until);

/* Replace the hint of DescribeFailure when the access token was rejected. */
extern void DescribeRefusedToken(PulledSlice *result, const SourceDefinition *def,
								 const FetchedPage *page, bool renewed);

/* A request that is not sent because a value of its slice is invalid. */
extern void DescribeUnfit(PulledSlice *result, const SourceDefinition *def,
						  const TransportRequest *request, const char *error, const char *hint);

/*
 * An export that cannot go on because of problem. A response that has a URL is not shown, for who
 * knows it may need no other credentials.
 */
extern void DescribeExport(PulledSlice *result, const SourceDefinition *def,
						   const TransportRequest *request, FetchedPage *page, bool is_shown,
						   char *problem);

/* Pagination that failed because of problem. */
extern void DescribePaging(PulledSlice *result, const SourceDefinition *def,
						   const TransportRequest *request, const char *problem);

/* A request that was not sent because the server requested a pause. */
extern void DescribePause(PulledSlice *result, const SourceDefinition *def,
						  const TransportRequest *request, TimestampTz until);

/* A request that was not sent because the quota is exhausted. */
extern void DescribeQuota(PulledSlice *result, const SourceDefinition *def,
						  const TransportRequest *request, TimestampTz until);

#endif

/*
 * failure.h
 *	  A request that failed for good, told so that a person knows what to do next.
 */
#ifndef ELT_SOURCE_HTTP_FAILURE_H
#define ELT_SOURCE_HTTP_FAILURE_H

#include "postgres.h"
#include "source/pull.h"
#include "transport/transport.h"

/* Does the body begin like HTML or XML? A page of that kind is an error in disguise. */
extern bool PageIsMarkup(FetchedPage *page);

/* Fill in result's error, detail, hint and sqlstate, in the current memory context. */
extern void DescribeFailure(PulledSlice *result, const SourceDefinition *def,
							const TransportRequest *request, FetchedPage *page);

/* The same for an answer that asks to wait for longer than one waits. */
extern void DescribeTooLong(PulledSlice *result, const SourceDefinition *def,
							const TransportRequest *request, FetchedPage *page,
							TimestampTz until);

/* Told by DescribeFailure, and the answer means that the access token is not taken. */
extern void DescribeRefusedToken(PulledSlice *result, const SourceDefinition *def,
								 const FetchedPage *page, bool renewed);

/* A request that is not made, because a value of its slice does not fit into it. */
extern void DescribeUnfit(PulledSlice *result, const SourceDefinition *def,
						  const TransportRequest *request, const char *error, const char *hint);

/* Pages that do not follow each other as declared; problem says how. */
extern void DescribePaging(PulledSlice *result, const SourceDefinition *def,
						   const TransportRequest *request, const char *problem);

/* A request that was not sent, because the server asked everybody to wait. */
extern void DescribePause(PulledSlice *result, const SourceDefinition *def,
						  const TransportRequest *request, TimestampTz until);

/* A request that was not sent, because the quota is spent. */
extern void DescribeQuota(PulledSlice *result, const SourceDefinition *def,
						  const TransportRequest *request, TimestampTz until);

#endif

/*
 * http_request.h
 *	  From a definition and a slice to the request that asks for it.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_REQUEST_H
#define ELT_SOURCE_HTTP_HTTP_REQUEST_H

#include "postgres.h"
#include "source/definition.h"
#include "source/http/paging.h"
#include "transport/transport.h"

/* Why a request must not be made: a value of its slice does not fit where it stands. */
typedef struct RequestProblem
{
	const char *error;			/* NULL: it may */
	const char *hint;
} RequestProblem;

/*
 * The request for a slice's first page, or the one that paging asks for, in the current memory
 * context. shown_url is the one for people: it never holds a secret.
 */
extern TransportRequest *HttpRequest(const SourceDefinition *def, const Slice *slice,
									 const PageAsk *ask, RequestProblem *problem);

/* The server's url, path and query with their placeholders, for an EXPLAIN without values. */
extern char *HttpRequestTemplate(const SourceDefinition *def);

#endif

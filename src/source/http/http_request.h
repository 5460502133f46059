/*
 * http_request.h
 *	  Build the request for a slice from the definition of its source.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_REQUEST_H
#define ELT_SOURCE_HTTP_HTTP_REQUEST_H

#include "postgres.h"
#include "source/definition.h"
#include "source/http/http_source.h"
#include "source/http/paging.h"
#include "transport/transport.h"

struct ExportState;

/* Why a request cannot be built: a value of its slice is invalid in its place. */
typedef struct RequestProblem
{
	const char *error;			/* NULL: it may */
	const char *hint;
} RequestProblem;

/*
 * The request for a slice's first page, or the one that paging asks for, or of the step of its
 * export (NULL: the first), in the current memory context. shown_url never contains a secret.
 */
extern TransportRequest *HttpRequest(const SourceDefinition *def, const Slice *slice,
									 const PageAsk *ask, const struct ExportState *export,
									 RequestProblem *problem);

/* The headers, and that of the server's option user_agent, if it has one. */
extern List *AddUserAgent(List *headers, const HttpSource *http);

/* The server's url, path and query with their placeholders, for an EXPLAIN without values. */
extern char *HttpRequestTemplate(const SourceDefinition *def);

#endif

/*
 * http_request.h
 *	  From a definition and a slice to the request that asks for it.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_REQUEST_H
#define ELT_SOURCE_HTTP_HTTP_REQUEST_H

#include "postgres.h"
#include "source/definition.h"
#include "source/kind.h"
#include "source/paging.h"
#include "transport/transport.h"

/* build_request of this kind. */
extern TransportRequest *HttpRequest(const SourceDefinition *def, const Slice *slice,
									 const PageAsk *ask, RequestProblem *problem);

/* The server's url, path and query with their placeholders, for an EXPLAIN without values. */
extern char *HttpRequestTemplate(const SourceDefinition *def);

#endif

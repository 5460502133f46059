/*
 * request.h
 *	  From a definition and a slice to the request that asks for it.
 */
#ifndef ELT_SOURCE_REQUEST_H
#define ELT_SOURCE_REQUEST_H

#include "postgres.h"
#include "source/definition.h"
#include "source/paging.h"
#include "transport/transport.h"

/* Why a request must not be made: a value of its slice does not fit where it stands. */
typedef struct RequestProblem
{
	const char *error;			/* NULL: it may */
	const char *hint;
} RequestProblem;

/*
 * The first page (ask NULL), or the page that paging asks for. In the current memory context.
 * shown_url is the one for people: it never holds a secret.
 */
extern TransportRequest *RequestBuild(const SourceDefinition *def, const Slice *slice,
									  const PageAsk *ask, RequestProblem *problem);

/* The server's url, path and query with their placeholders, for an EXPLAIN without values. */
extern char *RequestTemplate(const SourceDefinition *def);

/* What a slice asks for, for messages: {"country": "de"}, 2024-01-01 .. 2024-01-02. */
extern char *SliceText(const SourceDefinition *def, const Slice *slice);

#endif

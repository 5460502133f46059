/*
 * http_source.h
 *	  The definition of a foreign table of an HTTP API.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_SOURCE_H
#define ELT_SOURCE_HTTP_HTTP_SOURCE_H

#include "postgres.h"
#include "foreign/foreign.h"
#include "source/definition.h"
#include "source/http/request_body.h"
#include "source/page_format.h"

/* The private data of a definition. */
typedef struct HttpSource
{
	/* server: how to ask */
	char	   *url;			/* without a trailing slash */
	double		rate;			/* requests per second */
	int			burst;			/* requests that may start at once */
	struct Quota *quota;		/* NULL: none */
	int			concurrency;	/* requests in flight */
	int			connect_timeout_ms;
	int			timeout_ms;
	int			stall_timeout_ms;
	int			max_attempts;	/* in all, per request */
	int64		max_response_bytes;
	bool		allow_private;
	bool		conditional;	/* an answer that has not changed need not land again */
	char	   *user_agent;		/* NULL: the transport's own */
	List	   *headers;		/* of char *, "Name: value" */
	char	   *ca;				/* PEM of the authorities to trust; NULL: the system's */
	char	   *proxy;			/* URL of the proxy that requests go through, or NULL */
	char	   *download_origin;	/* another origin that exports are downloaded from, or NULL */
	struct Auth *auth;			/* authentication; NULL: none, or not read yet */

	/* table: what to ask for */
	char	   *method;			/* GET or POST */
	char	   *path;			/* template; begins with a slash, or is empty */
	char	   *query;			/* template without the question mark, or NULL */
	List	   *own_headers;	/* templates (char *), "Name: value"; beside the server's */
	char	   *body;			/* template, or NULL */
	BodyFormat	body_format;
	List	   *file_parts;		/* FilePart *, fields of the body that are files */
	PageFormat	format;			/* of the answers */
	struct Export *export;		/* NULL: an answer is the data */
	struct Paging *paging;		/* NULL: a slice is one page */
	List	   *rules;			/* of ResponseRule *, first match wins */
} HttpSource;

/* The options of a server alone. */
extern HttpSource *HttpServerRead(const ForeignServer *server);

/* The options of server and table, and of a column, into def. */
extern void HttpRead(SourceDefinition *def, const ForeignServer *server,
					 const ForeignTable *table);
extern void HttpReadColumn(SourceColumn *column, List *options);

#endif

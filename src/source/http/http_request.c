/*
 * http_request.c
 *	  Build the request for a slice from the definition of its source.
 */
#include "base/compat.h"
#include "source/http/http_request.h"

#include "base/errors.h"
#include "source/cursor.h"
#include "source/http/auth.h"
#include "source/http/body_template.h"
#include "source/http/http_source.h"
#include "source/http/template.h"
#include "source/params.h"
#include "source/windows.h"
#include "transport/url.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define MAX_REDIRECTS 5

typedef struct Values
{
	const SourceDefinition *def;
	const Slice *slice;
} Values;

static const char *
PlaceholderValue(const char *name, void *arg)
{
	Values	   *values = arg;
	char	   *text;

	if (IsWindowName(name))
		return WindowText(values->def, values->slice, name);
	if (IsCursorName(values->def, name))
		return values->slice->cursor;
	text = ParamText(values->slice->params, name);
	if (text == NULL)
		elog(ERROR, "slice %s has no param \"%s\"", values->slice->params, name);
	return text;
}

static char *
Expand(const char *template, Values *values)
{
	StringInfoData buf;

	if (template == NULL)
		return NULL;
	initStringInfo(&buf);
	TemplateExpand(&buf, template, PlaceholderValue, values);
	return buf.data;
}

/* Segments that whoever reads the path takes for steps to another one. */
static int
CountDotSegments(const char *path)
{
	int			count = 0;

	while (*path != '\0')
	{
		size_t		length = strcspn(path, "/");

		if ((length == 1 || length == 2) && strspn(path, ".") == length)
			count++;
		path += length + strspn(path + length, "/");
	}
	return count;
}

static char *
ExpandPath(const HttpSource *http, Values *values, RequestProblem *problem)
{
	char	   *path = Expand(http->path, values);

	if (path != NULL && CountDotSegments(path) > CountDotSegments(http->path))
	{
		problem->error = psprintf("param value must not add a \".\" or \"..\" segment to the "
								  "path: %s", path);
		problem->hint = "Omit such values, or use the param in option \"query\".";
	}
	return path;
}

static char *
ExpandBody(const HttpSource *http, Values *values, RequestProblem *problem)
{
	const char *unfit = NULL;
	char	   *body;

	if (http->body == NULL)
		return NULL;
	body = BodyExpand(http->body, PlaceholderValue, values, &unfit);
	if (unfit != NULL)
	{
		problem->error = psprintf("invalid value for unquoted placeholder {%s} in option "
								  "\"body\": \"%s\"", unfit, PlaceholderValue(unfit, values));
		problem->hint = psprintf("Put the placeholder in double quotes: \"{%s}\".", unfit);
	}
	return body;
}

static List *
RequestHeaders(const HttpSource *http)
{
	List	   *headers = list_copy(http->headers);

	if (http->user_agent != NULL)
		headers = lappend(headers, psprintf("User-Agent: %s", http->user_agent));
	return headers;
}

/* Of what landed: the server answers 304 when it would answer the same. */
static List *
AddConditions(List *headers, const Slice *slice)
{
	if (slice->etag != NULL)
		headers = lappend(headers, psprintf("If-None-Match: %s", slice->etag));
	if (slice->last_modified != NULL)
		headers = lappend(headers, psprintf("If-Modified-Since: %s", slice->last_modified));
	return headers;
}

static void
AddQuery(TransportRequest *request, const char *name, const char *value)
{
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfo(&query, "%s=", name);
	UrlEncode(&query, value);
	request->url = UrlJoin(request->url, NULL, query.data);
}

static void
AddParam(const Paging *paging, TransportRequest *request, const char *name,
		 const char *value, bool is_number)
{
	if (paging->in_body)
		request->body = BodyAddMember(request->body ? request->body : "{}", name, value,
									  is_number);
	else
		AddQuery(request, name, value);
}

/* A URL that an earlier run has kept, while the server's own has changed. */
static void
CheckSameOrigin(const char *own, const char *kept)
{
	if (!UrlSameOrigin(own, kept))
		ereport(ERROR,
				(errcode(ERRCODE_ELT_HTTP),
				 errmsg("URL of the next request has origin %s, but the server has origin %s",
						UrlOrigin(kept), UrlOrigin(own)),
				 errhint("If the URL of the server was changed, use elt.reset_pipeline to start "
						 "again.")));
}

static void
AddPaging(const Paging *paging, TransportRequest *request, const PageAsk *ask)
{
	if (paging == NULL)
		return;
	if (ask != NULL && ask->url != NULL)
	{
		CheckSameOrigin(request->url, ask->url);
		request->url = ask->url;
		return;
	}
	if (paging->limit_param != NULL)
		AddParam(paging, request, paging->limit_param, psprintf("%d", paging->page_size),
				 true);
	if (ask != NULL && ask->value != NULL)
		AddParam(paging, request, paging->param, ask->value, ask->is_number);
}

static bool
HasHeader(List *headers, const char *name)
{
	size_t		length = strlen(name);
	ListCell   *lc;

	foreach(lc, headers)
		if (pg_strncasecmp(lfirst(lc), name, length) == 0 &&
			((char *) lfirst(lc))[length] == ':')
			return true;
	return false;
}

static void
FinishBody(TransportRequest *request)
{
	if (request->body != NULL && !HasHeader(request->headers, "Content-Type"))
		request->headers = lappend(request->headers, "Content-Type: application/json");
}

TransportRequest *
HttpRequest(const SourceDefinition *def, const Slice *slice, const PageAsk *ask,
			RequestProblem *problem)
{
	const HttpSource *http = def->own;
	TransportRequest *request;
	Values		values = {def, slice};

	*problem = (RequestProblem) {0};
	request = palloc0(sizeof(TransportRequest));
	request->method = http->method;
	request->url = UrlJoin(http->url, ExpandPath(http, &values, problem),
						   Expand(http->query, &values));
	request->headers = AddConditions(RequestHeaders(http), slice);
	request->body = ExpandBody(http, &values, problem);
	AddPaging(http->paging, request, ask);
	AuthApply(http->auth, request);
	FinishBody(request);
	request->shown_url = SourceMask(def, request->url);
	request->ca_pem = http->ca;
	request->connect_timeout_ms = http->connect_timeout_ms;
	request->total_timeout_ms = http->timeout_ms;
	request->stall_timeout_ms = http->stall_timeout_ms;
	request->max_bytes = http->max_response_bytes;
	request->allow_private = http->allow_private;
	request->max_redirects = MAX_REDIRECTS;
	return request;
}

char *
HttpRequestTemplate(const SourceDefinition *def)
{
	const HttpSource *http = def->own;

	return UrlJoin(http->url, http->path, http->query);
}

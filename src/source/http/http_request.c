/*
 * http_request.c
 *	  Build the request for a slice from the definition of its source.
 */
#include "base/compat.h"
#include "source/http/http_request.h"

#include "base/errors.h"
#include "source/cursor.h"
#include "source/http/auth.h"
#include "source/http/export.h"
#include "source/http/http_option_checks.h"
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
	const char *job;			/* of an export, or NULL */
} Values;

static const char *
PlaceholderValue(const char *name, void *arg)
{
	Values	   *values = arg;
	char	   *text;

	if (values->job != NULL && strcmp(name, JOB_NAME) == 0)
		return values->job;
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
ExpandPath(const char *template, Values *values, RequestProblem *problem)
{
	char	   *path = Expand(template, values);

	if (path != NULL && CountDotSegments(path) > CountDotSegments(template))
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
	body = RequestBodyExpand(http->body_format, http->body, PlaceholderValue, values, &unfit);
	if (unfit != NULL)
	{
		problem->error = psprintf("invalid value for unquoted placeholder {%s} in option "
								  "\"body\": \"%s\"", unfit, PlaceholderValue(unfit, values));
		problem->hint = psprintf("Put the placeholder in double quotes: \"{%s}\".", unfit);
	}
	return body;
}

/* A value must not end its header, nor begin another one. */
static char *
ExpandHeader(const char *template, Values *values, RequestProblem *problem)
{
	StringInfoData line;
	const char *detail = NULL;

	initStringInfo(&line);
	TemplateFill(&line, template, PlaceholderValue, values);
	if (!CheckHeaderText(line.data, &detail))
	{
		problem->error = psprintf("value in header \"%.*s\" contains a control character",
								  (int) strcspn(line.data, ":"), line.data);
		problem->hint = "Omit such values, or use the param in option \"query\".";
	}
	return line.data;
}

/* Of the server, those excepted that the foreign table has as well. */
static List *
ServerHeaders(const HttpSource *http)
{
	List	   *headers = NIL;
	ListCell   *lc;

	foreach(lc, http->headers)
	{
		const char *line = lfirst(lc);

		if (!RequestHasHeader(http->own_headers, pnstrdup(line, strcspn(line, ":"))))
			headers = lappend(headers, lfirst(lc));
	}
	return headers;
}

List *
AddUserAgent(List *headers, const HttpSource *http)
{
	if (http->user_agent != NULL)
		headers = lappend(headers, psprintf("User-Agent: %s", http->user_agent));
	return headers;
}

static List *
RequestHeaders(const HttpSource *http, Values *values, RequestProblem *problem)
{
	List	   *headers = ServerHeaders(http);
	ListCell   *lc;

	foreach(lc, http->own_headers)
		headers = lappend(headers, ExpandHeader(lfirst(lc), values, problem));
	return AddUserAgent(headers, http);
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
AddParam(const HttpSource *http, TransportRequest *request, const char *name,
		 const PageAsk *ask, RequestProblem *problem)
{
	char	   *body;

	if (!http->paging->in_body)
	{
		AddQuery(request, name, ask->value);
		return;
	}
	body = RequestBodySet(http->body_format, request->body, PagingPlace(name), ask->value,
						  ask->is_number);
	if (body == NULL)
		problem->error = psprintf("body has no place for \"%s\": what is on the way is not an object",
								  name);
	else
		request->body = body;
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
AddPaging(const HttpSource *http, TransportRequest *request, const PageAsk *ask,
		  RequestProblem *problem)
{
	const Paging *paging = http->paging;
	PageAsk		limit = {.is_number = true};

	if (paging == NULL)
		return;
	if (ask != NULL && ask->url != NULL)
	{
		CheckSameOrigin(request->url, ask->url);
		request->url = ask->url;
		return;
	}
	limit.value = psprintf("%d", paging->page_size);
	if (paging->limit_param != NULL)
		AddParam(http, request, paging->limit_param, &limit, problem);
	if (ask != NULL && ask->value != NULL)
		AddParam(http, request, paging->param, ask, problem);
}

/* ---- the steps of an export ---- */

/* The first request, and all of a source without exports. */
static void
AskSlice(const HttpSource *http, TransportRequest *request, Values *values, const PageAsk *ask,
		 RequestProblem *problem)
{
	request->method = http->method;
	request->url = UrlJoin(AuthUrl(http->auth, http->url),
						   ExpandPath(http->path, values, problem),
						   Expand(http->query, values));
	request->headers = RequestHeaders(http, values, problem);
	if (http->export == NULL)
		request->headers = AddConditions(request->headers, values->slice);
	request->body = ExpandBody(http, values, problem);
	AddPaging(http, request, ask, problem);
	AuthApply(http->auth, request, http->body_format != BODY_JSON);
	RequestBodyFinish(http->body_format, http->file_parts, request);
}

/* A later one: another origin is told nothing of this one. */
static void
AskExport(const HttpSource *http, TransportRequest *request, Values *values,
		  const ExportState *state, RequestProblem *problem)
{
	const ExportPlace *place = state->step == EXPORT_POLL ? &http->export->poll
		: &http->export->download;

	request->method = "GET";
	request->url = state->url;
	if (request->url == NULL)
		request->url = UrlJoin(AuthUrl(http->auth, http->url),
							   ExpandPath(place->template, values, problem), NULL);
	if (state->is_foreign)
		request->headers = AddUserAgent(NIL, http);
	else
	{
		request->headers = RequestHeaders(http, values, problem);
		AuthApply(http->auth, request, false);
		RequestBodyFinish(BODY_JSON, NIL, request);
	}
}

/* What an answer has named may hold credentials of its own. */
static char *
ShownUrl(const SourceDefinition *def, const char *url, bool is_named)
{
	size_t		length = strcspn(url, "?");

	if (is_named && url[length] == '?')
		url = psprintf("%.*s?***", (int) length, url);
	return SourceMask(def, url);
}

TransportRequest *
HttpRequest(const SourceDefinition *def, const Slice *slice, const PageAsk *ask,
			const ExportState *export, RequestProblem *problem)
{
	const HttpSource *http = def->own;
	TransportRequest *request;
	Values		values = {def, slice, export == NULL ? NULL : export->job};
	bool		is_later = export != NULL && export->step != EXPORT_SUBMIT;

	*problem = (RequestProblem) {0};
	request = palloc0(sizeof(TransportRequest));
	if (is_later)
		AskExport(http, request, &values, export, problem);
	else
		AskSlice(http, request, &values, ask, problem);
	request->shown_url = ShownUrl(def, request->url, is_later && export->url != NULL);
	request->ca_pem = is_later && export->is_foreign ? NULL : http->ca;
	AuthSetProxy(http->auth, http->proxy, request);
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

#include "base/compat.h"
#include "source/request.h"

#include "source/definition_checks.h"
#include "source/file_source.h"
#include "source/params.h"
#include "source/template.h"
#include "source/windows.h"
#include "transport/url.h"
#include "utils/builtins.h"

#define MAX_REDIRECTS 5

typedef struct Values
{
	const SourceDefinition *def;
	const Slice *slice;
} Values;

/* The last wanted unit is the one that the window's last instant lies in. */
static const char *
WindowValue(const SourceDefinition *def, const Slice *slice, const char *name)
{
	if (strcmp(name, "window_start") == 0)
		return WindowBoundText(def, slice->window_start);
	if (strcmp(name, "window_end") == 0)
		return WindowBoundText(def, slice->window_end);
	return WindowBoundText(def, slice->window_end - 1);
}

static const char *
PlaceholderValue(const char *name, void *arg)
{
	Values	   *values = arg;
	char	   *text;

	if (IsWindowName(name))
		return WindowValue(values->def, values->slice, name);
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

static List *
RequestHeaders(const SourceDefinition *def)
{
	List	   *headers = list_copy(def->headers);

	if (def->user_agent != NULL)
		headers = lappend(headers, psprintf("User-Agent: %s", def->user_agent));
	return headers;
}

TransportRequest *
RequestBuild(const SourceDefinition *def, const Slice *slice)
{
	TransportRequest *request;
	Values		values = {def, slice};

	if (def->file != NULL)
		return FileRequest(def, slice);
	request = palloc0(sizeof(TransportRequest));
	request->method = def->method;
	request->url = UrlJoin(def->url, Expand(def->path, &values),
						   Expand(def->query, &values));
	request->shown_url = request->url;
	request->headers = RequestHeaders(def);
	request->connect_timeout_ms = def->connect_timeout_ms;
	request->total_timeout_ms = def->timeout_ms;
	request->stall_timeout_ms = def->stall_timeout_ms;
	request->max_bytes = def->max_response_bytes;
	request->allow_private = def->allow_private;
	request->max_redirects = MAX_REDIRECTS;
	return request;
}

char *
RequestTemplate(const SourceDefinition *def)
{
	return UrlJoin(def->url, def->path, def->query);
}

char *
SliceText(const SourceDefinition *def, const Slice *slice)
{
	if (!slice->has_window)
		return slice->params;
	return psprintf("%s, %s .. %s", slice->params, WindowBoundText(def, slice->window_start),
					WindowBoundText(def, slice->window_end));
}

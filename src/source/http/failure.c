/*
 * failure.c
 *	  Describe a failed request: message, detail and hint.
 */
#include "base/compat.h"
#include "source/http/failure.h"

#include "base/errors.h"
#include "source/http/http_source.h"
#include "source/http/quota.h"
#include "source/slices.h"
#include "transport/page.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define EXCERPT_BYTES 200

/* Text that an HTML page begins with, in any case. */
static bool
BeginsHtml(const char *text, size_t len)
{
	static const char *const beginnings[] = {"<!doctype html", "<html"};

	for (int i = 0; i < lengthof(beginnings); i++)
		if (len >= strlen(beginnings[i]) &&
			pg_strncasecmp(text, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* Markup is no data, unless it is XML that is expected and does not say that it is a web page. */
static bool
IsWebPage(const SourceDefinition *def, const FetchedPage *page, const char *text, size_t len)
{
	if (len == 0 || text[0] != '<')
		return false;
	return ((const HttpSource *) def->own)->format.kind != PAGE_XML || BeginsHtml(text, len) ||
		(page->content_type != NULL && strcmp(page->content_type, "text/html") == 0);
}

bool
PageIsWebPage(const SourceDefinition *def, FetchedPage *page)
{
	const char *data;
	size_t		length;
	bool		found = false;

	PageRewind(page);
	while (PageNextChunk(page, &data, &length))
	{
		size_t		i = 0;

		while (i < length && strchr(" \t\r\n\357\273\277", data[i]) != NULL)
			i++;
		found = IsWebPage(def, page, data + i, length - i);
		if (i < length)
			break;
	}
	PageRewind(page);
	return found;
}

static char *
Excerpt(FetchedPage *page)
{
	char	   *text = PageExcerpt(page, EXCERPT_BYTES);

	return psprintf("%s%s", text, page->bytes > EXCERPT_BYTES ? "..." : "");
}

static const char *
Attempts(const PulledSlice *result)
{
	return result->attempts > 1 ? psprintf(" (%d attempts)", result->attempts) : "";
}

static char *
AnswerMessage(const PulledSlice *result, const SourceDefinition *def, FetchedPage *page)
{
	if (page->failure != TRANSPORT_NONE)
		return psprintf("request to server \"%s\" failed%s: %s", def->server_name,
						Attempts(result), page->error);
	if (page->bytes == 0)
		return psprintf("server \"%s\" returned HTTP %d with an empty body%s",
						def->server_name, page->status, Attempts(result));
	if (page->status < 300 && PageIsWebPage(def, page))
		return psprintf("server \"%s\" returned HTTP %d with a web page instead of data: %s",
						def->server_name, page->status, Excerpt(page));
	return psprintf("server \"%s\" returned HTTP %d%s: %s", def->server_name, page->status,
					Attempts(result), Excerpt(page));
}

static char *
AnswerDetail(const PulledSlice *result, const SourceDefinition *def,
			 const TransportRequest *request, FetchedPage *page)
{
	char	   *asked = psprintf("Slice %s was requested with %s %s.",
								 SliceText(def, result->slice), request->method,
								 request->shown_url);

	if (page->failure != TRANSPORT_NONE || page->content_type == NULL)
		return asked;
	return psprintf("%s The response has content type %s and " INT64_FORMAT " bytes.", asked,
					page->content_type, page->bytes);
}

static const char *
HintForFailure(const SourceDefinition *def, TransportFailure failure)
{
	const char *server = quote_identifier(def->server_name);

	switch (failure)
	{
		case TRANSPORT_BAD_URL:
			return "Check option \"url\" of the server.";
		case TRANSPORT_RESOLVE:
		case TRANSPORT_CONNECT:
			return "Check option \"url\" of the server, and that it can be reached from this "
				"machine. If requests must pass a proxy, set option \"proxy\" of the server.";
		case TRANSPORT_CERTIFICATE:
			return "The server certificate is verified against the system's certificate "
				"authorities or option \"ca\" of the server. Options \"client_cert\" and "
				"\"client_key\" of the user mapping specify the client certificate.";
		case TRANSPORT_REFUSED_ADDRESS:
			return psprintf("A superuser or a member of role \"elt_admin\" can permit it with ALTER "
							"SERVER %s OPTIONS (ADD allow_private 'true').", server);
		case TRANSPORT_TOO_LARGE:
			return "Request less data at a time with option \"window\", or increase option "
				"\"max_response_bytes\" of the server.";
		case TRANSPORT_NO_ROOM:
			return "Request less data at a time with option \"window\", or increase "
				"temp_file_limit or elt.page_memory.";
		case TRANSPORT_TIMEOUT:
			return "If the server needs more time, increase its option \"timeout\".";
		case TRANSPORT_REDIRECT:
			return "If the API has moved, update option \"url\" of the server.";
		default:
			return NULL;
	}
}

static const char *
HintForDenial(const SourceDefinition *def)
{
	if (((const HttpSource *) def->own)->auth != NULL)
		return "Authentication failed or access is denied; check the user mapping.";
	return psprintf("No credentials were sent, because there is no user mapping. Use CREATE USER "
					"MAPPING FOR ... SERVER %s, for the owner of the pipeline or for the role that "
					"queries the foreign table.", quote_identifier(def->server_name));
}

static const char *
HintForStatus(const SourceDefinition *def, const FetchedPage *page)
{
	switch (page->status)
	{
		case 400:
		case 422:
			return "The server rejected the params or the window. Check the URL against the API's "
				"documentation.";
		case 401:
		case 403:
			return HintForDenial(def);
		case 404:
		case 410:
			return psprintf("Check the path. If it is correct, set option not_yet_on '%d%s%s' on "
							"the foreign table to retry the slice later, or option empty_on to "
							"treat it as having no rows.", page->status,
							page->content_type ? " " : "",
							page->content_type ? page->content_type : "");
		case 429:
			return "Lower option \"rate_limit\" or \"concurrency\" of the server.";
		default:
			return NULL;
	}
}

static const char *
HintForAnswer(const SourceDefinition *def, FetchedPage *page)
{
	if (page->failure != TRANSPORT_NONE)
		return HintForFailure(def, page->failure);
	if (page->status >= 300 || !PageIsWebPage(def, page))
		return HintForStatus(def, page);
	return "Some servers return a web page for unauthenticated requests and unknown paths. Check "
		"the user mapping and the path against the API's documentation.";
}

static void
TellCode(PulledSlice *result, int code)
{
	result->sqlstate = pstrdup(SqlStateText(code));
}

/* In whole seconds, none too early. */
static char *
Instant(TimestampTz when)
{
	return pstrdup(timestamptz_to_str((when + USECS_PER_SEC - 1) / USECS_PER_SEC *
									  USECS_PER_SEC));
}

static void
TellWhenToAskAgain(PulledSlice *result, TimestampTz until)
{
	result->hint = psprintf("Run the pipeline again after %s; queued runs are retried "
							"automatically. elt.max_retry_wait limits how long a run waits "
							"instead.", Instant(until));
}

void
DescribeFailure(PulledSlice *result, const SourceDefinition *def,
				const TransportRequest *request, FetchedPage *page)
{
	bool		web_page = page->failure == TRANSPORT_NONE && page->status < 300;

	result->error = AnswerMessage(result, def, page);
	result->detail = AnswerDetail(result, def, request, page);
	result->hint = HintForAnswer(def, page);
	result->error = SourceMask(def, result->error);
	result->detail = SourceMask(def, result->detail);
	TellCode(result, web_page ? ERRCODE_ELT_BAD_PAGE : ERRCODE_ELT_HTTP);
}

void
DescribeRefusedToken(PulledSlice *result, const SourceDefinition *def, const FetchedPage *page,
					 bool renewed)
{
	if (renewed)
		result->hint = "A new access token was rejected as well. Check the client's permissions "
			"and option \"scope\" of the user mapping.";
	else if (page->status != 401)
		result->hint = "Option \"refresh_token_on\" requires a user mapping with auth 'oauth2'.";
}

void
DescribeTooLong(PulledSlice *result, const SourceDefinition *def,
				const TransportRequest *request, FetchedPage *page, TimestampTz until)
{
	DescribeFailure(result, def, request, page);
	result->error = psprintf("%s; server requested a pause of " INT64_FORMAT " s", result->error,
							 (page->retry_after_ms + 999) / 1000);
	TellWhenToAskAgain(result, until);
}

static char *
NotAsked(const PulledSlice *result, const SourceDefinition *def,
		 const TransportRequest *request)
{
	return psprintf("Slice %s was not requested with %s %s.", SliceText(def, result->slice),
					request->method, request->shown_url);
}

void
DescribePause(PulledSlice *result, const SourceDefinition *def,
			  const TransportRequest *request, TimestampTz until)
{
	result->error = psprintf("server \"%s\" requested a pause until %s", def->server_name,
							 Instant(until));
	result->detail = NotAsked(result, def, request);
	TellWhenToAskAgain(result, until);
	TellCode(result, ERRCODE_ELT_HTTP);
}

void
DescribeQuota(PulledSlice *result, const SourceDefinition *def,
			  const TransportRequest *request, TimestampTz until)
{
	const Quota *quota = ((const HttpSource *) def->own)->quota;

	result->error = psprintf("quota of server \"%s\" is exhausted until %s", def->server_name,
							 Instant(until));
	result->detail = psprintf("Option \"quota\" of the server allows " INT64_FORMAT " requests "
							  "per %s. %s",
							  quota->requests, quota->unit,
							  NotAsked(result, def, request));
	TellWhenToAskAgain(result, until);
	TellCode(result, ERRCODE_ELT_HTTP);
}

void
DescribeUnfit(PulledSlice *result, const SourceDefinition *def,
			  const TransportRequest *request, const char *error, const char *hint)
{
	result->error = error;
	result->detail = NotAsked(result, def, request);
	result->hint = hint;
	TellCode(result, ERRCODE_INVALID_PARAMETER_VALUE);
}

void
DescribePaging(PulledSlice *result, const SourceDefinition *def,
			   const TransportRequest *request, const char *problem)
{
	result->error = SourceMask(def, psprintf("pagination of foreign table \"%s\" failed: %s",
											 def->relation, problem));
	result->detail = psprintf("Slice %s was requested with %s %s.",
							  SliceText(def, result->slice), request->method,
							  request->shown_url);
	result->detail = SourceMask(def, result->detail);
	result->hint = "No rows of the slice were loaded because the list may be incomplete. Check "
		"option \"paginate\" and the related options against the server's responses.";
	TellCode(result, ERRCODE_ELT_BAD_PAGE);
}

void
DescribeExport(PulledSlice *result, const SourceDefinition *def, const TransportRequest *request,
			   FetchedPage *page, bool is_shown, char *problem)
{
	result->error = SourceMask(def, psprintf("export of server \"%s\" cannot go on: %s",
											 def->server_name, problem));
	result->detail = AnswerDetail(result, def, request, page);
	if (is_shown)
		result->detail = psprintf("%s The response is: %s", result->detail, Excerpt(page));
	result->detail = SourceMask(def, result->detail);
	TellCode(result, ERRCODE_ELT_BAD_PAGE);
}

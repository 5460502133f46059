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
#include "utils/timestamp.h"

#define EXCERPT_BYTES 200

bool
PageIsMarkup(FetchedPage *page)
{
	const char *data;
	size_t		length;
	bool		markup = false;

	PageRewind(page);
	while (PageNextChunk(page, &data, &length))
	{
		size_t		i = 0;

		while (i < length && strchr(" \t\r\n\357\273\277", data[i]) != NULL)
			i++;
		markup = i < length && data[i] == '<';
		if (i < length)
			break;
	}
	PageRewind(page);
	return markup;
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
	if (page->status < 300 && PageIsMarkup(page))
		return psprintf("server \"%s\" returned HTTP %d with a web page instead of data: %s",
						def->server_name, page->status, Excerpt(page));
	return psprintf("server \"%s\" returned HTTP %d%s: %s", def->server_name, page->status,
					Attempts(result), Excerpt(page));
}

static char *
AnswerDetail(const PulledSlice *result, const SourceDefinition *def,
			 const TransportRequest *request, FetchedPage *page)
{
	char	   *asked = psprintf("Slice %s was asked for with %s %s.",
								 SliceText(def, result->slice), request->method,
								 request->shown_url);

	if (page->failure != TRANSPORT_NONE || page->content_type == NULL)
		return asked;
	return psprintf("%s The answer is %s of " INT64_FORMAT " bytes.", asked,
					page->content_type, page->bytes);
}

static const char *
HintForFailure(TransportFailure failure)
{
	switch (failure)
	{
		case TRANSPORT_RESOLVE:
		case TRANSPORT_BAD_URL:
			return "Check option \"url\" of the server.";
		case TRANSPORT_CERTIFICATE:
			return "A server's certificate is checked against the system's authorities, or "
				"those in option \"ca\" of the server; our own is in options \"client_cert\" and "
				"\"client_key\" of the user mapping.";
		case TRANSPORT_REFUSED_ADDRESS:
			return "A superuser or a member of elt_admin may set option allow_private "
				"'true' on the server.";
		case TRANSPORT_TOO_LARGE:
			return "Ask for less at a time (option \"window\"), or raise option "
				"\"max_response_bytes\" of the server.";
		case TRANSPORT_NO_ROOM:
			return "Answers larger than elt.page_memory wait in temporary files. Ask for less at a "
				"time (option \"window\"), or raise temp_file_limit.";
		case TRANSPORT_TIMEOUT:
			return "Raise option \"timeout\" of the server if it needs longer.";
		case TRANSPORT_REDIRECT:
			return "If the API has moved, change option \"url\" of the server.";
		default:
			return NULL;
	}
}

static const char *
HintForStatus(const FetchedPage *page)
{
	switch (page->status)
	{
		case 400:
		case 422:
			return "The server refuses these params or this window: compare the URL with "
				"the API's documentation.";
		case 401:
		case 403:
			return "Authentication failed or access is denied; check the user mapping.";
		case 404:
		case 410:
			return psprintf("Check the path. If it is right and this answer means that nothing "
							"is published yet, set option not_yet_on '%d%s%s' on the foreign "
							"table; if it means that there is nothing, empty_on.", page->status,
							page->content_type ? " " : "",
							page->content_type ? page->content_type : "");
		case 429:
			return "Lower option \"rate_limit\" or \"concurrency\" of the server.";
		default:
			return NULL;
	}
}

static const char *
HintForAnswer(FetchedPage *page)
{
	if (page->failure != TRANSPORT_NONE)
		return HintForFailure(page->failure);
	if (page->status >= 300 || !PageIsMarkup(page))
		return HintForStatus(page);
	return "Web sites return a page for requests that are not authenticated and for unknown paths: "
		"compare the user mapping and the path with the API's documentation.";
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
	result->hint = psprintf("Ask again after %s; a run that came from the queue does so by "
							"itself. Setting elt.max_retry_wait says how long one waits "
							"instead.", Instant(until));
}

void
DescribeFailure(PulledSlice *result, const SourceDefinition *def,
				const TransportRequest *request, FetchedPage *page)
{
	bool		web_page = page->failure == TRANSPORT_NONE && page->status < 300;

	result->error = AnswerMessage(result, def, page);
	result->detail = AnswerDetail(result, def, request, page);
	result->hint = HintForAnswer(page);
	result->error = SourceMask(def, result->error);
	result->detail = SourceMask(def, result->detail);
	TellCode(result, web_page ? ERRCODE_ELT_BAD_PAGE : ERRCODE_ELT_HTTP);
}

void
DescribeRefusedToken(PulledSlice *result, const SourceDefinition *def, const FetchedPage *page,
					 bool renewed)
{
	if (renewed)
		result->hint = "A new access token was fetched and refused as well: check what the "
			"client may do, and option \"scope\" of the user mapping.";
	else if (page->status != 401)
		result->hint = "By option refresh_token_on the access token has expired, but only a "
			"user mapping with auth 'oauth2' can have another one.";
}

void
DescribeTooLong(PulledSlice *result, const SourceDefinition *def,
				const TransportRequest *request, FetchedPage *page, TimestampTz until)
{
	DescribeFailure(result, def, request, page);
	result->error = psprintf("%s; it asks to wait for " INT64_FORMAT " s", result->error,
							 (page->retry_after_ms + 999) / 1000);
	TellWhenToAskAgain(result, until);
}

static char *
NotAsked(const PulledSlice *result, const SourceDefinition *def,
		 const TransportRequest *request)
{
	return psprintf("Slice %s was not asked for with %s %s.", SliceText(def, result->slice),
					request->method, request->shown_url);
}

void
DescribePause(PulledSlice *result, const SourceDefinition *def,
			  const TransportRequest *request, TimestampTz until)
{
	result->error = psprintf("server \"%s\" asks to wait until %s", def->server_name,
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

	result->error = psprintf("the quota of server \"%s\" is spent until %s", def->server_name,
							 Instant(until));
	result->detail = psprintf("Its option \"quota\" allows " INT64_FORMAT " requests per %s. %s",
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
	result->error = SourceMask(def, psprintf("paging through foreign table %s: %s",
											 def->relation, problem));
	result->detail = psprintf("Slice %s was asked for with %s %s.",
							  SliceText(def, result->slice), request->method,
							  request->shown_url);
	result->detail = SourceMask(def, result->detail);
	result->hint = "No row of this slice is taken: the list would end too early. Compare the "
		"option \"paginate\" and those that go with it with what the server answers.";
	TellCode(result, ERRCODE_ELT_BAD_PAGE);
}

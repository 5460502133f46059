/*
 * fetch_export.c
 *	  The steps of an asynchronous export: submit, poll until it is ready, download.
 */
#include "base/compat.h"
#include "source/http/fetch_export.h"

#include "source/http/export.h"
#include "source/http/rules.h"
#include "transport/url.h"

bool
FetchAwaitsExport(const HttpPull *pull, const Fetch *fetch)
{
	return pull->source->export != NULL && fetch->export.step != EXPORT_DOWNLOAD;
}

bool
FetchExportIsReady(const HttpPull *pull, const Fetch *fetch, WantedFields *wanted)
{
	return fetch->export.step == EXPORT_POLL && wanted->page->failure == TRANSPORT_NONE &&
		RulesMatch(pull->source->export->ready, wanted);
}

/* A URL that an answer names, which must be the server's or of the origin that it declares. */
static char *
TakeUrl(const HttpPull *pull, Fetch *fetch, const char *option, const char *named, char **problem)
{
	const HttpSource *http = pull->source;
	char	   *url = UrlResolve(fetch->request->url, named);
	char	   *origin = url == NULL ? NULL : UrlOrigin(url);

	fetch->export.is_foreign = false;
	if (origin == NULL)
		*problem = psprintf("value at %s is not a valid URL", option);
	else if (!UrlSameOrigin(http->url, url))
	{
		fetch->export.is_foreign = http->download_origin != NULL &&
			fetch->export.step == EXPORT_DOWNLOAD && UrlSameOrigin(http->download_origin, url);
		if (!fetch->export.is_foreign)
			*problem = psprintf("URL at %s has origin %s, which is neither that of the server nor its "
								"option \"download_origin\"", option, origin);
	}
	return url;
}

/* A copy of the value at a place of the answer at hand; NULL: there is none. */
static char *
TakeValue(const PagePlace *place, WantedFields *wanted)
{
	char	   *text = PagePlaceToken(place, wanted).text;

	return text == NULL ? NULL : pstrdup(text);
}

/* Where the request of this step goes to. */
static char *
Locate(HttpPull *pull, Fetch *fetch, const char *option, const ExportPlace *place,
	   WantedFields *wanted)
{
	char	   *problem = NULL;
	char	   *named;

	fetch->export.url = NULL;
	fetch->export.is_foreign = false;
	if (place->template != NULL)
		return NULL;
	named = TakeValue(&place->named, wanted);
	if (named == NULL)
		return psprintf("response has no value at %s", option);
	fetch->export.url = TakeUrl(pull, fetch, option, named, &problem);
	if (fetch->export.url == NULL)
		fetch->export.url = named;
	return problem;
}

static char *
BeginPolling(HttpPull *pull, Fetch *fetch, WantedFields *wanted)
{
	const Export *export = pull->source->export;

	fetch->export.step = EXPORT_POLL;
	fetch->export.started_ms = PullNowMs();
	if (export->job.text != NULL)
	{
		fetch->export.job = TakeValue(&export->job, wanted);
		if (fetch->export.job == NULL)
			return pstrdup("response has no value at job_path");
	}
	return Locate(pull, fetch, "poll_path", &export->poll, wanted);
}

/* The next poll, not before the interval and what the server asks for. */
static void
PollLater(HttpPull *pull, Fetch *fetch, const FetchedPage *page)
{
	int64		wait_ms = Max(pull->source->export->interval_ms, page->retry_after_ms);

	FetchBuildRequest(pull, fetch);
	fetch->due_ms = PullNowMs() + wait_ms;
	if (fetch->due_ms - fetch->export.started_ms <= pull->source->export->limit_ms)
		return;
	fetch->state = FETCH_DONE;
	fetch->verdict = ANSWER_NOT_YET;
}

bool
FetchStepExport(HttpPull *pull, Fetch *fetch, WantedFields *wanted, bool ready, char **problem)
{
	const Export *export = pull->source->export;
	MemoryContext old = MemoryContextSwitchTo(fetch->cxt);

	fetch->result.attempts = 0;
	fetch->renewed = false;
	fetch->due_ms = fetch->first_ms = 0;
	if (fetch->export.step == EXPORT_SUBMIT)
		*problem = BeginPolling(pull, fetch, wanted);
	else if (ready)
	{
		fetch->export.step = EXPORT_DOWNLOAD;
		if (export->downloads)
			*problem = Locate(pull, fetch, "download_path", &export->download, wanted);
	}
	MemoryContextSwitchTo(old);
	if (*problem != NULL)
		return true;
	if (ready && !export->downloads)
		return false;
	if (fetch->export.step == EXPORT_POLL)
		PollLater(pull, fetch, wanted->page);
	else
		FetchBuildRequest(pull, fetch);
	return true;
}

void
FetchForgetExport(Fetch *fetch)
{
	fetch->export = (ExportState) {EXPORT_SUBMIT};
}

/*
 * http_explain.c
 *	  EXPLAIN output of a live SELECT from an HTTP API.
 */
#include "base/compat.h"
#include "source/http/http_explain.h"

#include "commands/explain.h"
#include EXPLAIN_FORMAT_HEADER
#include EXPLAIN_STATE_HEADER
#include "source/http/http_request.h"
#include "source/http/http_source.h"
#include "source/pull.h"

static const char *
FirstUrl(const SourceDefinition *def, List *slices)
{
	const HttpSource *http = def->own;
	PageState	first;
	RequestProblem problem;

	if (slices == NIL)
		return HttpRequestTemplate(def);
	PagingBegin(http->paging, &first, NULL, false);
	return HttpRequest(def, linitial(slices), &first.ask, NULL, &problem)->shown_url;
}

void
HttpExplain(const SourceDefinition *def, const ScanFacts *facts, ExplainState *es)
{
	if (!facts->planned)
	{
		ExplainPropertyText("URL", HttpRequestTemplate(def), es);
		return;
	}
	ExplainPropertyText("URL", FirstUrl(def, facts->slices), es);
	ExplainPropertyInteger("Requests", NULL, list_length(facts->slices), es);
	if (facts->totals == NULL)
		return;
	ExplainPropertyInteger("Requests Made", NULL, facts->totals->requests, es);
	ExplainPropertyInteger("Attempts", NULL, facts->totals->attempts, es);
	ExplainPropertyInteger("Bytes", "B", facts->totals->bytes, es);
}

/*
 * paging.c
 *	  Pagination: decide which page to request next, and whether a list is complete.
 *
 * has_more_path, total_path, pages_path and a missing token decide whether the list continues. A
 * short page is only an indication of its end, because servers may use smaller pages than
 * requested. So when no other rule applies and the first page is short, the next one is
 * requested anyway. While one rule expects more pages, they are requested even if another rule
 * says that the list has ended, so that no rows are lost; the contradiction is reported.
 */
#include "base/compat.h"
#include "source/http/paging.h"

#include "common/hashfn.h"
#include "decode/convert_number.h"
#include "source/http/page_facts.h"
#include "transport/url.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"

/* What the rules say of the page at hand. */
typedef struct Verdicts
{
	bool		last;			/* a rule of weight says that it is the last one */
	bool		more;			/* one promises another page */
	bool		is_short;
	char	   *problem;
} Verdicts;

static void
Say(Verdicts *v, bool last)
{
	v->last |= last;
	v->more |= !last;
}

/* The first contradiction is the one that is told. */
static void
Doubt(PageState *state, char *why)
{
	if (state->doubt == NULL)
		state->doubt = MemoryContextStrdup(state->cxt, why);
}

static bool
ReadCount(Verdicts *v, const char *what, const char *text, int64 *number)
{
	if (TextToWholeInt64(text, strlen(text), number) && *number >= 0)
		return true;
	v->problem = psprintf("%s is \"%s\", not a valid number", what, text);
	return false;
}

static void
AskHasMore(Verdicts *v, const PageFacts *facts)
{
	bool		more;

	if (facts->has_more == NULL)
		return;
	if (parse_bool(facts->has_more, &more))
		Say(v, !more);
	else
		v->problem = psprintf("value at has_more_path is \"%s\", not true or false",
							  facts->has_more);
}

/* A list whose length changes moves: elements slip from page to page. */
static void
NoteCount(PageState *state, const char *what, int64 *known, int64 told)
{
	if (*known >= 0 && *known != told)
		Doubt(state, psprintf("%s changed from " INT64_FORMAT " to " INT64_FORMAT
							  " between pages", what, *known, told));
	*known = told;
}

static void
AskTotal(Verdicts *v, PageState *state, const PageFacts *facts)
{
	int64		total;

	if (facts->total != NULL)
	{
		if (!ReadCount(v, "value at total_path", facts->total, &total))
			return;
		NoteCount(state, "total number of records", &state->total, total);
	}
	if (state->total >= 0)
		Say(v, state->elements >= state->total);
}

static void
AskPages(Verdicts *v, PageState *state, const PageFacts *facts)
{
	int64		pages;

	if (facts->pages == NULL ||
		!ReadCount(v, "value at pages_path", facts->pages, &pages))
		return;
	NoteCount(state, "number of pages", &state->last_page, pages);
	Say(v, state->pages >= pages);
}

static Verdicts
AskRules(const Paging *paging, PageState *state, const PageFacts *facts)
{
	Verdicts	v = {0};

	AskHasMore(&v, facts);
	AskTotal(&v, state, facts);
	AskPages(&v, state, facts);
	v.is_short = paging->stop_on_short && facts->elements < state->page_size;
	return v;
}

/* Was this asked for before? Then the list has no end. */
static bool
IsNew(PageState *state, uint64 what)
{
	bool		found;

	(void) hash_search(state->seen, &what, HASH_ENTER, &found);
	return !found;
}

static uint64
HashOf(const char *text)
{
	return hash_bytes_extended((const unsigned char *) text, strlen(text), 0);
}

bool
PagingResumes(const Paging *paging)
{
	return paging != NULL && paging->resume.text != NULL;
}

static void
BeginAt(const Paging *paging, PageState *state, const char *resume)
{
	(void) IsNew(state, HashOf(resume));
	if (paging->kind == PAGING_NEXT_URL)
		state->ask.url = pstrdup(resume);
	else
	{
		PageToken	token = PageTokenRead(resume, paging->in_body);

		state->ask.value = token.text;
		state->ask.is_number = token.is_number;
	}
}

void
PagingBegin(const Paging *paging, PageState *state, const char *resume, bool last_try)
{
	HASHCTL		control = {0};

	memset(state, 0, sizeof(PageState));
	state->cxt = CurrentMemoryContext;
	state->total = state->last_page = -1;
	state->last_try = last_try;
	if (paging == NULL)
		return;
	state->page_size = paging->page_size;
	control.keysize = control.entrysize = sizeof(uint64);
	control.hcxt = CurrentMemoryContext;
	state->seen = hash_create("elt pages seen", 64, &control,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	if (paging->kind == PAGING_PAGE_NUMBER || paging->kind == PAGING_OFFSET)
	{
		state->ask.value = psprintf(INT64_FORMAT, paging->start);
		state->ask.is_number = true;
	}
	if (PagingResumes(paging) && resume != NULL)
		BeginAt(paging, state, resume);
}

void
PagingKeepAsk(PageState *state)
{
	PageAsk    *ask = &state->ask;

	ask->url = ask->url ? pstrdup(ask->url) : NULL;
	ask->value = ask->value ? pstrdup(ask->value) : NULL;
}

/* Of all pages so far; 0: they differ. */
static int64
EqualLength(const PageState *state)
{
	return state->pages > 0 && state->elements % state->pages == 0
		? state->elements / state->pages : 0;
}

/* -1: not known */
static int64
KnownPages(const PageState *state)
{
	int64		length = EqualLength(state);

	if (state->last_page >= 0)
		return state->last_page;
	return state->total >= 0 && length > 0 ? (state->total + length - 1) / length : -1;
}

bool
PagingKnows(const Paging *paging, const PageState *state, int n, PageAsk *ask)
{
	int64		length = EqualLength(state);
	int64		at;

	if (paging == NULL || state->pages == 0 || state->ended || state->doubt != NULL ||
		state->pages + n >= Min(KnownPages(state), paging->max_pages))
		return false;
	if (paging->kind == PAGING_PAGE_NUMBER)
		at = state->pages + n;
	else if (paging->kind == PAGING_OFFSET && length > 0)
		at = state->elements + n * length;
	else
		return false;
	*ask = (PageAsk) {.value = psprintf(INT64_FORMAT, paging->start + at), .is_number = true};
	return true;
}

/* ---- the next request ---- */

static char *
NextToken(PageState *state, const PageToken *token)
{
	if (!IsNew(state, HashOf(token->text)))
		return psprintf("page %d links to a page that was already requested", state->pages);
	state->ask.value = token->text;
	state->ask.is_number = token->is_number;
	return NULL;
}

/* The target as a whole URL, of the same origin as the page that named it. */
static char *
UsableUrl(const PageState *state, const char *url, const char *target, char **usable)
{
	*usable = UrlResolve(url, target);
	if (*usable == NULL || UrlOrigin(*usable) == NULL)
		return psprintf("page %d links to an invalid URL", state->pages);
	if (!UrlSameOrigin(url, *usable))
		return psprintf("page %d links to a different origin: %s", state->pages,
						UrlOrigin(*usable));
	return NULL;
}

static char *
NextUrl(PageState *state, const char *url, const char *target)
{
	char	   *next;
	char	   *problem = UsableUrl(state, url, target, &next);

	if (problem != NULL)
		return problem;
	/* the first page's own URL counts too */
	if (state->pages == 1)
		(void) IsNew(state, HashOf(url));
	if (!IsNew(state, HashOf(next)))
		return psprintf("page %d links to a page that was already requested", state->pages);
	state->ask.url = next;
	return NULL;
}

/* A last page that does not say where to go on leaves the next run where this one began. */
static char *
KeepResume(const Paging *paging, PageState *state, const char *url, const PageToken *resume)
{
	if (resume->text == NULL)
		return NULL;
	if (paging->kind == PAGING_NEXT_URL)
		return UsableUrl(state, url, resume->text, &state->resume);
	state->resume = PageTokenKept(resume, paging->in_body);
	return NULL;
}

/* Numbers never repeat, but a server that ignores them answers the same again and again. */
static char *
NextNumber(const Paging *paging, PageState *state, const PageFacts *facts, FetchedPage *page)
{
	bool		by_page = paging->kind == PAGING_PAGE_NUMBER;

	if (facts->elements > 0 && !IsNew(state, page->body_hash))
		return psprintf("page %d is identical to an earlier page", state->pages);
	if (!by_page && facts->elements == 0)
		return psprintf("page %d is empty, but more pages are expected", state->pages);
	state->ask.value = psprintf(INT64_FORMAT, paging->start +
								(by_page ? state->pages : state->elements));
	state->ask.is_number = true;
	return NULL;
}

static char *
AskNext(const Paging *paging, PageState *state, const PageFacts *facts, FetchedPage *page,
		const char *url)
{
	state->ask = (PageAsk) {0};
	if (state->pages >= paging->max_pages)
		return psprintf("page %d is not the last page, but max_pages is %d", state->pages,
						paging->max_pages);
	switch (paging->kind)
	{
		case PAGING_CURSOR:
			return NextToken(state, &facts->next);
		case PAGING_NEXT_URL:
		case PAGING_LINK_HEADER:
			return NextUrl(state, url, facts->next.text);
		case PAGING_LAST_RECORD:
			if (facts->last_id.text == NULL)
				return psprintf("last record of page %d has no id, but more pages are expected",
								state->pages);
			return NextToken(state, &facts->last_id);
		default:
			return NextNumber(paging, state, facts, page);
	}
}

/* ---- the end ---- */

/* The next page is named by the page itself; naming none ends the list. */
static bool
HasTokens(const Paging *paging)
{
	return paging->kind == PAGING_CURSOR || paging->kind == PAGING_NEXT_URL ||
		paging->kind == PAGING_LINK_HEADER;
}

static char *
CountsDiffer(const PageState *state)
{
	return psprintf("total number of records is " INT64_FORMAT ", but " INT64_FORMAT " were received",
					state->total, state->elements);
}

/* Does anything say that elements are missing, or too many? */
static void
DoubtEnd(PageState *state)
{
	if (state->total >= 0 && state->total != state->elements)
		Doubt(state, CountsDiffer(state));
	else if (state->promised)
		Doubt(state, psprintf("list ends with page %d, but more pages are expected",
							  state->pages));
}

static PagingStep
StepOf(const PageState *state, PagingStep step)
{
	return state->doubt != NULL && !state->last_try ? PAGING_ANEW : step;
}

PagingStep
PagingEnd(PageState *state)
{
	DoubtEnd(state);
	return StepOf(state, PAGING_DONE);
}

bool
PagingAsksBeyondEnd(const PageState *state)
{
	return state->pages > 0 && state->ended;
}

/* An empty page is the end, where a rule allows that or the list is in doubt anyway. */
static bool
IsEmptyEnd(const Paging *paging, const PageState *state, const PageFacts *facts)
{
	return facts->elements == 0 &&
		(paging->stop_on_empty || paging->stop_on_short || state->ended ||
		 (state->doubt != NULL && !HasTokens(paging)));
}

/* Is what no rule forbids to be the end a list that cannot be trusted? */
static char *
CheckEnd(const Paging *paging, const PageState *state, const PageFacts *facts,
		 const Verdicts *v)
{
	bool		promised = v->more && !v->last && state->doubt == NULL;

	if (promised && state->total >= 0 && facts->elements == 0)
		return psprintf("page %d is empty, but only " INT64_FORMAT " of " INT64_FORMAT " records "
						"were received", state->pages, state->elements, state->total);
	if (HasTokens(paging) && facts->next.text == NULL)
		return promised && facts->has_more != NULL
			? psprintf("page %d contains no next page, but more pages are expected",
					   state->pages) : NULL;
	if (!v->last && !v->more && !paging->stop_on_empty && !paging->stop_on_short &&
		!HasTokens(paging))
		return psprintf("could not determine whether page %d is the last page", state->pages);
	return NULL;
}

/* The server holds its pages smaller: from now on that is what a page has. */
static bool
IsShortFirst(PageState *state, const PageFacts *facts, const Verdicts *v)
{
	if (state->pages > 1 || !v->is_short || facts->elements == 0)
		return false;
	state->page_size = (int) facts->elements;
	return true;
}

static bool
IsLast(const Paging *paging, PageState *state, const PageFacts *facts, const Verdicts *v)
{
	if (IsEmptyEnd(paging, state, facts) || (HasTokens(paging) && facts->next.text == NULL))
		return true;
	if (v->more)
		return false;
	return v->last || (v->is_short && !IsShortFirst(state, facts, v));
}

/* A page that was asked for beyond the end, and is one that came before. */
static bool
Repeats(const Paging *paging, const PageState *state, const FetchedPage *page)
{
	return state->ended && !HasTokens(paging) &&
		hash_search(state->seen, &page->body_hash, HASH_FIND, NULL) != NULL;
}

static PagingStep
EndWithRepeated(PageState *state)
{
	state->repeats = true;
	DoubtEnd(state);
	Doubt(state, psprintf("page %d is identical to an earlier page", state->pages + 1));
	return PagingEnd(state);
}

static PagingStep
EndList(const Paging *paging, PageState *state, const PageFacts *facts, const char *url,
		char **problem)
{
	*problem = KeepResume(paging, state, url, &facts->resume);
	return *problem != NULL ? PAGING_BROKEN : PagingEnd(state);
}

/* Where a rule says that the list has ended, being unable to go on contradicts the other one. */
static PagingStep
GoOn(const Paging *paging, PageState *state, const PageFacts *facts, FetchedPage *page,
	 const char *url, char **problem)
{
	*problem = AskNext(paging, state, facts, page, url);
	if (*problem == NULL)
		return StepOf(state, PAGING_GO_ON);
	if (!state->ended)
		return PAGING_BROKEN;
	Doubt(state, *problem);
	return EndList(paging, state, facts, url, problem);
}

void
PagingWant(const Paging *paging, WantedFields *wanted)
{
	if (paging != NULL)
		PageFactsWant(paging, wanted);
}

PagingStep
PagingNext(const Paging *paging, PageState *state, WantedFields *wanted, const char *url,
		   char **problem)
{
	FetchedPage *page = wanted->page;
	PageFacts	facts = {0};
	Verdicts	v;

	*problem = PageFactsRead(paging, wanted, &facts);
	if (*problem != NULL)
		return PAGING_BROKEN;
	if (Repeats(paging, state, page))
		return EndWithRepeated(state);
	state->pages++;
	state->elements += facts.elements;
	v = AskRules(paging, state, &facts);
	*problem = v.problem;
	if (*problem == NULL && !IsEmptyEnd(paging, state, &facts))
		*problem = CheckEnd(paging, state, &facts, &v);
	if (*problem != NULL)
		return PAGING_BROKEN;
	if (v.last && v.more)
		Doubt(state, psprintf("pagination rules disagree whether page %d is the last page",
							  state->pages));
	state->promised = v.more;
	if (IsLast(paging, state, &facts, &v))
		return EndList(paging, state, &facts, url, problem);
	state->ended = v.last || v.is_short;
	return GoOn(paging, state, &facts, page, url, problem);
}

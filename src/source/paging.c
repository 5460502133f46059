#include "base/compat.h"
#include "source/paging.h"

#include "common/hashfn.h"
#include "decode/path.h"
#include "source/link_header.h"
#include "source/page_fields.h"
#include "transport/url.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"

/* What one page says, as far as paging asks. */
typedef struct PageFacts
{
	int64		records;
	char	   *token;			/* NULL: none */
	char	   *has_more;		/* NULL: not told */
	char	   *total;
	char	   *pages;
	char	   *last_id;
	char	   *resume;
} PageFacts;

enum
{
	FIELD_TOKEN, FIELD_HAS_MORE, FIELD_TOTAL, FIELD_PAGES, FIELD_ID, FIELD_RESUME,
	FIELD_RECORDS				/* and those that follow, one for each list */
};

static const Path root_elements = {"$[*]", true, 1, {{STEP_EACH}}};
static const Path nowhere = {"", true, 1, {{STEP_INDEX, NULL, 0, -1}}};

static const Path *
PathOf(const PagePlace *place)
{
	return place->path != NULL ? place->path : &nowhere;
}

/* A value as text, booleans included; NULL when there is none. */
static char *
ValueOf(const PagePlace *place, const FieldWanted *field, FetchedPage *page)
{
	if (place->header != NULL)
	{
		const char *value = PageHeaderValue(page, place->header);

		return value == NULL || *value == '\0' ? NULL : pstrdup(value);
	}
	if (place->path == NULL || !FieldIsPresent(field))
		return NULL;
	if (field->token == JSON_TRUE)
		return "true";
	return field->token == JSON_FALSE ? "false" : field->text;
}

static char *
ReadToken(const Paging *paging, const FieldWanted *field, FetchedPage *page)
{
	const char *links = PageHeaderValue(page, "link");
	char	   *token;

	if (paging->kind == PAGING_LINK_HEADER)
		return links == NULL ? NULL : LinkTarget(links, "next");
	token = ValueOf(&paging->token, field, page);
	return token == NULL || *token == '\0' ? NULL : token;
}

static int
WantFields(const Paging *paging, FieldWanted *fields)
{
	int			nfields = FIELD_RECORDS;
	ListCell   *lc;

	fields[FIELD_TOKEN].path = PathOf(&paging->token);
	fields[FIELD_HAS_MORE].path = PathOf(&paging->has_more);
	fields[FIELD_TOTAL].path = PathOf(&paging->total);
	fields[FIELD_PAGES].path = PathOf(&paging->pages);
	fields[FIELD_ID].path = paging->record_id ? paging->record_id : &nowhere;
	fields[FIELD_RESUME].path = PathOf(&paging->resume);
	foreach(lc, paging->records)
		fields[nfields++].path = lfirst(lc);
	if (paging->records == NIL)
		fields[nfields++].path = &root_elements;
	return nfields;
}

/* What is no value does not end a list: the path leads to the wrong place. */
static char *
CheckIsValue(const char *option, const FieldWanted *field)
{
	if (!FieldIsPresent(field) ||
		(field->token != JSON_OBJECT_START && field->token != JSON_ARRAY_START))
		return NULL;
	return psprintf("the value of %s is %s, not a text or a number", option,
					field->token == JSON_OBJECT_START ? "an object" : "an array");
}

/* Does a Link header hold no link at all? */
static bool
IsMalformed(const char *links)
{
	return links != NULL && *links != '\0' && strchr(links, '<') == NULL;
}

static char *
CheckValues(const Paging *paging, const FieldWanted *fields, FetchedPage *page)
{
	char	   *problem = CheckIsValue(paging->kind == PAGING_NEXT_URL ? "next_path" : "cursor_path",
									   &fields[FIELD_TOKEN]);

	if (paging->kind == PAGING_LINK_HEADER && IsMalformed(PageHeaderValue(page, "link")))
		problem = "the Link header names no URL between < and >";
	if (problem == NULL)
		problem = CheckIsValue("record_id_path", &fields[FIELD_ID]);
	if (problem == NULL)
		problem = CheckIsValue("resume_path", &fields[FIELD_RESUME]);
	return problem;
}

static char *
ReadFacts(const Paging *paging, FetchedPage *page, PageFacts *facts)
{
	FieldWanted fields[FIELD_RECORDS + PAGING_MAX_LISTS] = {{0}};
	int			nfields = WantFields(paging, fields);
	char	   *problem = FieldsRead(page, fields, nfields);

	if (problem != NULL)
		return psprintf("page is not JSON: %s", problem);
	problem = CheckValues(paging, fields, page);
	if (problem != NULL)
		return problem;
	for (int i = FIELD_RECORDS; i < nfields; i++)
		facts->records += fields[i].count;
	facts->token = ReadToken(paging, &fields[FIELD_TOKEN], page);
	facts->has_more = ValueOf(&paging->has_more, &fields[FIELD_HAS_MORE], page);
	facts->total = ValueOf(&paging->total, &fields[FIELD_TOTAL], page);
	facts->pages = ValueOf(&paging->pages, &fields[FIELD_PAGES], page);
	facts->last_id = FieldIsPresent(&fields[FIELD_ID]) ? fields[FIELD_ID].text : NULL;
	facts->resume = ValueOf(&paging->resume, &fields[FIELD_RESUME], page);
	return NULL;
}

/* What the declared rules say together: any of them ends the list. */
typedef struct Ending
{
	bool		known;			/* one of them spoke */
	bool		last;
	bool		more;			/* one of them promised another page */
	char	   *problem;
} Ending;

static void
Say(Ending *ending, bool last)
{
	ending->known = true;
	ending->last |= last;
	ending->more |= !last;
}

static bool
ReadNumber(Ending *ending, const char *what, const char *text, int64 *number)
{
	char	   *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	if (end != text && *end == '\0' && errno == 0 && *number >= 0)
		return true;
	ending->problem = psprintf("%s is \"%s\", not a number", what, text);
	return false;
}

static void
AskHasMore(Ending *ending, const PageFacts *facts)
{
	bool		more;

	if (facts->has_more == NULL)
		return;
	if (parse_bool(facts->has_more, &more))
		Say(ending, !more);
	else
		ending->problem = psprintf("has_more_path leads to \"%s\", not true or false",
								   facts->has_more);
}

int64
PagingMissing(const Paging *paging, const PageState *state)
{
	int64		start = paging->kind == PAGING_OFFSET ? paging->start : 0;

	return state->total < 0 ? 0 : state->total - start - state->records;
}

static void
AskTotal(Ending *ending, const Paging *paging, PageState *state, const PageFacts *facts)
{
	if (facts->total != NULL &&
		!ReadNumber(ending, "the value of total_path", facts->total, &state->total))
		return;
	if (state->total < 0)
		return;
	Say(ending, PagingMissing(paging, state) <= 0);
	if (!ending->last && facts->records == 0)
		ending->problem = psprintf("page %d is empty, but " INT64_FORMAT " of " INT64_FORMAT
								   " records came", state->pages, state->records,
								   state->total);
}

static void
AskPages(Ending *ending, const PageState *state, const PageFacts *facts)
{
	int64		pages;

	if (facts->pages != NULL &&
		ReadNumber(ending, "the value of pages_path", facts->pages, &pages))
		Say(ending, state->pages >= pages);
}

static Ending
AskRules(const Paging *paging, PageState *state, const PageFacts *facts)
{
	Ending		ending = {0};

	AskHasMore(&ending, facts);
	AskTotal(&ending, paging, state, facts);
	AskPages(&ending, state, facts);
	if (paging->stop_on_empty)
		Say(&ending, facts->records == 0);
	if (paging->stop_on_short)
		Say(&ending, facts->records < paging->page_size);
	return ending;
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
		state->ask.value = pstrdup(resume);
}

void
PagingBegin(const Paging *paging, PageState *state, const char *resume)
{
	HASHCTL		control = {0};

	memset(state, 0, sizeof(PageState));
	state->total = -1;
	if (paging == NULL)
		return;
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

static char *
NextToken(PageState *state, char *token)
{
	if (!IsNew(state, HashOf(token)))
		return psprintf("page %d leads to one that was asked for before", state->pages);
	state->ask.value = token;
	return NULL;
}

/* The target as a whole URL, of the same origin as the page that named it. */
static char *
UsableUrl(const PageState *state, const char *url, const char *target, char **usable)
{
	*usable = UrlResolve(url, target);
	if (*usable == NULL || UrlOrigin(*usable) == NULL)
		return psprintf("page %d leads to no usable URL", state->pages);
	if (!UrlSameOrigin(url, *usable))
		return psprintf("page %d leads to %s, another origin", state->pages,
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
		return psprintf("page %d leads to one that was asked for before", state->pages);
	state->ask.url = next;
	return NULL;
}

/* A last page that does not say where to go on leaves the next run where this one began. */
static char *
KeepResume(const Paging *paging, PageState *state, const char *url, char *resume)
{
	if (resume == NULL || *resume == '\0')
		return NULL;
	if (paging->kind == PAGING_NEXT_URL)
		return UsableUrl(state, url, resume, &state->resume);
	state->resume = resume;
	return NULL;
}

/* Numbers never repeat, but a server that ignores them answers the same again and again. */
static char *
NextNumber(const Paging *paging, PageState *state, const PageFacts *facts, FetchedPage *page)
{
	bool		by_page = paging->kind == PAGING_PAGE_NUMBER;

	if (facts->records > 0 && !IsNew(state, page->body_hash))
		return psprintf("page %d is the same as an earlier one", state->pages);
	if (!by_page && facts->records == 0)
		return psprintf("page %d is empty, but more are promised", state->pages);
	state->ask.value = psprintf(INT64_FORMAT, paging->start +
								(by_page ? state->pages : state->records));
	return NULL;
}

static char *
GoOn(const Paging *paging, PageState *state, const PageFacts *facts, FetchedPage *page,
	 const char *url)
{
	if (state->pages >= paging->max_pages)
		return psprintf("page %d is not the last one, but max_pages is %d", state->pages,
						paging->max_pages);
	switch (paging->kind)
	{
		case PAGING_CURSOR:
			return NextToken(state, facts->token);
		case PAGING_NEXT_URL:
		case PAGING_LINK_HEADER:
			return NextUrl(state, url, facts->token);
		case PAGING_LAST_RECORD:
			if (facts->last_id == NULL)
				return psprintf("the last record of page %d has no id, but more are promised",
								state->pages);
			return NextToken(state, facts->last_id);
		default:
			return NextNumber(paging, state, facts, page);
	}
}

/* The next page is named by the page itself; naming none ends the list. */
static bool
HasTokens(const Paging *paging)
{
	return paging->kind == PAGING_CURSOR || paging->kind == PAGING_NEXT_URL ||
		paging->kind == PAGING_LINK_HEADER;
}

static bool
IsLast(const Paging *paging, PageState *state, const PageFacts *facts, char **problem)
{
	Ending		ending = AskRules(paging, state, facts);

	*problem = ending.problem;
	if (ending.problem != NULL || ending.last)
		return true;
	if (HasTokens(paging) && facts->token == NULL)
	{
		if (ending.more && facts->has_more != NULL)
			*problem = psprintf("page %d does not name the next one, but more are promised",
								state->pages);
		return true;
	}
	if (!ending.known && !HasTokens(paging))
		*problem = psprintf("page %d does not say whether it is the last one", state->pages);
	return *problem != NULL;
}

bool
PagingNext(const Paging *paging, PageState *state, FetchedPage *page, const char *url,
		   char **problem)
{
	PageFacts	facts = {0};

	state->pages++;
	*problem = ReadFacts(paging, page, &facts);
	if (*problem != NULL)
		return false;
	state->records += facts.records;
	if (IsLast(paging, state, &facts, problem))
	{
		if (*problem == NULL)
			*problem = KeepResume(paging, state, url, facts.resume);
		return false;
	}
	state->ask = (PageAsk) {0};
	*problem = GoOn(paging, state, &facts, page, url);
	state->ask.is_number = paging->kind == PAGING_PAGE_NUMBER ||
		paging->kind == PAGING_OFFSET;
	return *problem == NULL;
}

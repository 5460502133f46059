/*
 * page_facts.c
 *	  Read the pagination fields of a page in one pass over its JSON.
 */
#include "base/compat.h"
#include "source/http/page_facts.h"

#include "decode/path.h"
#include "source/http/link_header.h"

/* Where an answer says nothing of a kind. */
static const FieldWanted nothing = {0};

static void
WantPlace(WantedFields *wanted, const Path *path)
{
	if (path != NULL)
		FieldsWant(wanted, path);
}

void
PageFactsWant(const Paging *paging, WantedFields *wanted)
{
	ListCell   *lc;

	WantPlace(wanted, paging->token.path);
	WantPlace(wanted, paging->has_more.path);
	WantPlace(wanted, paging->total.path);
	WantPlace(wanted, paging->pages.path);
	WantPlace(wanted, paging->record_id);
	WantPlace(wanted, paging->resume.path);
	foreach(lc, paging->lists)
		WantPlace(wanted, lfirst(lc));
}

/* Of a page that is JSON. */
static const FieldWanted *
FieldAt(WantedFields *wanted, const Path *path)
{
	return path == NULL ? &nothing : FieldFound(wanted, path);
}

/* ---- values that should be texts or numbers ---- */

static const char *
KindOf(JsonToken token)
{
	switch (token)
	{
		case JSON_OBJECT_START:
			return "an object";
		case JSON_ARRAY_START:
			return "an array";
		case JSON_TRUE:
			return "true";
		default:
			return NULL;
	}
}

/* What is no value does not end a list: the path leads to the wrong place. */
static char *
CheckIsValue(const char *option, const FieldWanted *field)
{
	const char *kind = FieldIsPresent(field) ? KindOf(field->token) : NULL;

	if (kind == NULL)
		return NULL;
	return psprintf("value at %s is %s, not a string or number", option, kind);
}

/* Does a Link header hold no link at all? */
static bool
IsMalformed(const char *links)
{
	return links != NULL && *links != '\0' && strchr(links, '<') == NULL;
}

static char *
CheckValues(const Paging *paging, WantedFields *wanted)
{
	char	   *problem = CheckIsValue(paging->kind == PAGING_NEXT_URL ? "next_path" : "cursor_path",
									   FieldAt(wanted, paging->token.path));

	if (paging->kind == PAGING_LINK_HEADER &&
		IsMalformed(PageHeaderValue(wanted->page, "link")))
		problem = "Link header contains no URL in angle brackets";
	if (problem == NULL)
		problem = CheckIsValue("record_id_path", FieldAt(wanted, paging->record_id));
	if (problem == NULL)
		problem = CheckIsValue("resume_path", FieldAt(wanted, paging->resume.path));
	return problem;
}

/* ---- reading ---- */

/* A value as text, booleans included; NULL when there is none. */
static char *
ValueOf(const PagePlace *place, WantedFields *wanted)
{
	const FieldWanted *field = FieldAt(wanted, place->path);

	if (place->header != NULL)
		return PageHeaderText(wanted->page, place->header);
	if (!FieldIsPresent(field))
		return NULL;
	if (field->token == JSON_TRUE)
		return "true";
	return field->token == JSON_FALSE ? "false" : field->text;
}

static PageToken
NextOf(const Paging *paging, WantedFields *wanted)
{
	const char *links = PageHeaderValue(wanted->page, "link");

	if (paging->kind != PAGING_LINK_HEADER)
		return PagePlaceToken(&paging->token, wanted);
	return (PageToken) {links == NULL ? NULL : LinkTarget(links, "next"), false};
}

/* Elements of a list; of a path without a list the one value that it leads to. */
static int64
CountOf(const FieldWanted *field)
{
	if (field->path->nsteps > 0 &&
		PathStepIterates(&field->path->steps[field->path->nsteps - 1]))
		return field->count;
	return FieldIsPresent(field) ? 1 : 0;
}

/* Without declared records those are the root's elements, or a root that is no array. */
static bool
IsArrayRoot(const Paging *paging, const FieldWanted *field)
{
	return list_length(paging->lists) > 1 && field->path->nsteps == 0 &&
		field->token == JSON_ARRAY_START;
}

/* Of the outermost lists: what the source counts. */
static int64
CountElements(const Paging *paging, WantedFields *wanted)
{
	int64		elements = 0;
	ListCell   *lc;

	foreach(lc, paging->lists)
	{
		const FieldWanted *field = FieldAt(wanted, lfirst(lc));

		if (!IsArrayRoot(paging, field))
			elements += CountOf(field);
	}
	return elements;
}

char *
PageFactsRead(const Paging *paging, WantedFields *wanted, PageFacts *facts)
{
	char	   *problem = paging->lists == NIL ? NULL : FieldsRead(wanted);

	if (problem != NULL)
		return psprintf("page is not JSON: %s", problem);
	problem = CheckValues(paging, wanted);
	if (problem != NULL)
		return problem;
	facts->elements = paging->lists == NIL ? wanted->page->bytes > 0
		: CountElements(paging, wanted);
	facts->next = NextOf(paging, wanted);
	facts->has_more = ValueOf(&paging->has_more, wanted);
	facts->total = ValueOf(&paging->total, wanted);
	facts->pages = ValueOf(&paging->pages, wanted);
	facts->last_id = PageFieldToken(FieldAt(wanted, paging->record_id));
	facts->resume = PagePlaceToken(&paging->resume, wanted);
	return NULL;
}

/*
 * page_facts.c
 *	  What one page says of the list that it is a part of, in one pass over its JSON.
 */
#include "base/compat.h"
#include "source/http/page_facts.h"

#include "decode/path.h"
#include "source/http/link_header.h"
#include "source/http/page_fields.h"

enum
{
	FIELD_TOKEN, FIELD_HAS_MORE, FIELD_TOTAL, FIELD_PAGES, FIELD_ID, FIELD_RESUME,
	FIELD_LISTS					/* and those that follow, one for each list */
};

static const Path nowhere = {"", true, 1, {{STEP_INDEX, NULL, 0, -1}}};

static const Path *
PathOf(const PagePlace *place)
{
	return place->path != NULL ? place->path : &nowhere;
}

static int
WantFields(const Paging *paging, FieldWanted *fields)
{
	int			nfields = FIELD_LISTS;
	ListCell   *lc;

	fields[FIELD_TOKEN].path = PathOf(&paging->token);
	fields[FIELD_HAS_MORE].path = PathOf(&paging->has_more);
	fields[FIELD_TOTAL].path = PathOf(&paging->total);
	fields[FIELD_PAGES].path = PathOf(&paging->pages);
	fields[FIELD_ID].path = paging->record_id ? paging->record_id : &nowhere;
	fields[FIELD_RESUME].path = PathOf(&paging->resume);
	foreach(lc, paging->lists)
		fields[nfields++].path = lfirst(lc);
	return nfields;
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
	return psprintf("the value of %s is %s, not a text or a number", option, kind);
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

/* ---- reading ---- */

static char *
HeaderText(const FetchedPage *page, const char *name)
{
	const char *value = PageHeaderValue(page, name);

	return value == NULL || *value == '\0' ? NULL : pstrdup(value);
}

/* A value as text, booleans included; NULL when there is none. */
static char *
ValueOf(const PagePlace *place, const FieldWanted *field, FetchedPage *page)
{
	if (place->header != NULL)
		return HeaderText(page, place->header);
	if (!FieldIsPresent(field))
		return NULL;
	if (field->token == JSON_TRUE)
		return "true";
	return field->token == JSON_FALSE ? "false" : field->text;
}

/* null, false and an empty text all say that there is none. */
static PageToken
FieldToken(const FieldWanted *field)
{
	if (!FieldIsPresent(field) || field->text == NULL || *field->text == '\0')
		return (PageToken) {NULL, false};
	return (PageToken) {field->text, field->token == JSON_NUMBER};
}

static PageToken
TokenOf(const PagePlace *place, const FieldWanted *field, FetchedPage *page)
{
	if (place->header != NULL)
		return (PageToken) {HeaderText(page, place->header), false};
	return FieldToken(field);
}

static PageToken
NextOf(const Paging *paging, const FieldWanted *field, FetchedPage *page)
{
	const char *links = PageHeaderValue(page, "link");

	if (paging->kind != PAGING_LINK_HEADER)
		return TokenOf(&paging->token, field, page);
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

char *
PageFactsRead(const Paging *paging, FetchedPage *page, PageFacts *facts)
{
	FieldWanted fields[FIELD_LISTS + PAGING_MAX_LISTS] = {{0}};
	int			nfields = WantFields(paging, fields);
	char	   *problem = FieldsRead(page, fields, nfields);

	if (problem != NULL)
		return psprintf("page is not JSON: %s", problem);
	problem = CheckValues(paging, fields, page);
	if (problem != NULL)
		return problem;
	for (int i = FIELD_LISTS; i < nfields; i++)
		if (!IsArrayRoot(paging, &fields[i]))
			facts->elements += CountOf(&fields[i]);
	facts->next = NextOf(paging, &fields[FIELD_TOKEN], page);
	facts->has_more = ValueOf(&paging->has_more, &fields[FIELD_HAS_MORE], page);
	facts->total = ValueOf(&paging->total, &fields[FIELD_TOTAL], page);
	facts->pages = ValueOf(&paging->pages, &fields[FIELD_PAGES], page);
	facts->last_id = FieldToken(&fields[FIELD_ID]);
	facts->resume = TokenOf(&paging->resume, &fields[FIELD_RESUME], page);
	return NULL;
}

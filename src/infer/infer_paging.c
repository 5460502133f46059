/*
 * infer_paging.c
 *	  Recognize the conventions by which APIs page their lists.
 */
#include "postgres.h"
#include "infer/infer_paging.h"

#include "infer/column_name.h"
#include "infer/query_parts.h"
#include "utils/builtins.h"

/* How deep below the root fields of paging are looked for. */
#define PAGING_LEVELS 3

typedef struct PagingFields
{
	const ShapeNode *next_url;
	const ShapeNode *next_cursor;
	const ShapeNode *has_more;
	const ShapeNode *pages;
	const ShapeNode *total;
} PagingFields;

#define IS_ONE_OF(name, names) IsOneOf(name, names, lengthof(names))

static bool
IsOneOf(const char *name, const char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static const char *const next_names[] = {
	"next", "next_url", "next_page_url", "next_link", "odata_next_link", "next_href", "next_page",
	"next_page_link"
};
static const char *const cursor_names[] = {
	"next_cursor", "next_page_token", "next_token", "continuation_token", "end_cursor", "cursor",
	"after", "next", "next_page", "scroll_id", "bookmark", "resume_token"
};
static const char *const more_names[] = {"has_more", "has_next", "has_next_page", "more", "more_results"};
static const char *const page_names[] = {
	"total_pages", "pages", "page_count", "last_page", "num_pages", "totalpages", "pagecount"
};
static const char *const total_names[] = {
	"total", "total_count", "totalcount", "total_results", "totalresults", "total_records", "count",
	"num_found", "total_hits", "total_items", "total_rows", "record_count", "totalrecords"
};

static bool
IsUrl(const ShapeNode *node)
{
	const char *first = node->facts != NULL ? node->facts->first : NULL;

	return first != NULL && node->facts->texts > 0 &&
		(strncmp(first, "http", 4) == 0 || *first == '/' || *first == '?');
}

static bool
IsToken(const ShapeNode *node)
{
	return node->facts != NULL && node->facts->texts + node->facts->numbers > 0 && !IsUrl(node);
}

static bool
IsCount(const ShapeNode *node)
{
	return node->facts != NULL && node->facts->first != NULL &&
		strspn(node->facts->first, "0123456789") == strlen(node->facts->first);
}

static void
NoteField(PagingFields *f, const ShapeNode *node)
{
	char	   *name = ColumnNameClean(node->name);
	bool		below_next = node->parent->name != NULL &&
		strcmp(ColumnNameClean(node->parent->name), "next") == 0;

	if (f->next_url == NULL && (IS_ONE_OF(name, next_names) || (below_next && strcmp(name, "href") == 0)) &&
		(IsUrl(node) || ShapeIsVoid(node)))
		f->next_url = node;
	if (f->next_cursor == NULL && IS_ONE_OF(name, cursor_names) && IsToken(node))
		f->next_cursor = node;
	if (f->has_more == NULL && IS_ONE_OF(name, more_names) && node->facts && node->facts->booleans > 0)
		f->has_more = node;
	if (f->pages == NULL && IS_ONE_OF(name, page_names) && IsCount(node))
		f->pages = node;
	if (f->total == NULL && IS_ONE_OF(name, total_names) && IsCount(node))
		f->total = node;
}

/* Beside the records, not in them. */
static void
FindFields(PagingFields *f, const ShapeNode *node, const ShapeNode *record, int level)
{
	for (int i = 0; i < node->nmembers; i++)
	{
		const ShapeNode *member = node->members[i];

		if (member == record)
			continue;
		if (ShapeIsScalar(member))
			NoteField(f, member);
		else if (ShapeIsObject(member) && level < PAGING_LEVELS)
			FindFields(f, member, record, level + 1);
	}
}

static void
Add(InferredPaging *paging, const char *name, const char *value)
{
	paging->options = lappend(paging->options, psprintf("%s %s", name, quote_literal_cstr(value)));
}

/* ---- parameters of the query ---- */

static const char *const limit_params[] = {
	"limit", "per_page", "page_size", "pagesize", "size", "count", "top", "$top", "length", "rows",
	"max_results", "maxresults", "perpage", "page[size]"
};
static const char *const offset_params[] = {"offset", "skip", "$skip", "startat", "start_at", "start_index"};
static const char *const page_params[] = {"page", "page_number", "pagenumber", "p", "page[number]"};

static void
AddLimit(InferredPaging *paging, List **query)
{
	QueryPart  *limit = QueryPartFind(*query, limit_params, lengthof(limit_params));

	if (limit == NULL || limit->value == NULL ||
		strspn(limit->value, "0123456789") != strlen(limit->value) || limit->value[0] == '\0')
		return;
	Add(paging, "limit_param", limit->name);
	Add(paging, "page_size", limit->value);
	*query = list_delete_ptr(*query, limit);
}

static void
AddEnd(InferredPaging *paging, const PagingFields *f, const SampleHeaders *headers)
{
	if (f->pages != NULL)
		Add(paging, "pages_path", LayoutPath(f->pages));
	else if (headers->pages != NULL)
		Add(paging, "pages_path", psprintf("header %s", headers->pages));
	else if (f->total != NULL)
		Add(paging, "total_path", LayoutPath(f->total));
	else if (headers->total != NULL)
		Add(paging, "total_path", psprintf("header %s", headers->total));
	else
		Add(paging, "stop_on", "empty_page");
}

static InferredPaging
ByNumber(const PagingFields *f, const SampleHeaders *headers, List **query)
{
	InferredPaging paging = {NIL, "the response counts pages", NULL};
	QueryPart  *page = QueryPartFind(*query, page_params, lengthof(page_params));

	Add(&paging, "paginate", "page_number");
	if (page != NULL)
	{
		Add(&paging, "page_param", page->name);
		if (page->value != NULL && strcmp(page->value, "0") == 0)
			Add(&paging, "start_page", "0");
		*query = list_delete_ptr(*query, page);
	}
	else
		paging.doubt = "the name of the parameter, \"page\", is a guess";
	AddLimit(&paging, query);
	AddEnd(&paging, f, headers);
	return paging;
}

static InferredPaging
ByOffset(const PagingFields *f, const SampleHeaders *headers, List **query)
{
	InferredPaging paging = {NIL, "the query has an offset", NULL};
	QueryPart  *offset = QueryPartFind(*query, offset_params, lengthof(offset_params));

	Add(&paging, "paginate", "offset");
	Add(&paging, "offset_param", offset->name);
	*query = list_delete_ptr(*query, offset);
	AddLimit(&paging, query);
	AddEnd(&paging, f, headers);
	return paging;
}

/* The parameter that takes a token of this name; NULL: the name does not say. */
static const char *
ParamOfCursor(const ShapeNode *node)
{
	char	   *name = ColumnNameClean(node->name);
	bool		camel = strchr(node->name, '_') == NULL && strcmp(name, node->name) != 0;

	if (strcmp(name, "next_page_token") == 0)
		return camel ? "pageToken" : "page_token";
	if (strcmp(name, "continuation_token") == 0)
		return camel ? "continuationToken" : "continuation_token";
	if (strcmp(name, "end_cursor") == 0 || strcmp(name, "after") == 0)
		return "after";
	if (strcmp(name, "scroll_id") == 0)
		return "scroll_id";
	return "cursor";
}

static InferredPaging
ByCursor(const PagingFields *f, List **query)
{
	static const char *const params[] = {"cursor", "page_token", "pagetoken", "after", "next_token"};
	InferredPaging paging = {NIL, NULL, NULL};
	QueryPart  *given = QueryPartFind(*query, params, lengthof(params));

	paging.reason = psprintf("%s is a token for the next page", LayoutPath(f->next_cursor));
	Add(&paging, "paginate", "cursor");
	Add(&paging, "cursor_param", given != NULL ? given->name : ParamOfCursor(f->next_cursor));
	Add(&paging, "cursor_path", LayoutPath(f->next_cursor));
	if (f->has_more != NULL)
		Add(&paging, "has_more_path", LayoutPath(f->has_more));
	if (given != NULL)
		*query = list_delete_ptr(*query, given);
	else
		paging.doubt = "the name of the parameter is a guess";
	AddLimit(&paging, query);
	return paging;
}

static InferredPaging
ByUrl(const PagingFields *f)
{
	InferredPaging paging = {NIL, NULL, NULL};

	paging.reason = psprintf("%s is the address of the next page", LayoutPath(f->next_url));
	if (ShapeIsVoid(f->next_url))
		paging.doubt = "it is null in this page";
	Add(&paging, "paginate", "next_url");
	Add(&paging, "next_path", LayoutPath(f->next_url));
	return paging;
}

static InferredPaging
ByLink(const SampleHeaders *headers)
{
	InferredPaging paging = {NIL, "the response has a Link header with rel=\"next\"", NULL};

	Add(&paging, "paginate", "link_header");
	if (headers->total != NULL)
		Add(&paging, "total_path", psprintf("header %s", headers->total));
	return paging;
}

static InferredPaging
ByLastRecord(const PagingFields *f, const InferredTable *table, List **query)
{
	static const char *const params[] = {"starting_after", "since_id", "after_id", "after"};
	InferredPaging paging = {NIL, NULL, NULL};
	QueryPart  *given = QueryPartFind(*query, params, lengthof(params));
	const InferredColumn *key = linitial(table->key);

	paging.reason = psprintf("%s says whether there are more records", LayoutPath(f->has_more));
	Add(&paging, "paginate", "last_record");
	Add(&paging, "cursor_param", given != NULL ? given->name : "starting_after");
	Add(&paging, "record_id_path", key->path != NULL ? key->path : key->name);
	Add(&paging, "has_more_path", LayoutPath(f->has_more));
	if (given != NULL)
		*query = list_delete_ptr(*query, given);
	else
		paging.doubt = "the name of the parameter, \"starting_after\", is a guess";
	AddLimit(&paging, query);
	return paging;
}

static int64
Total(const PagingFields *f, const SampleHeaders *headers)
{
	const char *text = f->total != NULL ? f->total->facts->first : headers->total_value;

	return text != NULL ? strtoll(text, NULL, 10) : 0;
}

static bool
LinksNext(const SampleHeaders *headers)
{
	return headers->link != NULL && strstr(headers->link, "rel=\"next\"") != NULL;
}

InferredPaging
InferPaging(const ShapeNode *root, const InferredTable *table, const SampleHeaders *headers,
			List **query)
{
	PagingFields f = {NULL};
	InferredPaging none = {NIL, "nothing in the response leads to another page", NULL};
	const ShapeNode *list = table->record->parent;

	if (LinksNext(headers))
		return ByLink(headers);
	/* a record alone has no pages, whatever its fields are called */
	if (list == NULL)
		return none;
	FindFields(&f, root, list, 0);
	if (f.next_url != NULL && IsUrl(f.next_url))
		return ByUrl(&f);
	if (f.next_cursor != NULL)
		return ByCursor(&f, query);
	if (QueryPartFind(*query, offset_params, lengthof(offset_params)) != NULL)
		return ByOffset(&f, headers, query);
	if (f.pages != NULL || headers->pages != NULL ||
		QueryPartFind(*query, page_params, lengthof(page_params)) != NULL)
		return ByNumber(&f, headers, query);
	if (f.has_more != NULL && list_length(table->key) == 1 &&
		!((InferredColumn *) linitial(table->key))->anchored)
		return ByLastRecord(&f, table, query);
	if (f.next_url != NULL)
		return ByUrl(&f);
	if (Total(&f, headers) > table->record->seen)
		return ByNumber(&f, headers, query);
	return none;
}

/*
 * paging_options.c
 *	  Check and read the pagination options of a foreign table.
 */
#include "base/compat.h"
#include "source/http/paging_options.h"

#include <limits.h>

#include "commands/defrem.h"
#include "decode/path.h"
#include "lib/stringinfo.h"
#include "source/options.h"
#include "source/values.h"

#define DEFAULT_MAX_PAGES 1000

typedef struct KindOptions
{
	const char *name;
	PagingKind	kind;
	const char *required;		/* one option that it cannot do without, or NULL */
	const char *own[4];
	bool		needs_rule;		/* nothing in its nature says which page is the last */
	const char *default_param;
} KindOptions;

static const KindOptions kinds[] = {
	{"page_number", PAGING_PAGE_NUMBER, NULL, {"page_param", "start_page"}, true, "page"},
	{"offset", PAGING_OFFSET, NULL, {"offset_param"}, true, "offset"},
	{"cursor", PAGING_CURSOR, "cursor_path", {"cursor_param", "cursor_path", "resume_path"}, false, "cursor"},
	{"next_url", PAGING_NEXT_URL, "next_path", {"next_path", "resume_path"}, false, NULL},
	{"link_header", PAGING_LINK_HEADER, NULL, {NULL}, false, NULL},
	{"last_record", PAGING_LAST_RECORD, "record_id_path", {"cursor_param", "record_id_path"},
	true, "cursor"},
};

/* Of any kind. */
static const char *const common[] = {
	"limit_param", "page_size", "has_more_path", "total_path", "pages_path", "stop_on",
	"max_pages", "paging_in"
};

static const KindOptions *
FindKind(const char *name)
{
	for (int i = 0; i < lengthof(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static bool
IsOwn(const KindOptions *kind, const char *name)
{
	for (int i = 0; i < lengthof(kind->own) && kind->own[i] != NULL; i++)
		if (strcmp(kind->own[i], name) == 0)
			return true;
	return false;
}

static bool
IsPagingOption(const char *name)
{
	for (int i = 0; i < lengthof(common); i++)
		if (strcmp(common[i], name) == 0)
			return true;
	for (int i = 0; i < lengthof(kinds); i++)
		if (IsOwn(&kinds[i], name))
			return true;
	return false;
}

static bool
IsCommon(const char *name)
{
	for (int i = 0; i < lengthof(common); i++)
		if (strcmp(common[i], name) == 0)
			return true;
	return false;
}

static void
CheckBelongs(const KindOptions *kind, List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		const char *name = ((DefElem *) lfirst(lc))->defname;

		if (!IsPagingOption(name) || (kind != NULL && (IsCommon(name) || IsOwn(kind, name))))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 kind ? errmsg("option \"%s\" is not valid for paginate '%s'", name,
							   kind->name)
				 : errmsg("option \"%s\" requires option \"paginate\"", name),
				 kind ? 0 : errhint("Valid values of option \"paginate\" are 'page_number', "
									"'offset', 'cursor', 'next_url', 'link_header' and "
									"'last_record'.")));
	}
}

static void
CheckRequired(const KindOptions *kind, List *options)
{
	if (kind->required != NULL && OptionValue(options, kind->required) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("paginate '%s' requires option \"%s\"", kind->name, kind->required)));
}

/* The cursor of the last page is where the next run goes on: being there, it ends nothing. */
static bool
EveryPageNamesANext(List *options)
{
	char	   *resume = OptionValue(options, "resume_path");
	char	   *cursor = OptionValue(options, "cursor_path");

	return resume != NULL && cursor != NULL && strcmp(resume, cursor) == 0;
}

static void
CheckStopRule(const KindOptions *kind, List *options)
{
	static const char *const rules[] = {"has_more_path", "total_path", "pages_path", "stop_on"};

	if (!kind->needs_rule && !EveryPageNamesANext(options))
		return;
	for (int i = 0; i < lengthof(rules); i++)
		if (OptionValue(options, rules[i]) != NULL)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("paginate '%s' requires a rule to detect the last page", kind->name),
			 errhint("Set option \"has_more_path\", \"total_path\" or \"pages_path\", or stop_on "
					 "'empty_page'.")));
}

/* Elements of pages that are not JSON are not counted, and values of their bodies not read. */
static void
CheckNeedsNoJson(const KindOptions *kind, List *options, const char *format)
{
	static const char *const counted[] = {"total_path", "stop_on"};
	static const char *const places[] = {"cursor_path", "next_path", "resume_path",
	"has_more_path", "pages_path"};

	if (kind->kind == PAGING_OFFSET || kind->kind == PAGING_LAST_RECORD)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("paginate '%s' requires format 'json'", kind->name)));
	for (int i = 0; i < lengthof(counted); i++)
		if (OptionValue(options, counted[i]) != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("option \"%s\" requires format 'json'", counted[i])));
	for (int i = 0; i < lengthof(places); i++)
	{
		char	   *place = OptionValue(options, places[i]);

		if (place != NULL && PagePlaceHeader(place) == NULL)
			OptionError(places[i], place,
						psprintf("With format '%s' the value can be read from a header only.",
								 format),
						"Specify a header, such as 'header X-Next'.");
	}
}

static int
ReadCount(List *options, const char *name, int least, int absent)
{
	char	   *value = OptionValue(options, name);
	int			count = absent;

	if (value != NULL && !ParseCount(value, least, INT_MAX, &count))
		OptionError(name, value, NULL, "Specify a whole number.");
	return count;
}

static void
ReadStopOn(Paging *paging, List *options)
{
	char	   *value = OptionValue(options, "stop_on");

	if (value == NULL)
		return;
	paging->stop_on_empty = strcmp(value, "empty_page") == 0;
	paging->stop_on_short = strcmp(value, "short_page") == 0;
	if (!paging->stop_on_empty && !paging->stop_on_short)
		OptionError("stop_on", value, NULL, "Valid values are 'empty_page' and 'short_page'.");
	if (paging->stop_on_short && paging->page_size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("stop_on 'short_page' requires option \"page_size\"")));
}

/* $.variables.after is a place in a body, and a plain name that of a member or field. */
Path *
PagingPlace(const char *param)
{
	Path	   *path;

	if (strncmp(param, "$.", 2) != 0)
		return PathOfMember(param);
	path = PathParse(param, "a pagination parameter");
	for (int i = 0; i < path->nsteps; i++)
		if (path->steps[i].type != STEP_MEMBER)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("place \"%s\" of a pagination parameter must consist of members", param)));
	return path;
}

/* Places in a body exist only in JSON. */
static void
CheckPlace(const Paging *paging, List *options, const char *param)
{
	char	   *format = OptionValue(options, "body_format");

	if (param == NULL || strncmp(param, "$.", 2) != 0)
		return;
	if (!paging->in_body || (format != NULL && strcmp(format, "json") != 0))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("place \"%s\" of a pagination parameter requires a JSON body", param)));
	(void) PagingPlace(param);
}

static void
ReadWhere(Paging *paging, List *options)
{
	char	   *value = OptionValue(options, "paging_in");

	paging->in_body = value == NULL ? OptionValue(options, "body") != NULL
		: strcmp(value, "body") == 0;
	if (value != NULL && !paging->in_body && strcmp(value, "query") != 0)
		OptionError("paging_in", value, NULL, "Valid values are 'query' and 'body'.");
	CheckPlace(paging, options, paging->param);
	CheckPlace(paging, options, paging->limit_param);
}

static List *
RecordPaths(const char *records)
{
	List	   *paths = NIL;
	ListCell   *lc;

	if (records == NULL)
		return list_make2(PathParse("$[*]", "root"), PathParse("$", "root"));
	foreach(lc, PathsSplit(records))
		paths = lappend(paths, PathParse(lfirst(lc), "option \"records\""));
	if (list_length(paths) > PAGING_MAX_LISTS)
		OptionError("records", records,
					psprintf("A page can have at most %d lists of records.",
							 PAGING_MAX_LISTS), NULL);
	return paths;
}

static bool
IsAmong(List *lists, const Path *path)
{
	ListCell   *lc;

	foreach(lc, lists)
	{
		const Path *list = lfirst(lc);
		int			i = 0;

		while (i < list->nsteps && i < path->nsteps &&
			   PathStepEqual(&list->steps[i], &path->steps[i]))
			i++;
		if (i == list->nsteps && i == path->nsteps)
			return true;
	}
	return false;
}

/*
 * Where elements stand that the source counts: those of the outermost list on the way to
 * records, whatever lists of their own they hold.
 */
static List *
OutermostLists(List *records)
{
	List	   *lists = NIL;
	ListCell   *lc;

	foreach(lc, records)
	{
		Path	   *path = lfirst(lc);

		for (int i = 0; i < path->nsteps; i++)
			if (PathStepIterates(&path->steps[i]))
				path->nsteps = i + 1;
		if (!IsAmong(lists, path))
			lists = lappend(lists, path);
	}
	return lists;
}

static bool
IsJson(List *options)
{
	char	   *format = OptionValue(options, "format");

	return format == NULL || strcmp(format, "json") == 0;
}

static void
ReadRecords(Paging *paging, List *options, const char *records)
{
	char	   *id = OptionValue(options, "record_id_path");
	List	   *paths = RecordPaths(records);

	if (IsJson(options))
		paging->lists = OutermostLists(paths);
	if (id == NULL)
		return;
	if (records != NULL && list_length(paths) > 1)
		OptionError("record_id_path", id, "The option cannot be used with several lists of "
					"records.", NULL);
	if (id[0] == '$')
		OptionError("record_id_path", id, "The path must be relative to a record.", NULL);
	paging->record_id = PathParse(psprintf("%s%s%s", records ? records : "$[*]",
										   id[0] == '[' ? "" : ".", id),
								  "option \"record_id_path\"");
}

static void
ReadParam(Paging *paging, const KindOptions *kind, List *options)
{
	paging->param = unconstify(char *, kind->default_param);
	for (int i = 0; i < lengthof(kind->own) && kind->own[i] != NULL; i++)
		if (strstr(kind->own[i], "_param") != NULL && OptionValue(options, kind->own[i]) != NULL)
			paging->param = OptionValue(options, kind->own[i]);
}

static Paging *
ReadKind(const KindOptions *kind, List *options, const char *records)
{
	Paging	   *paging = palloc0(sizeof(Paging));

	paging->kind = kind->kind;
	ReadParam(paging, kind, options);
	paging->start = ReadCount(options, "start_page", 0, kind->kind == PAGING_OFFSET ? 0 : 1);
	paging->limit_param = OptionValue(options, "limit_param");
	paging->page_size = ReadCount(options, "page_size", 1, 0);
	paging->max_pages = ReadCount(options, "max_pages", 1, DEFAULT_MAX_PAGES);
	paging->token = PagePlaceRead(options, kind->kind == PAGING_NEXT_URL ? "next_path" : "cursor_path");
	paging->resume = PagePlaceRead(options, "resume_path");
	paging->has_more = PagePlaceRead(options, "has_more_path");
	paging->total = PagePlaceRead(options, "total_path");
	paging->pages = PagePlaceRead(options, "pages_path");
	ReadRecords(paging, options, records);
	ReadStopOn(paging, options);
	ReadWhere(paging, options);
	if ((paging->limit_param != NULL) != (paging->page_size != 0) &&
		!paging->stop_on_short)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("options \"limit_param\" and \"page_size\" must be specified together")));
	return paging;
}

Paging *
PagingRead(List *options, const char *records)
{
	char	   *name = OptionValue(options, "paginate");
	const KindOptions *kind = NULL;

	if (name != NULL && strcmp(name, "none") != 0)
	{
		kind = FindKind(name);
		if (kind == NULL)
			OptionError("paginate", name, NULL,
						"Valid values are 'page_number', 'offset', 'cursor', 'next_url', "
						"'link_header', 'last_record' and 'none'.");
	}
	CheckBelongs(kind, options);
	if (kind == NULL)
		return NULL;
	CheckRequired(kind, options);
	CheckStopRule(kind, options);
	if (!IsJson(options))
		CheckNeedsNoJson(kind, options, OptionValue(options, "format"));
	return ReadKind(kind, options, records);
}

/*
 * sample.c
 *	  Fetch a sample through a foreign table that exists only meanwhile.
 *
 * So a sample obeys all rules of a SELECT: rights on the server, options, credentials, budgets and
 * limits. Nothing of the table remains.
 */
#include "base/compat.h"
#include "infer/sample.h"

#include "base/attempt.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "source/definition.h"
#include "source/params.h"
#include "source/pull.h"
#include "source/slices.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define TABLE "elt_sample"

typedef struct Fetching
{
	const SampleRequest *request;
	void		(*take) (FetchedPage *page, void *arg);
	void	   *arg;
	SampleHeaders *headers;
} Fetching;

const char *
SampleOptionGiven(const SampleRequest *request, const char *name)
{
	ListCell   *lc;

	foreach(lc, request->options)
		if (strcmp(((SampleOption *) lfirst(lc))->name, name) == 0)
			return ((SampleOption *) lfirst(lc))->value;
	return NULL;
}

static void
AddOption(StringInfo sql, bool *any, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	appendStringInfo(sql, "%s%s %s", *any ? ", " : " OPTIONS (", quote_identifier(name),
					 quote_literal_cstr(value));
	*any = true;
}

/* What is read of each format, so that the definition is valid. */
static const char *
ContentColumn(const char *format)
{
	if (strcmp(format, "json") == 0 || strcmp(format, "jsonl") == 0)
		return "_content pg_catalog.json OPTIONS (path '$')";
	return "_content pg_catalog.text";
}

static const char *
FormatOf(const SampleRequest *request)
{
	const char *given = SampleOptionGiven(request, "format");

	if (given != NULL)
		return given;
	return request->is_file ? "csv" : "json";
}

static char *
TableStatement(const SampleRequest *request)
{
	StringInfoData sql;
	bool		any = false;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE pg_temp." TABLE " (%s",
					 ContentColumn(FormatOf(request)));
	foreach(lc, request->param_names)
		appendStringInfo(&sql, ", %s pg_catalog.text OPTIONS (param %s)",
						 quote_identifier(lfirst(lc)), quote_literal_cstr(lfirst(lc)));
	appendStringInfo(&sql, ") SERVER %s", quote_identifier(request->server));
	AddOption(&sql, &any, request->is_file ? "glob" : "path", request->path);
	AddOption(&sql, &any, "query", request->query);
	foreach(lc, request->options)
	{
		const SampleOption *option = lfirst(lc);

		/* the sample is the first page, whatever records it has */
		if (strcmp(option->name, "records") != 0 && strcmp(option->name, "paginate") != 0)
			AddOption(&sql, &any, option->name, option->value);
	}
	if (strcmp(FormatOf(request), "xml") == 0)
		AddOption(&sql, &any, "records", "$.any[*]");
	if (SampleOptionGiven(request, "format") == NULL)
		AddOption(&sql, &any, "format", FormatOf(request));
	appendStringInfoString(&sql, any ? ")" : "");
	return sql.data;
}

static SourceDefinition *
CreateTable(const SampleRequest *request)
{
	SourceDefinition *def;

	SPI_connect();
	if (SPI_execute(TableStatement(request), false, 0) < 0)
		elog(ERROR, "could not create the table of a sample");
	SPI_finish();
	CommandCounterIncrement();
	def = SourceDefinitionRead(get_relname_relid(TABLE, LookupExplicitNamespace("pg_temp", false)));
	SourceAuthenticate(def, GetUserId());
	return def;
}

/* ---- the slice ---- */

static char *
FirstFile(const SourceDefinition *def, const SampleRequest *request)
{
	List	   *choices = NIL;
	List	   *files;

	for (int i = 0; i < list_length(def->params); i++)
		choices = lappend(choices, NIL);
	files = SourceCombinations(def, def->params, choices);
	if (files == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("no file of server \"%s\" matches \"%s\"", request->server, request->path),
				 errhint("Specify a pattern of file names relative to the directory in option "
						 "\"root\" of the server.")));
	return linitial(files);
}

static Slice *
FirstSlice(const SourceDefinition *def, const SampleRequest *request)
{
	Slice	   *slice = palloc0(sizeof(Slice));

	slice->window_start = DT_NOBEGIN;
	slice->window_end = DT_NOEND;
	if (SourceListsCombinations(def))
		slice->params = FirstFile(def, request);
	else
		slice->params = linitial(SourceParams(def, request->params));
	return slice;
}

static void
ReportNothing(const SampleRequest *request)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("server \"%s\" returned no data for \"%s\"", request->server, request->path),
			 errhint("Specify a request that returns records.")));
}

/* ---- headers ---- */

static void
NoteCount(const FetchedPage *page, const char *lower, char *name, char **kept, char **value)
{
	const char *found = PageHeaderValue(page, lower);

	if (found == NULL || *kept != NULL)
		return;
	*kept = name;
	if (value != NULL)
		*value = pstrdup(found);
}

static void
NoteHeaders(const FetchedPage *page, const Slice *slice, SampleHeaders *headers)
{
	const char *link = PageHeaderValue(page, "link");
	char	   *file = ParamText(slice->params, "file");

	headers->content_type = page->content_type != NULL ? pstrdup(page->content_type) : NULL;
	headers->link = link != NULL ? pstrdup(link) : NULL;
	headers->file = file;
	NoteCount(page, "x-total-count", "X-Total-Count", &headers->total, &headers->total_value);
	NoteCount(page, "x-wp-total", "X-WP-Total", &headers->total, &headers->total_value);
	NoteCount(page, "x-total", "X-Total", &headers->total, &headers->total_value);
	NoteCount(page, "x-total-pages", "X-Total-Pages", &headers->pages, NULL);
	NoteCount(page, "x-wp-totalpages", "X-WP-TotalPages", &headers->pages, NULL);
}

static void
Fetch(void *arg)
{
	Fetching   *fetching = arg;
	SourceDefinition *def = CreateTable(fetching->request);
	Slice	   *slice = FirstSlice(def, fetching->request);
	Pull	   *pull = PullOpen(def, list_make1(slice));
	PulledSlice pulled = {0};

	PullAsRead(pull);
	if (!PullNext(pull, &pulled))
		ReportNothing(fetching->request);
	if (pulled.verdict == VERDICT_FAIL)
		PulledRaise(&pulled);
	if (pulled.verdict != VERDICT_SUCCESS || pulled.pages == NIL)
		ReportNothing(fetching->request);
	NoteHeaders(linitial(pulled.pages), slice, fetching->headers);
	fetching->take(linitial(pulled.pages), fetching->arg);
	PullRelease(pull, &pulled);
	PullClose(pull);
}

void
SampleFetch(const SampleRequest *request, void (*take) (FetchedPage *page, void *arg), void *arg,
			SampleHeaders *headers)
{
	Fetching	fetching = {request, take, arg, headers};
	ErrorData  *error = AttemptAndUndo(Fetch, &fetching);

	if (error != NULL)
		ThrowErrorData(error);
}

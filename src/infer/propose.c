/*
 * propose.c
 *	  Statements that declare and load what was inferred.
 *
 * All texts here are UTF-8, as samples are; the caller converts them.
 */
#include "base/compat.h"
#include "infer/propose.h"

#include "base/sql_name.h"
#include "infer/column_name.h"
#include "infer/infer_paging.h"
#include "infer/infer_window.h"
#include "infer/query_parts.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

typedef struct Writing
{
	const Inferred *inferred;
	List	   *proposals;		/* Proposal * */
	List	   *shared;			/* char *, options of all tables of the request */
	InferredPaging paging;
	InferredWindow window;
} Writing;

static void
Add(Writing *w, const char *part, char *statement, char *reason, char *doubt)
{
	Proposal   *proposal = palloc0(sizeof(Proposal));

	proposal->part = part;
	proposal->statement = statement;
	proposal->reason = reason;
	proposal->doubt = doubt;
	w->proposals = lappend(w->proposals, proposal);
}

static char *
Option(const char *name, const char *value)
{
	const char *quoted = quote_literal_cstr(value);

	/* a tab is written so that it can be seen */
	if (strcmp(value, "\t") == 0)
		quoted = "E'\\t'";
	return psprintf("%s %s", quote_identifier(name), quoted);
}

static char *
JoinTexts(List *texts, const char *separator)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, texts)
		appendStringInfo(&text, "%s%s", foreach_current_index(lc) > 0 ? separator : "",
						 (char *) lfirst(lc));
	return text.data;
}

/* ---- foreign tables ---- */

static char *
ColumnText(const InferredColumn *column)
{
	List	   *options = list_copy(column->options);

	if (column->path != NULL)
		options = lcons(Option("path", column->path), options);
	return psprintf("%s %s%s%s%s", quote_identifier(column->name), column->type,
					options != NIL ? " OPTIONS (" : "", JoinTexts(options, ", "),
					options != NIL ? ")" : "");
}

char *
ForeignTableStatement(const char *name, List *columns, const char *server, List *options)
{
	List	   *texts = NIL;
	ListCell   *lc;

	foreach(lc, columns)
		texts = lappend(texts, ColumnText(lfirst(lc)));
	return psprintf("CREATE FOREIGN TABLE %s (\n    %s\n) SERVER %s OPTIONS (\n    %s);",
					quote_identifier(name), JoinTexts(texts, ",\n    "), quote_identifier(server),
					JoinTexts(options, ",\n    "));
}

static char *
SourceName(const Writing *w, const InferredTable *table)
{
	return psprintf("%s_%s", table->name, w->inferred->request->is_file ? "files" : "api");
}

static List *
TableOptions(const Writing *w, const InferredTable *table)
{
	List	   *options = list_copy(w->shared);

	if (table->records != NULL && SampleOptionGiven(w->inferred->request, "records") == NULL)
		options = lappend(options, Option("records", table->records));
	if (table->parent == NULL)
		options = list_concat(options, w->window.options);
	else
		for (int i = 0; i < list_length(w->window.options); i++)
			if (strncmp(list_nth(w->window.options, i), "window_column", 13) != 0 &&
				strncmp(list_nth(w->window.options, i), "cursor_column", 13) != 0)
				options = lappend(options, list_nth(w->window.options, i));
	return list_concat(options, w->paging.options);
}

/* Of Debezium, with or without the schema beside them. */
static bool
AreEvents(const ShapeNode *record)
{
	const ShapeNode *event = ShapeFindMember(record, "payload");

	if (event == NULL)
		event = record;
	return ShapeFindMember(event, "op") != NULL && ShapeFindMember(event, "source") != NULL &&
		(ShapeFindMember(event, "before") != NULL || ShapeFindMember(event, "after") != NULL);
}

/* Doubts of columns, each with its name. */
static char *
Doubts(const InferredTable *table)
{
	List	   *doubts = NIL;
	ListCell   *lc;

	if (AreEvents(table->record))
		doubts = lappend(doubts, "the records look like events of Debezium: a foreign table with "
						 "the columns of the source's table and envelope 'debezium' reads them as "
						 "changes of rows");
	foreach(lc, table->columns)
	{
		const InferredColumn *column = lfirst(lc);

		if (column->doubt != NULL)
			doubts = lappend(doubts, psprintf("%s: %s", column->name, column->doubt));
	}
	doubts = list_concat(doubts, table->left_out);
	return doubts == NIL ? NULL : JoinTexts(doubts, "; ");
}

static void
AddTable(Writing *w, const InferredTable *table)
{
	char	   *reason = table->reason;

	if (w->inferred->is_cut)
		reason = psprintf("%s, in the first part of the data", reason);
	Add(w, table->parent != NULL ? "child" : "foreign table",
		ForeignTableStatement(SourceName(w, table), table->columns, w->inferred->request->server,
							  TableOptions(w, table)),
		reason, Doubts(table));
}

/* ---- pipelines ---- */

static char *
KeyText(List *names)
{
	List	   *texts = NIL;
	ListCell   *lc;

	foreach(lc, names)
		texts = lappend(texts, pg_strcasecmp(lfirst(lc), "null") == 0 ? "\"null\"" : lfirst(lc));
	return quote_literal_cstr(psprintf("{%s}", JoinTexts(texts, ",")));
}

static List *
KeyNames(const InferredTable *table, bool of_parent)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, table->key)
	{
		const InferredColumn *column = lfirst(lc);

		if (!of_parent || (column->anchored && !column->zipped))
			names = lappend(names, column->name);
	}
	return names;
}

static char *
Label(const char *name)
{
	return quote_literal_cstr(name);
}

/* A combination of params that only names the list, for a list without key. */
#define SCOPE_PARAM "list"

static bool
NeedsScope(const Writing *w, const InferredTable *table)
{
	return table->key == NIL && table->parent == NULL && !w->inferred->request->is_file &&
		w->window.options == NIL && w->inferred->request->param_names == NIL;
}

static char *
Params(const Writing *w)
{
	return w->inferred->request->is_file ? NULL : w->inferred->request->params;
}

static const char *
Strategy(const Writing *w, const InferredTable *table)
{
	if (table->key != NIL)
		return "upsert";
	if (w->inferred->request->is_file)
		return "append";
	return w->window.options != NIL && !w->window.is_cursor ? "replace_window" : "replace";
}

static char *
ReplaceBy(const Writing *w, const InferredTable *table)
{
	List	   *names = NeedsScope(w, table) ? list_make1(SCOPE_PARAM) :
		w->inferred->request->param_names;

	char	   *replace_by = psprintf("\"replace_by\": [\"%s\"]", JoinTexts(names, "\", \""));

	if (!NeedsScope(w, table))
		return psprintf("{%s}", replace_by);
	/* a name for the list, since the scope of a replacement has to be a column */
	return psprintf("{%s, \"params_query\": \"SELECT %s AS " SCOPE_PARAM "\"}", replace_by,
					quote_literal_cstr(table->name));
}

static char *
PipelineStatement(const Writing *w, const InferredTable *table)
{
	StringInfoData sql;
	const char *strategy = Strategy(w, table);
	char	   *params = Params(w);

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT elt.create_pipeline(%s, source => %s, target => %s",
					 Label(table->pipeline), Label(quote_identifier(SourceName(w, table))),
					 Label(quote_identifier(table->name)));
	if (table->key != NIL)
		appendStringInfo(&sql, ",\n    key => %s", KeyText(KeyNames(table, false)));
	else
		appendStringInfo(&sql, ",\n    strategy => %s", Label(strategy));
	if (params != NULL && strcmp(params, "{}") != 0)
		appendStringInfo(&sql, ",\n    params => %s", Label(params));
	if (w->window.start != NULL)
		appendStringInfo(&sql, ",\n    start_at => %s", Label(w->window.start));
	if (strcmp(strategy, "replace") == 0)
		appendStringInfo(&sql, ",\n    options => %s", Label(ReplaceBy(w, table)));
	appendStringInfoString(&sql, ");");
	return sql.data;
}

/* As long as the names of children are. */
#define PIPELINE_NAME 48

/* Of the characters that names of pipelines may have. */
static char *
PlainName(const char *name)
{
	char	   *plain = pstrdup(name);

	for (char *c = plain; *c != '\0'; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9'))
			*c = '_';
	return plain;
}

/* As elt.add_child makes it: after the parent, unless the target is named after the root. */
static char *
ChildName(const InferredTable *table)
{
	char	   *name = PlainName(table->name);
	const InferredTable *root = table->parent;
	size_t		len;

	while (root->parent != NULL)
		root = root->parent;
	len = strlen(root->pipeline);
	if (strncmp(name, root->pipeline, len) == 0 && name[len] == '_')
		return name;
	return psprintf("%s_%s", table->parent->pipeline, name);
}

static char *
PipelineName(const Inferred *inferred, const InferredTable *table)
{
	char	   *name = table->parent != NULL ? ChildName(table) :
		PlainName(psprintf("%s%s", inferred->prefix, table->name));

	return pnstrdup(name, Min(strlen(name), PIPELINE_NAME));
}

static void
SetPipelineNames(const Inferred *inferred)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, inferred->tables)
	{
		InferredTable *table = lfirst(lc);
		char	   *whole = PipelineName(inferred, table);
		char	   *name = whole;

		for (int n = 2; NamesContain(names, name); n++)
		{
			char	   *suffix = psprintf("_%d", n);

			name = psprintf("%.*s%s", PIPELINE_NAME - (int) strlen(suffix), whole, suffix);
		}
		table->pipeline = name;
		names = lappend(names, name);
	}
}

static char *
ChildStatement(const Writing *w, const InferredTable *table)
{
	return psprintf("SELECT elt.add_child(%s, source => %s, target => %s,\n    key => %s, parent_key => %s);",
					Label(table->parent->pipeline), Label(quote_identifier(SourceName(w, table))),
					Label(quote_identifier(table->name)), KeyText(KeyNames(table, false)),
					KeyText(KeyNames(table, true)));
}

static char *
StrategyReason(const Writing *w, const InferredTable *table)
{
	const char *strategy = Strategy(w, table);

	if (strcmp(strategy, "upsert") == 0)
		return "upsert: rows are matched by their key";
	if (strcmp(strategy, "append") == 0)
		return "append: without a key, the rows of each file are stored once";
	if (strcmp(strategy, "replace_window") == 0)
		return "replace_window: without a key, the rows of a window replace those before";
	return "replace: without a key, the rows of a response replace those before";
}

static bool
CanLoad(const InferredTable *table)
{
	return table->parent == NULL || (table->key != NIL && CanLoad(table->parent));
}

static void
AddPipeline(Writing *w, const InferredTable *table)
{
	if (table->parent == NULL)
		Add(w, "pipeline", PipelineStatement(w, table), StrategyReason(w, table), NULL);
	else if (CanLoad(table))
		Add(w, "pipeline", ChildStatement(w, table), "it lands with its parent", NULL);
	else
		Add(w, "pipeline", NULL, "a child needs the key of its parent", NULL);
}

/* ---- columns that are not of the sample ---- */

static InferredColumn *
AddParam(InferredTable *table, const char *name)
{
	InferredColumn *column = LayoutAddColumn(table, ColumnNameClean(name));

	column->type = "text";
	column->options = list_make1(Option("param", name));
	column->anchored = column->is_key = true;
	return column;
}

static void
AddParams(Writing *w, InferredTable *table)
{
	List	   *added = NIL;
	ListCell   *lc;

	foreach(lc, w->inferred->request->param_names)
		added = lappend(added, AddParam(table, lfirst(lc)));
	if (NeedsScope(w, table))
		added = lappend(added, AddParam(table, SCOPE_PARAM));
	/* what is asked for comes first */
	table->columns = list_concat(list_copy(added),
								 list_truncate(table->columns,
											   list_length(table->columns) - list_length(added)));
	if (table->key != NIL && table->parent == NULL)
		table->key = list_concat(list_copy(added), table->key);
}

/* In CSV the path is a name as it is, and twins are known by their number. */
static void
SetCsvPaths(const CsvSample *csv, InferredTable *table)
{
	ListCell   *lc;

	foreach(lc, table->columns)
	{
		InferredColumn *column = lfirst(lc);
		const ShapeNode *node = column->node;

		column->path = NULL;
		if (node == NULL)
			continue;
		if (!csv->has_header || csv->has_twins)
			column->options = lcons(Option("position", psprintf("%d", node->position + 1)),
									column->options);
		else if (strcmp(node->name, column->name) != 0)
			column->path = pstrdup(node->name);
	}
}

/* ---- options of the request ---- */

static void
Share(Writing *w, const char *name, const char *value)
{
	if (SampleOptionGiven(w->inferred->request, name) == NULL)
		w->shared = lappend(w->shared, Option(name, value));
}

static void
ShareCsv(Writing *w, const CsvSample *csv)
{
	if (csv->delimiter != NULL && strcmp(csv->delimiter, ",") != 0)
		Share(w, "delimiter", csv->delimiter);
	if (csv->encoding != NULL)
		Share(w, "encoding", csv->encoding);
	if (!csv->has_header)
		Share(w, "header", "false");
	else if (csv->has_twins && csv->header_line > 1)
		Share(w, "skip_lines", psprintf("%d", csv->header_line - 1));
	else if (csv->header_line > 1)
		Share(w, "header_row", "find");
	else if (csv->is_ragged && csv->delimiter != NULL)
		Share(w, "fill_missing", "true");
}

static void
ShareRequest(Writing *w, List *query)
{
	const SampleRequest *request = w->inferred->request;
	ListCell   *lc;

	w->shared = NIL;
	if (request->path[0] != '\0')
		w->shared = lappend(w->shared, Option(request->is_file ? "glob" : "path", request->path));
	if (query != NIL)
		w->shared = lappend(w->shared, Option("query", QueryPartsText(query)));
	foreach(lc, request->options)
		w->shared = lappend(w->shared, Option(((SampleOption *) lfirst(lc))->name,
											  ((SampleOption *) lfirst(lc))->value));
	if (strcmp(w->inferred->format, request->is_file ? "csv" : "json") != 0)
		Share(w, "format", w->inferred->format);
	if (w->inferred->csv != NULL)
		ShareCsv(w, w->inferred->csv);
}

/* ---- decisions ---- */

static void
AddHints(Writing *w, List *query)
{
	static const char *const secrets[] = {
		"api_key", "apikey", "key", "token", "access_token", "appid", "app_id", "api-key", "auth"
	};
	QueryPart  *secret = QueryPartFind(query, secrets, lengthof(secrets));

	if (secret != NULL)
		Add(w, "server hint", NULL,
			psprintf("%s in the query may be a secret: every role can read it there; store it in a user "
					 "mapping with auth 'query', param '%s'", secret->name, secret->name), NULL);
}

static void
AddDecisions(Writing *w, const InferredTable *table)
{
	bool		is_json = w->inferred->csv == NULL && !w->inferred->request->is_file;

	Add(w, "key", NULL, table->key != NIL ?
		psprintf("key %s", JoinTexts(KeyNames(table, false), ", ")) : "no key was found",
		table->key_doubt);
	if (is_json && SampleOptionGiven(w->inferred->request, "paginate") == NULL)
		Add(w, "pagination", NULL, w->paging.reason, w->paging.doubt);
	if (w->window.reason != NULL)
		Add(w, w->window.is_cursor || w->window.options == NIL ? "cursor" : "window", NULL,
			w->window.reason, w->window.doubt);
	Add(w, "strategy", NULL, StrategyReason(w, table), NULL);
}

static void
InferRequest(Writing *w, InferredTable *first, List **query)
{
	const Inferred *inferred = w->inferred;

	if (inferred->request->is_file)
		return;
	if (SampleOptionGiven(inferred->request, "window") == NULL &&
		SampleOptionGiven(inferred->request, "cursor_column") == NULL)
		w->window = InferWindow(first, *query);
	if (inferred->root != NULL && SampleOptionGiven(inferred->request, "paginate") == NULL)
		w->paging = InferPaging(inferred->root, first, &inferred->headers, query);
}

List *
Propose(const Inferred *inferred)
{
	Writing		w = {inferred};
	List	   *query = inferred->request->query != NULL ? QueryPartsRead(inferred->request->query) : NIL;
	ListCell   *lc;

	AddHints(&w, query);
	InferRequest(&w, linitial(inferred->tables), &query);
	ShareRequest(&w, query);
	foreach(lc, inferred->tables)
	{
		if (inferred->csv != NULL)
			SetCsvPaths(inferred->csv, lfirst(lc));
		AddParams(&w, lfirst(lc));
		AddTable(&w, lfirst(lc));
	}
	AddDecisions(&w, linitial(inferred->tables));
	SetPipelineNames(inferred);
	foreach(lc, inferred->tables)
		AddPipeline(&w, lfirst(lc));
	return w.proposals;
}

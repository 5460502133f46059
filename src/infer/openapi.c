/*
 * openapi.c
 *	  Foreign tables from a description in OpenAPI 3.0 or 3.1.
 *
 * The schema of a successful response is laid out as a sample is. Parameters that are required become
 * columns, and so do optional ones with a default; two that are the bounds of a time become a window;
 * those of paging belong to paging.
 */
#include "base/compat.h"
#include "infer/openapi.h"

#include "foreign/foreign.h"
#include "infer/column_name.h"
#include "infer/infer_key.h"
#include "infer/infer_paging.h"
#include "infer/propose.h"
#include "infer/query_parts.h"
#include "infer/sample.h"
#include "infer/spec_document.h"
#include "infer/spec_schema.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "source/options.h"
#include "utils/builtins.h"

typedef struct Importing
{
	const char *server;
	SpecNode   *document;
	List	   *names;			/* char *, of tables so far */
	List	   *statements;		/* char * */
} Importing;

/* ---- the document ---- */

static void
TakeDocument(FetchedPage *page, void *arg)
{
	ByteSource	bytes = {PageNextChunk, PageRewind, page, PageSelectPart};

	((Importing *) arg)->document = SpecDocumentRead(&bytes);
}

static void
CheckOptions(List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		const char *name = ((DefElem *) lfirst(lc))->defname;

		if (strcmp(name, "spec") != 0 && strcmp(name, "spec_server") != 0)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"%s\"", name),
					 errhint("Valid options are \"spec\" and \"spec_server\".")));
	}
	OptionRequire(options, "spec", "/openapi.json");
}

/* The path of a URL that is one of the server's; others stay as they are. */
static char *
BelowServer(const ForeignServer *server, char *spec)
{
	const char *url = OptionValue(server->options, "url");
	size_t		len = url != NULL ? strlen(url) : 0;

	while (len > 0 && url[len - 1] == '/')
		len--;
	return len > 0 && strncmp(spec, url, len) == 0 && spec[len] == '/' ? spec + len : spec;
}

static void
ReadDocument(Importing *import, List *options)
{
	SampleRequest request = {0};
	SampleHeaders headers = {0};
	char	   *from = OptionValue(options, "spec_server");
	ForeignServer *server;

	request.server = from != NULL ? from : pstrdup(import->server);
	server = GetForeignServerByName(request.server, false);
	request.is_file = strcmp(GetForeignDataWrapper(server->fdwid)->fdwname, "elt_file") == 0;
	request.path = OptionValue(options, "spec");
	request.params = "{}";
	if (request.is_file)
	{
		SampleOption *format = palloc(sizeof(SampleOption));

		format->name = "format";
		format->value = "json";
		request.options = list_make1(format);
	}
	request.path = BelowServer(server, request.path);
	if (strstr(request.path, "://") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("option \"spec\" must be a path on a server"),
				 errhint("Define a server for %s, name it in option \"spec_server\", and give the rest "
						 "of the URL in \"spec\".", request.path)));
	SampleFetch(&request, TakeDocument, import, &headers);
	if (SpecText(import->document, "openapi") == NULL ||
		strncmp(SpecText(import->document, "openapi"), "3.", 2) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("\"%s\" is not a description in OpenAPI 3", request.path)));
}

/* ---- one operation ---- */

typedef struct Operation
{
	const char *path;
	List	   *columns;		/* InferredColumn *, of parameters */
	List	   *query;			/* QueryPart * */
	List	   *optional;		/* QueryPart *, of paging or not wanted */
	const char *start;			/* parameters that are bounds of a time; NULL */
	const char *end;
	const char *time_format;
} Operation;

static bool
IsAmong(const char *name, const char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (pg_strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

static QueryPart *
Part(const char *name, char *value)
{
	QueryPart  *part = palloc(sizeof(QueryPart));

	part->name = pstrdup(name);
	part->value = value;
	return part;
}

static void
AddParamColumn(Operation *o, const char *name, const SpecNode *schema)
{
	InferredColumn *column = palloc0(sizeof(InferredColumn));
	const char *type = SpecText(schema, "type");

	column->name = ColumnNameClean(name);
	column->type = type != NULL && strcmp(type, "integer") == 0 ? "bigint" : "text";
	column->options = list_make1(psprintf("param %s", quote_literal_cstr(name)));
	column->anchored = true;
	o->columns = lappend(o->columns, column);
}

static const char *
WindowFormat(const SpecNode *schema)
{
	const char *format = SpecText(schema, "format");
	const char *type = SpecText(schema, "type");

	if (type != NULL && strcmp(type, "integer") == 0)
		return "unix";
	return format != NULL && strcmp(format, "date-time") == 0 ? "iso" : "YYYY-MM-DD";
}

static bool
TakeTime(Operation *o, const char *name, const SpecNode *schema)
{
	static const char *const starts[] = {"start", "from", "start_date", "date_from", "start_time", "since"};
	static const char *const ends[] = {"end", "to", "end_date", "date_to", "end_time", "until"};

	if (o->start == NULL && IsAmong(name, starts, lengthof(starts)))
	{
		o->start = name;
		o->time_format = WindowFormat(schema);
		return true;
	}
	if (o->end == NULL && IsAmong(name, ends, lengthof(ends)))
	{
		o->end = name;
		return true;
	}
	return false;
}

static void
AddQueryParam(Operation *o, const SpecNode *parameter, const SpecNode *schema)
{
	const char *name = SpecText(parameter, "name");
	const char *fallback = SpecText(schema, "default");
	const char *most = SpecText(schema, "maximum");
	bool		wanted = SpecIsTrue(parameter, "required") || (fallback != NULL && fallback[0] != '\0');
	static const char *const sizes[] = {"limit", "per_page", "page_size", "size", "count"};
	static const char *const places[] = {
		"page", "offset", "cursor", "page_token", "starting_after"
	};

	if (IsAmong(name, sizes, lengthof(sizes)))
		o->optional = lappend(o->optional,
							  Part(name, pstrdup(most ? most : fallback ? fallback : "100")));
	else if (IsAmong(name, places, lengthof(places)))
		o->optional = lappend(o->optional, Part(name, fallback ? pstrdup(fallback) : ""));
	else if (!TakeTime(o, name, schema) && wanted)
	{
		AddParamColumn(o, name, schema);
		o->query = lappend(o->query, Part(name, psprintf("{%s}", name)));
	}
}

static void
AddParameters(const Importing *import, Operation *o, const SpecNode *list)
{
	for (const SpecNode *p = list ? list->first : NULL; p != NULL; p = p->next)
	{
		const SpecNode *parameter = SpecResolve(import->document, p);
		const SpecNode *schema = SpecResolve(import->document, SpecMember(parameter, "schema"));
		const char *in = SpecText(parameter, "in");

		if (in == NULL || SpecText(parameter, "name") == NULL)
			continue;
		if (strcmp(in, "path") == 0)
			AddParamColumn(o, SpecText(parameter, "name"), schema);
		else if (strcmp(in, "query") == 0)
			AddQueryParam(o, parameter, schema);
	}
}

/* Of 200, another success, or by default. */
static const SpecNode *
ResponseSchema(const Importing *import, const SpecNode *get)
{
	const SpecNode *responses = SpecMember(get, "responses");
	const SpecNode *best = SpecMember(responses, "200");
	const SpecNode *content;

	for (const SpecNode *r = responses ? responses->first : NULL; r != NULL && best == NULL; r = r->next)
		if (r->name[0] == '2')
			best = r;
	if (best == NULL)
		best = SpecMember(responses, "default");
	content = SpecMember(SpecResolve(import->document, best), "content");
	for (const SpecNode *c = content ? content->first : NULL; c != NULL; c = c->next)
		if (strstr(c->name, "json") != NULL)
			return SpecMember(c, "schema");
	return NULL;
}

/* /users/{id}/orders is users_orders. */
static char *
TableName(const char *path)
{
	StringInfoData name;
	int			braces = 0;

	initStringInfo(&name);
	for (const char *c = path; *c != '\0'; c++)
	{
		braces += *c == '{' ? 1 : *c == '}' ? -1 : 0;
		if (braces == 0 && *c != '}')
			appendStringInfoChar(&name, *c);
	}
	return ColumnNameClean(name.data);
}

static List *
Options(const Operation *o, const InferredTable *table, InferredColumn *time,
		const InferredPaging *paging)
{
	List	   *options = list_make1(psprintf("path %s", quote_literal_cstr(o->path)));
	List	   *query = list_copy(o->query);
	bool		has_window = o->start != NULL && o->end != NULL && time != NULL;

	if (has_window)
	{
		query = lappend(query, Part(o->start, "{window_start}"));
		query = lappend(query, Part(o->end, "{window_last}"));
	}
	if (query != NIL)
		options = lappend(options, psprintf("query %s", quote_literal_cstr(QueryPartsText(query))));
	if (table->records != NULL)
		options = lappend(options, psprintf("records %s", quote_literal_cstr(table->records)));
	if (has_window)
	{
		options = lappend(options, "window '1 day'");
		options = lappend(options, psprintf("window_column %s", quote_literal_cstr(time->name)));
		options = lappend(options, psprintf("window_format %s", quote_literal_cstr(o->time_format)));
	}
	return list_concat(options, paging->options);
}

static void
AddTable(Importing *import, const Operation *o, InferredTable *table, const ShapeNode *shape)
{
	SampleHeaders headers = {0};
	List	   *paging_query = list_copy(o->optional);
	InferredPaging paging = {NIL, NULL, NULL};
	List	   *columns = NIL;
	ListCell   *lc;

	if (table->parent == NULL)
		paging = InferPaging(shape, table, &headers, &paging_query);
	foreach(lc, o->columns)
	{
		InferredColumn *column = palloc(sizeof(InferredColumn));

		*column = *(InferredColumn *) lfirst(lc);
		column->name = ColumnNameTake(&table->names, column->name);
		columns = lappend(columns, column);
	}
	columns = list_concat(columns, table->columns);
	import->statements = lappend(import->statements,
								 ForeignTableStatement(ColumnNameTake(&import->names, table->name), columns,
													   import->server,
													   Options(o, table, InferTimeColumn(table), &paging)));
}

static void
AddOperation(Importing *import, const SpecNode *path, const SpecNode *get)
{
	Operation	o = {path->name};
	const SpecNode *schema = ResponseSchema(import, get);
	ShapeNode  *shape;
	List	   *tables;
	ListCell   *lc;

	if (schema == NULL)
		return;
	AddParameters(import, &o, SpecMember(path, "parameters"));
	AddParameters(import, &o, SpecMember(get, "parameters"));
	shape = SpecShape(import->document, schema);
	tables = LayoutOfJson(shape, TableName(path->name), false);
	InferKeys(tables);
	foreach(lc, tables)
		if (((InferredTable *) lfirst(lc))->columns != NIL)
			AddTable(import, &o, lfirst(lc), shape);
}

/* ---- the import ---- */

/* What a user mapping has to provide. */
static void
TellOfSecurity(const Importing *import)
{
	const SpecNode *schemes = SpecMember(SpecMember(import->document, "components"), "securitySchemes");

	for (const SpecNode *s = schemes ? schemes->first : NULL; s != NULL; s = s->next)
	{
		const char *type = SpecText(SpecResolve(import->document, s), "type");
		const char *in = SpecText(s, "in");
		const char *name = SpecText(s, "name");

		if (type != NULL)
			ereport(NOTICE,
					(errmsg("the API describes security scheme \"%s\" of type \"%s\"%s", s->name, type,
							in != NULL && name != NULL ? psprintf(": \"%s\" in the %s", name, in) : ""),
					 errhint("Create a user mapping for server \"%s\".", import->server)));
	}
}

static List *
ToServer(List *statements)
{
	List	   *texts = NIL;
	ListCell   *lc;

	foreach(lc, statements)
		texts = lappend(texts, pg_any_to_server(lfirst(lc), strlen(lfirst(lc)), PG_UTF8));
	return texts;
}

List *
OpenApiImport(const char *server, List *options)
{
	Importing	import = {server};
	const SpecNode *paths;

	CheckOptions(options);
	ReadDocument(&import, options);
	paths = SpecMember(import.document, "paths");
	for (const SpecNode *p = paths ? paths->first : NULL; p != NULL; p = p->next)
		if (SpecMember(p, "get") != NULL)
			AddOperation(&import, p, SpecMember(p, "get"));
	TellOfSecurity(&import);
	return ToServer(import.statements);
}

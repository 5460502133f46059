/*
 * inference.c
 *	  Read a sample in whatever format it has, and propose how to load it.
 */
#include "base/compat.h"
#include "infer/inference.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "decode/text_source.h"
#include "executor/spi.h"
#include "foreign/foreign.h"
#include "infer/column_name.h"
#include "infer/infer_key.h"
#include "infer/read_xml.h"
#include "mb/pg_wchar.h"
#include "parquet/parquet_format.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

/* Records that are looked at, and bytes of a file. */
#define SAMPLE_RECORDS 10000
#define SAMPLE_BYTES ((size_t) 16 * 1024 * 1024)

typedef struct Reading
{
	Inferred	inferred;
	const char *name;
} Reading;

/* ---- arguments ---- */

static char *
JsonArg(FunctionCallInfo fcinfo, int n)
{
	Jsonb	   *value;

	if (PG_ARGISNULL(n))
		return "{}";
	value = DatumGetJsonbP(PG_GETARG_DATUM(n));
	if (!JB_ROOT_IS_OBJECT(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", n == 3 ? "params" : "options")));
	return JsonbToCString(NULL, &value->root, VARSIZE(value));
}

static List *
ReadOptions(const char *json)
{
	List	   *options = NIL;
	MemoryContext caller = CurrentMemoryContext;
	Sql			q;

	SPI_connect();
	SqlBegin(&q, "select key, value from jsonb_each_text($1)");
	SqlAddJsonb(&q, json);
	SqlRun(&q, AsCatalog());
	MemoryContextSwitchTo(caller);
	for (uint64 i = 0; i < q.processed; i++)
	{
		SampleOption *option = palloc(sizeof(SampleOption));

		option->name = SqlText(&q, i, 1);
		option->value = SqlText(&q, i, 2);
		options = lappend(options, option);
	}
	SqlDone(&q);
	SPI_finish();
	return options;
}

static bool
IsFileServer(const char *name)
{
	ForeignServer *server = GetForeignServerByName(name, false);
	const char *wrapper = GetForeignDataWrapper(server->fdwid)->fdwname;

	if (strcmp(wrapper, "elt_file") == 0)
		return true;
	if (strcmp(wrapper, "elt_http") == 0)
		return false;
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("server \"%s\" has foreign-data wrapper \"%s\"", name, wrapper),
			 errhint("Specify a server of wrapper \"elt_http\" or \"elt_file\".")));
	pg_unreachable();
}

/* csv of sales.csv.gz; NULL: the name does not say. */
static const char *
FormatOfName(const char *path)
{
	static const struct
	{
		const char *ending;
		const char *format;
	}			known[] = {
		{".jsonl", "jsonl"}, {".ndjson", "jsonl"}, {".json", "json"}, {".geojson", "json"},
		{".csv", "csv"}, {".tsv", "csv"}, {".txt", "csv"}, {".xlsx", "xlsx"}, {".xml", "xml"},
		{".parquet", "parquet"}
	};

	for (int i = 0; i < lengthof(known); i++)
	{
		const char *found = strstr(path, known[i].ending);

		if (found != NULL && (found[strlen(known[i].ending)] == '\0' ||
							  found[strlen(known[i].ending)] == '.'))
			return known[i].format;
	}
	return NULL;
}

static void
GuessFormat(SampleRequest *request)
{
	const char *format = FormatOfName(request->path);
	SampleOption *option;

	if (SampleOptionGiven(request, "format") != NULL || format == NULL ||
		strcmp(format, request->is_file ? "csv" : "json") == 0)
		return;
	option = palloc(sizeof(SampleOption));
	option->name = "format";
	option->value = pstrdup(format);
	request->options = lappend(request->options, option);
}

static List *
ParamNames(const char *params)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, ReadOptions(params))
		names = lappend(names, ((SampleOption *) lfirst(lc))->name);
	return names;
}

static void
RefuseParquet(const SampleRequest *request)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("a Parquet file has a schema, which is not inferred"),
			 request->is_file ?
			 errhint("Use IMPORT FOREIGN SCHEMA parquet FROM SERVER %s INTO public OPTIONS (glob %s) "
					 "to create its foreign table.",
					 quote_identifier(request->server), quote_literal_cstr(request->path)) : 0));
}

/* A sample shows the events, not the rows in them. */
static void
CheckEnvelope(const SampleRequest *request)
{
	const char *envelope = SampleOptionGiven(request, "envelope");

	if (envelope != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the columns of events of change cannot be inferred"),
				 errhint("Create a foreign table with the columns of the source's table and envelope %s.",
						 quote_literal_cstr(envelope))));
}

static void
CheckFormat(const SampleRequest *request, const char *format)
{
	if (strcmp(format, "parquet") == 0)
		RefuseParquet(request);
	if (strcmp(format, "fixed") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the columns of text of fixed width cannot be inferred"),
				 errhint("Create a foreign table whose columns have option \"position\".")));
}

/* Placeholders need a value now. */
static void
CheckPlaceholders(const SampleRequest *request, const char *text)
{
	for (const char *c = text; c != NULL && (c = strchr(c, '{')) != NULL; c++)
	{
		char	   *name = pnstrdup(c + 1, strcspn(c + 1, "}"));
		bool		is_time = strncmp(name, "window_", 7) == 0 || strcmp(name, "cursor") == 0;

		if (c[1] == '{')
		{
			c++;
			continue;
		}
		if (!NamesContain(request->param_names, name))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("no value specified for placeholder {%s}", name),
					 is_time ? errhint("Write a time in its place: elt.infer recognizes it and proposes the "
									   "placeholder.") :
					 errhint("Specify its values in params, for example params => '{\"%s\": [\"...\"]}'.",
							 name)));
	}
}

SampleRequest
InferenceRequest(FunctionCallInfo fcinfo)
{
	SampleRequest request = {0};

	RequireArg(fcinfo, 0, "server");
	request.server = NameStr(*DatumGetName(PG_GETARG_DATUM(0)));
	request.is_file = IsFileServer(request.server);
	request.path = PG_ARGISNULL(1) ? "" : TextArg(fcinfo, 1);
	request.query = TextArgOrNull(fcinfo, 2);
	request.params = JsonArg(fcinfo, 3);
	request.param_names = ParamNames(request.params);
	request.options = ReadOptions(JsonArg(fcinfo, 4));
	GuessFormat(&request);
	CheckEnvelope(&request);
	if (SampleOptionGiven(&request, "format") != NULL)
		CheckFormat(&request, SampleOptionGiven(&request, "format"));
	if (!request.is_file)
		CheckPlaceholders(&request, request.path);
	CheckPlaceholders(&request, request.query);
	return request;
}

/* Names of foreign tables are longer than those of targets by this. */
#define LONGEST_SUFFIX "_files"
#define LONGEST_NAME (NAMEDATALEN - (int) sizeof(LONGEST_SUFFIX))

char *
InferenceName(FunctionCallInfo fcinfo)
{
	char	   *name = TextArgOrNull(fcinfo, 5);

	if (name != NULL && (name[0] == '\0' || strlen(name) > LONGEST_NAME))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("name must have 1 to %d bytes", LONGEST_NAME),
				 errdetail("It is the name of the target; that of the foreign table ends in \"_files\" "
						   "or \"_api\".")));
	return name;
}

/* ---- pages ---- */

/* Up to a limit, the last line whole if there was more. */
static char *
TextOfPage(ByteSource *source, size_t *len, bool *is_cut)
{
	StringInfoData text;
	const char *data;
	size_t		n;
	char	   *end;

	initStringInfo(&text);
	while ((size_t) text.len < SAMPLE_BYTES && source->next(source->state, &data, &n))
		appendBinaryStringInfo(&text, data, (int) n);
	*is_cut = (size_t) text.len >= SAMPLE_BYTES;
	for (end = text.data + text.len; *is_cut && end > text.data && end[-1] != '\n'; end--)
		;
	*len = *is_cut && end > text.data ? end - text.data : text.len;
	return text.data;
}

/* Text, and some of it. */
static void
CheckText(const SampleRequest *request, const char *text, size_t len)
{
	if (len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("sample is empty"),
				 errhint("Specify a file or a request that has records.")));
	if (len >= PARQUET_MAGIC_SIZE && memcmp(text, PARQUET_MAGIC, PARQUET_MAGIC_SIZE) == 0)
		RefuseParquet(request);
	if (memchr(text, '\0', len) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("sample is not text, because it contains a zero byte"),
				 errhint("Specify its format or its encoding in the options, for example "
						 "'{\"encoding\": \"UTF16\"}'.")));
}

static void
ReadCsv(Reading *reading, ByteSource *bytes)
{
	Inferred   *inferred = &reading->inferred;
	TextSource *source = TextSourceCreate();
	const char *encoding = SampleOptionGiven(inferred->request, "encoding");
	TextForm	form = TEXT_BYTES;
	ByteSource *utf8;
	size_t		len;
	char	   *text;

	if (encoding != NULL && TextFormByName(encoding, &form))
		encoding = NULL;
	utf8 = TextSourceOpen(source, bytes, form);
	text = TextOfPage(utf8, &len, &inferred->is_cut);
	CheckText(inferred->request, text, len);
	inferred->csv = ReadCsvSample(text, len, SampleOptionGiven(inferred->request, "delimiter"),
								  encoding, SAMPLE_RECORDS);
}

static void
ReadJson(Reading *reading, ByteSource *bytes)
{
	ShapeNode  *root = ShapeCreate(NULL, NULL);
	bool		is_lines = strcmp(reading->inferred.format, "jsonl") == 0;
	TextSource *source = TextSourceCreate();

	reading->inferred.is_cut = !ShapeReadJson(root, TextSourceOpen(source, bytes, TEXT_BYTES),
											  is_lines ? SHAPE_LINES : SHAPE_DOCUMENT,
											  SAMPLE_RECORDS);
	reading->inferred.root = root;
	reading->inferred.tables = LayoutOfJson(root, reading->name, is_lines);
}

static void
ReadXml(Reading *reading, ByteSource *bytes)
{
	ShapeNode  *root = ShapeCreate(NULL, NULL);

	ReadXmlSample(root, bytes);
	reading->inferred.tables = list_make1(LayoutOfXml(root, reading->name));
}

/* What the response says that it is, if nobody has said otherwise. */
static const char *
FormatOfResponse(const Inferred *inferred)
{
	const char *type = inferred->headers.content_type;

	if (inferred->format_given || type == NULL)
		return inferred->format;
	if (strcmp(type, "text/csv") == 0)
		return "csv";
	if (strstr(type, "ndjson") != NULL || strstr(type, "jsonl") != NULL)
		return "jsonl";
	if (strcmp(type, "text/xml") == 0 || strcmp(type, "application/xml") == 0)
		return "xml";
	return inferred->format;
}

/* Room for a number that tells names apart, and for a suffix. */
static void
FitNames(List *tables)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, tables)
	{
		InferredTable *table = lfirst(lc);
		int			len = strlen(table->name);

		if (len > LONGEST_NAME)
			len = pg_encoding_mbcliplen(PG_UTF8, table->name, len, LONGEST_NAME - 4);
		table->name = ColumnNameTake(&names, pnstrdup(table->name, len));
	}
}

static void
TakePage(FetchedPage *page, void *arg)
{
	Reading    *reading = arg;
	Inferred   *inferred = &reading->inferred;
	ByteSource	bytes = {PageNextChunk, PageRewind, page, PageSelectPart};

	inferred->format = FormatOfResponse(inferred);
	if (strcmp(inferred->format, "csv") == 0)
		ReadCsv(reading, &bytes);
	else if (strcmp(inferred->format, "xlsx") == 0)
		inferred->csv = ReadSheetSample(&bytes, SampleOptionGiven(inferred->request, "sheet"),
										SAMPLE_RECORDS);
	else if (strcmp(inferred->format, "xml") == 0)
		ReadXml(reading, &bytes);
	else
		ReadJson(reading, &bytes);
	if (inferred->csv != NULL)
		inferred->tables = list_make1(LayoutOfRecords(inferred->csv->record, reading->name));
	FitNames(inferred->tables);
	InferKeys(inferred->tables);
}

/* orders of /v1/orders.json, sales of sales/2024-*.csv */
static char *
NameOfPath(const SampleRequest *request)
{
	const char *end = request->path + strlen(request->path);
	const char *start;
	size_t		len;
	char	   *part;

	for (;;)
	{
		while (end > request->path && end[-1] == '/')
			end--;
		for (start = end; start > request->path && start[-1] != '/'; start--)
			;
		len = 0;
		while (start + len < end && strchr("*?[{.", start[len]) == NULL)
			len++;
		part = pnstrdup(start, len);
		while (request->is_file && len > 0 && strchr("0123456789-_", part[len - 1]) != NULL)
			part[--len] = '\0';
		if (strcspn(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") < strlen(part))
			return ColumnNameClean(part);
		if (start == request->path)
			return request->is_file ? "records" : ColumnNameClean(request->server);
		end = start;
	}
}

List *
InferenceProposals(const SampleRequest *request, const char *name, const char *prefix)
{
	Reading		reading = {{request}};
	const char *format = SampleOptionGiven(request, "format");

	reading.inferred.format_given = format != NULL;
	reading.inferred.format = format != NULL ? format : request->is_file ? "csv" : "json";
	reading.inferred.prefix = prefix;
	reading.name = name != NULL ? name : NameOfPath(request);
	SampleFetch(request, TakePage, &reading, &reading.inferred.headers);
	return Propose(&reading.inferred);
}

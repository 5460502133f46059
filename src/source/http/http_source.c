/*
 * http_source.c
 *	  Read the options of an HTTP API's server, foreign tables and their columns.
 */
#include "base/compat.h"
#include "source/http/http_source.h"

#include "commands/defrem.h"
#include "source/cursor.h"
#include "source/http/export.h"
#include "source/http/file_part.h"
#include "source/http/paging.h"
#include "source/http/quota.h"
#include "source/http/rules.h"
#include "source/option_read.h"
#include "source/options.h"
#include "source/values.h"
#include "source/window_options.h"

static int
CountOr(List *options, const char *name, int count)
{
	char	   *value = OptionValue(options, name);

	if (value != NULL && !ParseCount(value, 1, 1000, &count))
		OptionError(name, value, NULL, NULL);
	return count;
}

static void
ReadRate(HttpSource *http, List *options)
{
	char	   *value = OptionValue(options, "rate_limit");

	if (value == NULL)
		value = "2/s";
	if (!ParseRate(value, &http->rate, &http->burst))
		OptionError("rate_limit", value, NULL, NULL);
}

static List *
HeaderLines(char *value)
{
	List	   *lines = NIL;
	char	   *line;

	while ((line = strsep(&value, "\n")) != NULL)
		if (line[0] != '\0')
			lines = lappend(lines, line);
	return lines;
}

static void
ReadServer(HttpSource *http, const ForeignServer *server)
{
	List	   *options = server->options;
	char	   *headers = OptionValue(options, "headers");

	http->url = OptionValue(options, "url");
	if (http->url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("server \"%s\" requires option \"url\"", server->servername)));
	ReadRate(http, options);
	http->quota = QuotaRead(options);
	http->concurrency = CountOr(options, "concurrency", 5);
	http->connect_timeout_ms = OptionDuration(options, "connect_timeout", 10000);
	http->timeout_ms = OptionDuration(options, "timeout", 60000);
	http->stall_timeout_ms = OptionDuration(options, "stall_timeout", 30000);
	http->max_attempts = CountOr(options, "max_attempts", 5);
	http->max_response_bytes = OptionBytes(options, "max_response_bytes", INT64CONST(1) << 30);
	http->allow_private = OptionBoolean(options, "allow_private", false);
	http->conditional = OptionBoolean(options, "conditional", true);
	http->user_agent = OptionValue(options, "user_agent");
	http->ca = OptionValue(options, "ca");
	http->proxy = OptionValue(options, "proxy");
	http->download_origin = OptionValue(options, "download_origin");
	if (headers != NULL)
		http->headers = HeaderLines(pstrdup(headers));
}

HttpSource *
HttpServerRead(const ForeignServer *server)
{
	HttpSource *http = palloc0(sizeof(HttpSource));

	ReadServer(http, server);
	return http;
}

typedef struct RuleOption
{
	const char *name;
	AnswerVerdict verdict;
} RuleOption;

static const RuleOption rule_options[] = {
	{"success_on", ANSWER_SUCCESS},
	{"not_yet_on", ANSWER_NOT_YET},
	{"empty_on", ANSWER_EMPTY},
	{"retry_on", ANSWER_RETRY},
	{"rate_limited_on", ANSWER_RATE_LIMITED},
	{"restart_on", ANSWER_RESTART},
	{"refresh_token_on", ANSWER_REFRESH_TOKEN},
	{"fail_on", ANSWER_FAIL},
};

static void
ReadRule(HttpSource *http, DefElem *option, AnswerVerdict verdict)
{
	const char *problem = NULL;

	http->rules = RulesParse(http->rules, defGetString(option), verdict, &problem);
	if (http->rules == NIL)
		OptionError(option->defname, defGetString(option), problem, NULL);
}

/* In the order in which the table lists them: the first one that matches decides. */
static void
ReadRules(HttpSource *http, List *options)
{
	ListCell   *lc;

	foreach(lc, options)
		for (int i = 0; i < lengthof(rule_options); i++)
			if (strcmp(((DefElem *) lfirst(lc))->defname, rule_options[i].name) == 0)
				ReadRule(http, lfirst(lc), rule_options[i].verdict);
}

static void
ReadTable(SourceDefinition *def, List *options)
{
	HttpSource *http = def->own;
	char	   *path = OptionValue(options, "path");
	char	   *method = OptionValue(options, "method");
	char	   *headers = OptionValue(options, "headers");
	char	   *format = OptionValue(options, "body_format");
	char	   *files = OptionValue(options, "file_parts");
	const char *detail;

	http->export = ExportRead(options);
	if (http->export != NULL)
		path = OptionValue(options, "submit_path");
	http->path = path == NULL ? "" : path;
	http->method = method == NULL ? "GET" : method;
	if (headers != NULL)
		http->own_headers = HeaderLines(pstrdup(headers));
	if (format != NULL && !BodyFormatRead(format, &http->body_format))
		OptionError("body_format", format, NULL, NULL);
	if (files != NULL)
		http->file_parts = FilePartsRead(files, &detail);
	http->query = OptionValue(options, "query");
	http->body = OptionValue(options, "body");
	http->format = PageFormatRead(def, options, PAGE_JSON);
	http->format.csv.needs_header = true;
	http->paging = PagingRead(options, def->records);
	def->resumes = PagingResumes(http->paging);
	ReadRules(http, options);
	WindowOptionsRead(def, options);
	CursorOptionsRead(def, options);
}

void
HttpRead(SourceDefinition *def, const ForeignServer *server, const ForeignTable *table)
{
	def->own = HttpServerRead(server);
	ReadTable(def, table->options);
}

void
HttpReadColumn(SourceColumn *column, List *options)
{
	char	   *lineage = OptionValue(options, "lineage");

	column->param = OptionValue(options, "param");
	column->is_list = lineage != NULL && strcmp(lineage, "records") == 0;
	column->is_key = lineage != NULL && strcmp(lineage, "key") == 0;
	column->is_arrival = lineage != NULL && strcmp(lineage, "arrival") == 0;
	column->is_index = lineage != NULL && strcmp(lineage, "index") == 0;
}

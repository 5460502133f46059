/*
 * http_source.c
 *	  HTTP APIs as a kind of source: the struct, and how a definition is read.
 */
#include "base/compat.h"
#include "source/http/http_source.h"

#include "commands/defrem.h"
#include "source/cursor.h"
#include "source/http/auth.h"
#include "source/http/http_pull.h"
#include "source/http/http_settings.h"
#include "source/http/oauth_rotation.h"
#include "source/http/paging.h"
#include "source/http/quota.h"
#include "source/http/rules.h"
#include "source/options.h"
#include "source/pull.h"
#include "source/slices.h"
#include "source/values.h"
#include "source/windows.h"
#include "transport/page.h"
#include "utils/builtins.h"

/* A guess of what one answer holds. */
#define ROWS_PER_REQUEST 1000

/* The stored values passed the validator; one that no longer parses is reported the same way. */
static int
DurationOr(List *options, const char *name, int milliseconds)
{
	char	   *value = OptionValue(options, name);

	if (value != NULL && !ParseDuration(value, &milliseconds))
		OptionError(name, value, NULL, NULL);
	return milliseconds;
}

static int
CountOr(List *options, const char *name, int count)
{
	char	   *value = OptionValue(options, name);

	if (value != NULL && !ParseCount(value, 1, 1000, &count))
		OptionError(name, value, NULL, NULL);
	return count;
}

static void
ReadRate(SourceDefinition *def, List *options)
{
	char	   *value = OptionValue(options, "rate_limit");

	if (value == NULL)
		value = "2/s";
	if (!ParseRate(value, &def->rate, &def->burst))
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
ReadServer(SourceDefinition *def, const ForeignServer *server)
{
	List	   *options = server->options;
	char	   *bytes = OptionValue(options, "max_response_bytes");
	char	   *private = OptionValue(options, "allow_private");
	char	   *headers = OptionValue(options, "headers");
	char	   *conditional = OptionValue(options, "conditional");

	def->url = OptionValue(options, "url");
	if (def->url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("server \"%s\" has no option \"url\"", def->server_name)));
	ReadRate(def, options);
	def->quota = QuotaRead(options);
	def->concurrency = CountOr(options, "concurrency", 5);
	def->connect_timeout_ms = DurationOr(options, "connect_timeout", 10000);
	def->timeout_ms = DurationOr(options, "timeout", 60000);
	def->stall_timeout_ms = DurationOr(options, "stall_timeout", 30000);
	def->max_attempts = CountOr(options, "max_attempts", 5);
	def->max_response_bytes = INT64CONST(1) << 30;
	if (bytes != NULL && !ParseBytes(bytes, &def->max_response_bytes))
		OptionError("max_response_bytes", bytes, NULL, NULL);
	if (private != NULL && !parse_bool(private, &def->allow_private))
		OptionError("allow_private", private, NULL, NULL);
	def->conditional = true;
	if (conditional != NULL && !parse_bool(conditional, &def->conditional))
		OptionError("conditional", conditional, NULL, NULL);
	def->user_agent = OptionValue(options, "user_agent");
	def->ca = OptionValue(options, "ca");
	if (headers != NULL)
		def->headers = HeaderLines(pstrdup(headers));
}

typedef struct RuleOption
{
	const char *name;
	Verdict		verdict;
} RuleOption;

static const RuleOption rule_options[] = {
	{"success_on", VERDICT_SUCCESS},
	{"not_yet_on", VERDICT_NOT_YET},
	{"empty_on", VERDICT_EMPTY},
	{"retry_on", VERDICT_RETRY},
	{"rate_limited_on", VERDICT_RATE_LIMITED},
	{"restart_on", VERDICT_RESTART},
	{"refresh_token_on", VERDICT_REFRESH_TOKEN},
	{"fail_on", VERDICT_FAIL},
};

static void
ReadRule(SourceDefinition *def, DefElem *option, Verdict verdict)
{
	const char *problem = NULL;

	def->rules = RulesParse(def->rules, defGetString(option), verdict, &problem);
	if (def->rules == NIL)
		OptionError(option->defname, defGetString(option), problem, NULL);
}

/* In the order in which the table lists them: the first one that matches decides. */
static void
ReadRules(SourceDefinition *def, List *options)
{
	ListCell   *lc;

	foreach(lc, options)
		for (int i = 0; i < lengthof(rule_options); i++)
			if (strcmp(((DefElem *) lfirst(lc))->defname, rule_options[i].name) == 0)
				ReadRule(def, lfirst(lc), rule_options[i].verdict);
}

static void
ReadWindow(SourceDefinition *def, List *options)
{
	char	   *window = OptionValue(options, "window");
	char	   *zone = OptionValue(options, "window_time_zone");
	char	   *clamp = OptionValue(options, "window_clamp");
	const char *problem = NULL;

	def->window_zone = ParseTimeZone(zone == NULL ? "UTC" : zone);
	if (def->window_zone == NULL)
		OptionError("window_time_zone", zone, NULL, NULL);
	if (window == NULL)
		return;
	def->window = ParseWindow(window, &problem);
	if (def->window == NULL)
		OptionError("window", window, problem, NULL);
	def->window_column = OptionValue(options, "window_column");
	if (clamp != NULL && !parse_bool(clamp, &def->window_clamp))
		OptionError("window_clamp", clamp, NULL, NULL);
	def->window_style = TimeStyleOf(OptionValue(options, "window_format"), def->window_zone);
}

static void
ReadTable(SourceDefinition *def, List *options)
{
	char	   *path = OptionValue(options, "path");
	char	   *method = OptionValue(options, "method");

	def->path = path == NULL ? "" : path;
	def->method = method == NULL ? "GET" : method;
	def->query = OptionValue(options, "query");
	def->body = OptionValue(options, "body");
	def->records = OptionValue(options, "records");
	def->paging = PagingRead(options, def->records);
	def->resumes = PagingResumes(def->paging);
	ReadRules(def, options);
	ReadWindow(def, options);
	CursorOptionsRead(def, options);
}

static void
Read(SourceDefinition *def, const ForeignServer *server, const ForeignTable *table)
{
	ReadServer(def, server);
	ReadTable(def, table->options);
}

static void
ReadColumn(SourceColumn *column, List *options)
{
	char	   *lineage = OptionValue(options, "lineage");

	column->param = OptionValue(options, "param");
	column->is_list = lineage != NULL && strcmp(lineage, "records") == 0;
	column->is_arrival = lineage != NULL && strcmp(lineage, "arrival") == 0;
}

static void
Authenticate(SourceDefinition *def, Oid role)
{
	def->auth = AuthRead(role, def->server);
}

static char *
Identity(const SourceDefinition *def)
{
	return AuthIdentity(def->auth);
}

static char *
Mask(const SourceDefinition *def, const char *text)
{
	return AuthMask(def->auth, text);
}

/*
 * A POST may change what it asks about, and a request that goes on from where the last one
 * ended is another one.
 */
static bool
AnswersRepeat(const SourceDefinition *def)
{
	return def->conditional && def->body == NULL &&
		def->cursor_column == NULL && !def->resumes &&
		strcmp(def->method, "GET") == 0;
}

static char *
UnknownParamHint(const char *name)
{
	return psprintf("Leave it out, or write {%s} where the foreign table's \"path\", "
					"\"query\" or \"body\" asks with it.", name);
}

static char *
ParamOption(const char *name)
{
	return psprintf("param %s", quote_literal_cstr(name));
}

static void
TellPage(const SourceDefinition *def, const PulledSlice *pulled, const FetchedPage *page)
{
	errcontext("answer HTTP %d (%s) to slice %s of foreign table %s",
			   pulled->http_status,
			   page->content_type ? page->content_type :
			   "no content type",
			   AuthMask(def->auth, SliceText(def, pulled->slice)),
			   def->relation);
}

static double
GuessRows(const SourceDefinition *def, double requests)
{
	return requests * ROWS_PER_REQUEST;
}

const SourceKind HttpKind = {
	.wrapper = "elt_http",
	.feed = &HttpFeed,
	.init = HttpInit,
	.read = Read,
	.read_column = ReadColumn,
	.check = HttpCheck,
	.check_rights = HttpCheckRights,
	.authenticate = Authenticate,
	.rotation = &OAuthRotation,
	.identity = Identity,
	.mask = Mask,
	.answers_repeat = AnswersRepeat,
	.unknown_param_hint = UnknownParamHint,
	.param_option = ParamOption,
	.tell_page = TellPage,
	.guess_rows = GuessRows,
	.explain = HttpExplain,
};

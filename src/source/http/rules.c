/*
 * rules.c
 *	  Parse response rules and apply them to answers.
 */
#include "base/compat.h"
#include "source/http/rules.h"

#include "decode/path.h"
#include "lib/stringinfo.h"
#include "source/http/answer_verdict.h"
#include "source/http/page_fields.h"
#include "transport/page.h"
#include "utils/builtins.h"

/* How much of a body is searched for a rule's text: rules are about short error bodies. */
#define RULE_BODY_BYTES 65536

static const char *
SkipSpaces(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

static const char *
ParseStatus(const char *p, ResponseRule *rule, const char **problem)
{
	if (strspn(p, "0123456789") != 3 || *p < '1' || *p > '5')
	{
		*problem = "A rule must start with a three-digit HTTP status.";
		return NULL;
	}
	rule->status = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
	return SkipSpaces(p + 3);
}

static const char *
ParseContentType(const char *p, size_t length, ResponseRule *rule)
{
	rule->content_type = pnstrdup(p, length);
	for (char *c = rule->content_type; *c != '\0'; c++)
		*c = pg_tolower((unsigned char) *c);
	return p + length;
}

/* The text between two double quotes, or up to the next blank or semicolon. */
static const char *
ParseText(const char *p, char **text, const char **problem)
{
	const char *end;

	if (*p != '"')
	{
		end = p + strcspn(p, " \t\r\n;");
		*text = pnstrdup(p, end - p);
		return end;
	}
	end = strchr(p + 1, '"');
	if (end == NULL || end == p + 1)
	{
		*problem = "Text must end with a double quote and must not be empty.";
		return NULL;
	}
	*text = pnstrdup(p + 1, end - p - 1);
	return end + 1;
}

static const char *
ParseHeader(const char *p, ResponseRule *rule, const char **problem)
{
	size_t		length = strcspn(p, "=");

	rule->header = pnstrdup(p, length);
	return ParseText(p + length + 1, &rule->header_value, problem);
}

/* A path ends where a blank, an equals sign or a semicolon stands outside of its quotes. */
static const char *
ParsePath(const char *p, ResponseRule *rule, const char **problem)
{
	const char *end = p;
	bool		quoted = false;

	for (; *end != '\0' && (quoted || strchr(" \t\r\n=;", *end) == NULL); end++)
		quoted ^= *end == '"';
	rule->path = PathParse(pnstrdup(p, end - p), "a response rule");
	p = SkipSpaces(end);
	if (*p != '=')
		return end;
	return ParseText(SkipSpaces(p + 1), &rule->path_value, problem);
}

static const char *
ParseCondition(const char *p, ResponseRule *rule, const char **problem)
{
	size_t		length = strcspn(p, " \t\r\n;\"");

	if (*p == '"' && rule->body == NULL)
		return ParseText(p, &rule->body, problem);
	if (*p == '$' && rule->path == NULL)
		return ParsePath(p, rule, problem);
	if (memchr(p, '=', length) != NULL && rule->header == NULL)
		return ParseHeader(p, rule, problem);
	if (memchr(p, '/', length) != NULL && rule->content_type == NULL)
		return ParseContentType(p, length, rule);
	*problem = psprintf("\"%s\" is not a content type. Put text of the body "
						"in double quotes.", pnstrdup(p, length > 0 ? length : strlen(p)));
	return NULL;
}

static const char *
ParseRule(const char *p, ResponseRule *rule, const char **problem)
{
	p = ParseStatus(SkipSpaces(p), rule, problem);
	while (p != NULL && *(p = SkipSpaces(p)) != ';' && *p != '\0')
		p = ParseCondition(p, rule, problem);
	return p;
}

List *
RulesParse(List *rules, const char *text, AnswerVerdict verdict, const char **problem)
{
	const char *p = text;

	for (;;)
	{
		ResponseRule *rule = palloc0(sizeof(ResponseRule));

		p = ParseRule(p, rule, problem);
		if (p == NULL)
			return NIL;
		rule->verdict = verdict;
		rules = lappend(rules, rule);
		if (*p == '\0' || *SkipSpaces(p + 1) == '\0')
			return rules;
		p++;
	}
}

static bool
BodyContains(FetchedPage *page, const char *text)
{
	StringInfoData head;
	const char *data;
	size_t		length;
	bool		found;

	initStringInfo(&head);
	PageRewind(page);
	while (head.len < RULE_BODY_BYTES && PageNextChunk(page, &data, &length))
		appendBinaryStringInfo(&head, data, Min(length, RULE_BODY_BYTES));
	PageRewind(page);
	found = memmem(head.data, head.len, text, strlen(text)) != NULL;
	pfree(head.data);
	return found;
}

static bool
HeaderIs(FetchedPage *page, const char *name, const char *value)
{
	const char *found = PageHeaderValue(page, name);

	return found != NULL && pg_strcasecmp(found, value) == 0;
}

/* A body that is not JSON holds nothing. */
static bool
PathHolds(WantedFields *wanted, const Path *path, const char *value)
{
	const FieldWanted *field = FieldFound(wanted, path);

	if (field == NULL || !FieldIsPresent(field))
		return false;
	if (value == NULL)
		return field->token != JSON_FALSE;
	if (field->token == JSON_TRUE || field->token == JSON_FALSE)
		return strcmp(value, field->token == JSON_TRUE ? "true" : "false") == 0;
	return field->text != NULL && strcmp(field->text, value) == 0;
}

static bool
RuleMatches(const ResponseRule *rule, WantedFields *wanted)
{
	FetchedPage *page = wanted->page;

	if (rule->status != page->status)
		return false;
	if (rule->content_type != NULL &&
		(page->content_type == NULL || strcmp(rule->content_type, page->content_type) != 0))
		return false;
	if (rule->header != NULL && !HeaderIs(page, rule->header, rule->header_value))
		return false;
	if (rule->body != NULL && !BodyContains(page, rule->body))
		return false;
	return rule->path == NULL || PathHolds(wanted, rule->path, rule->path_value);
}

static void
WantPaths(List *rules, WantedFields *wanted)
{
	ListCell   *lc;

	foreach(lc, rules)
	{
		const ResponseRule *rule = lfirst(lc);

		if (rule->path != NULL && rule->status == wanted->page->status)
			FieldsWant(wanted, rule->path);
	}
}

bool
RulesMatch(List *rules, WantedFields *wanted)
{
	ListCell   *lc;

	foreach(lc, rules)
		if (RuleMatches(lfirst(lc), wanted))
			return true;
	return false;
}

AnswerVerdict
RulesApply(List *rules, WantedFields *wanted)
{
	FetchedPage *page = wanted->page;
	ListCell   *lc;

	/* A broken transfer has no answer to judge, whatever status it began with. */
	if (page->failure != TRANSPORT_NONE)
		return VerdictOfPage(page);
	WantPaths(rules, wanted);
	foreach(lc, rules)
	{
		ResponseRule *rule = lfirst(lc);

		if (RuleMatches(rule, wanted))
			return rule->verdict;
	}
	return VerdictOfPage(page);
}

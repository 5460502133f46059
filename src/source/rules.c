#include "base/compat.h"
#include "source/rules.h"

#include "lib/stringinfo.h"
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
		*problem = "A rule begins with an HTTP status of three digits.";
		return NULL;
	}
	rule->status = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
	return SkipSpaces(p + 3);
}

static const char *
ParseContentType(const char *p, ResponseRule *rule, const char **problem)
{
	size_t		length = strcspn(p, " \t\r\n;\"");
	char	   *type = pnstrdup(p, length);

	if (length == 0)
		return p;
	if (strchr(type, '/') == NULL)
	{
		*problem = psprintf("\"%s\" is not a content type; text of the body is written "
							"in double quotes.", type);
		return NULL;
	}
	rule->content_type = type;
	for (char *c = type; *c != '\0'; c++)
		*c = pg_tolower((unsigned char) *c);
	return SkipSpaces(p + length);
}

static const char *
ParseBodyText(const char *p, ResponseRule *rule, const char **problem)
{
	const char *end;

	if (*p != '"')
		return p;
	end = strchr(p + 1, '"');
	if (end == NULL || end == p + 1)
	{
		*problem = "The text of the body ends with a double quote and is not empty.";
		return NULL;
	}
	rule->body = pnstrdup(p + 1, end - p - 1);
	return SkipSpaces(end + 1);
}

static const char *
ParseRule(const char *p, ResponseRule *rule, const char **problem)
{
	p = ParseStatus(SkipSpaces(p), rule, problem);
	if (p != NULL)
		p = ParseContentType(p, rule, problem);
	if (p != NULL)
		p = ParseBodyText(p, rule, problem);
	if (p != NULL && *p != ';' && *p != '\0')
	{
		*problem = psprintf("There is something left over at \"%s\".", p);
		return NULL;
	}
	return p;
}

List *
RulesParse(List *rules, const char *text, Verdict verdict, const char **problem)
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
RuleMatches(const ResponseRule *rule, FetchedPage *page)
{
	if (rule->status != page->status)
		return false;
	if (rule->content_type != NULL &&
		(page->content_type == NULL || strcmp(rule->content_type, page->content_type) != 0))
		return false;
	return rule->body == NULL || BodyContains(page, rule->body);
}

static Verdict
VerdictOfFailure(TransportFailure failure)
{
	switch (failure)
	{
		case TRANSPORT_RESOLVE:
		case TRANSPORT_CONNECT:
		case TRANSPORT_TLS:
		case TRANSPORT_TIMEOUT:
		case TRANSPORT_STALLED:
		case TRANSPORT_RESET:
		case TRANSPORT_PARTIAL:
			return VERDICT_RETRY;
		default:
			return VERDICT_FAIL;
	}
}

static Verdict
VerdictOfStatus(int status)
{
	switch (status)
	{
		case 204:
			return VERDICT_EMPTY;
		case 408:
		case 425:
		case 500:
		case 502:
		case 503:
		case 504:
			return VERDICT_RETRY;
		case 429:
			return VERDICT_RATE_LIMITED;
		default:
			return status >= 200 && status < 300 ? VERDICT_SUCCESS : VERDICT_FAIL;
	}
}

Verdict
RulesApply(List *rules, FetchedPage *page)
{
	ListCell   *lc;

	/* A broken transfer has no answer to judge, whatever status it began with. */
	if (page->failure != TRANSPORT_NONE)
		return VerdictOfFailure(page->failure);
	foreach(lc, rules)
	{
		ResponseRule *rule = lfirst(lc);

		if (RuleMatches(rule, page))
			return rule->verdict;
	}
	return VerdictOfStatus(page->status);
}

/*
 * value_condition.c
 *	  Verify and test conditions on the number that a check has found.
 */
#include "base/compat.h"
#include "check/value_condition.h"

#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_expression.h"
#include "parser/scansup.h"

static bool
IsOperator(char c)
{
	return c != '\0' && strchr("<>=!", c) != NULL;
}

static bool
BeginsWithWord(const char *text, const char *word)
{
	size_t		len = strlen(word);

	return pg_strncasecmp(text, word, len) == 0 && (scanner_isspace(text[len]) || text[len] == '(');
}

static const char *
SkipSpace(const char *text)
{
	while (scanner_isspace(*text))
		text++;
	return text;
}

/* NOT is what a condition on value itself may begin with as well. */
static bool
LacksOperand(const char *text)
{
	if (BeginsWithWord(text, "not"))
		text = SkipSpace(text + strlen("not"));
	return IsOperator(*text) || BeginsWithWord(text, "between") || BeginsWithWord(text, "in") ||
		BeginsWithWord(text, "is");
}

static char *
WithOperand(const char *condition)
{
	condition = SkipSpace(condition);
	return LacksOperand(condition) ? psprintf("value %s", condition) : pstrdup(condition);
}

typedef struct Candidate
{
	const Pipeline *pipeline;
	const char *check_name;
	char	   *condition;
	int			before;			/* characters of the statement before it */
} Candidate;

#define STATEMENT_BEGIN "SELECT (("

static void
ExplainError(void *arg)
{
	const Candidate *c = arg;

	if (geterrposition() > c->before)
		errposition(geterrposition() - c->before);
	ErrorIsInText(c->condition);
	errcontext("check \"%s\" of pipeline \"%s\"", c->check_name, c->pipeline->name);
}

static void
AnalyseCondition(void *arg)
{
	Candidate  *c = arg;

	if (SqlExpressionParse(c->condition) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("condition on the value of a check must be a single boolean expression"),
				 errhint("Specify a condition such as \"< 100\" or \"NOT BETWEEN 10 AND 20\".")));
	c->before = strlen(STATEMENT_BEGIN);
	(void) SqlAnalyse(psprintf(STATEMENT_BEGIN "%s\n)) IS TRUE "
							   "FROM (SELECT 0::numeric AS value, 0::numeric AS percent) AS v",
							   c->condition));
}

void
ValueConditionVerify(const Pipeline *p, const char *check_name, const char *condition)
{
	Candidate	c = {p, check_name, WithOperand(condition)};
	ErrorContextCallback context = {
		.callback = ExplainError,
		.arg = &c,
		.previous = error_context_stack
	};

	error_context_stack = &context;
	RunAs(p->owner, AnalyseCondition, &c);
	error_context_stack = context.previous;
}

static char *
ConditionOrFalse(const char *condition)
{
	return condition == NULL ? "false" : WithOperand(condition);
}

void
ValueConditionsTest(const Pipeline *p, ValueConditions *conditions, const char *value,
					double percent)
{
	Sql			q;

	SqlBegin(&q, psprintf("SELECT (%s\n) IS TRUE, (%s\n) IS TRUE "
						  "FROM (SELECT $1::numeric AS value, $2::numeric AS percent) AS v",
						  ConditionOrFalse(conditions->warn_if),
						  ConditionOrFalse(conditions->fail_if)));
	SqlAddText(&q, value);
	SqlAddFloat8(&q, percent);
	SqlRun(&q, p->owner);
	conditions->warned = SqlBool(&q, 0, 1);
	conditions->failed = SqlBool(&q, 0, 2);
	SqlDone(&q);
}

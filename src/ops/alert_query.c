/*
 * alert_query.c
 *	  Check and evaluate the condition of an alert.
 */
#include "base/compat.h"
#include "ops/alert_query.h"

#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_expression.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "storage/latch.h"
#include "utils/builtins.h"
#include "utils/timeout.h"

#define LONGEST_MS 60000
#define MAX_SUBJECTS 1000

/* ---- what it may be ---- */

static void
NameCondition(void *arg)
{
	const Alert *alert = arg;

	ErrorIsInText(alert->condition);
	if (geterrcode() == ERRCODE_UNDEFINED_TABLE || geterrcode() == ERRCODE_UNDEFINED_FUNCTION)
		errhint("It runs with search_path set to pg_catalog; qualify other names with their "
				"schema.");
	else if (alert->threshold != NULL &&
			 (geterrcode() == ERRCODE_INVALID_TEXT_REPRESENTATION ||
			  geterrcode() == ERRCODE_INVALID_DATETIME_FORMAT))
		errhint("Use SELECT condition, threshold, meaning FROM elt.alert_conditions to see what the "
				"threshold of a condition is.");
	errcontext("condition of alert \"%s\"", alert->name);
}

static void
RefuseStatement(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("condition must be a ready condition or a single query"),
			 errhint("Use SELECT condition, meaning FROM elt.alert_conditions to list the ready "
					 "conditions, or specify a query such as SELECT 'stock' AS subject, ... WHERE "
					 "...")));
}

static bool
HasColumn(const Query *query, const char *name)
{
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		const TargetEntry *column = lfirst(lc);

		if (!column->resjunk && column->resname != NULL && strcmp(column->resname, name) == 0)
			return true;
	}
	return false;
}

/* A word alone is the name of a condition that is misspelled. */
static bool
IsWord(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-")] == '\0';
}

static void
CheckQuery(void *arg)
{
	const Alert *alert = arg;
	List	   *statements;
	Query	   *query;

	if (IsWord(alert->condition))
		RefuseStatement();
	statements = raw_parser(alert->condition, RAW_PARSE_DEFAULT);
	if (list_length(statements) != 1 ||
		!IsA(linitial_node(RawStmt, statements)->stmt, SelectStmt) ||
		((SelectStmt *) linitial_node(RawStmt, statements)->stmt)->intoClause != NULL)
		RefuseStatement();
	query = SqlAnalyse(alert->condition);
	if (!HasColumn(query, "subject"))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("query of the condition has no column \"subject\""),
				 errdetail("Each row that it returns is a subject of which the condition holds."),
				 errhint("Name what a row is about, and add columns \"message\" and \"next_step\" "
						 "to say more.")));
}

/* ---- its evaluation ---- */

/* Without the semicolon, and comments, behind a query. */
static char *
AsTable(const char *query)
{
	char	   *text = pstrdup(query);
	int			end = strlen(text);

	while (end > 0 && (isspace((unsigned char) text[end - 1]) || text[end - 1] == ';'))
		end--;
	text[end] = '\0';
	return psprintf("select coalesce(f.j ->> 'subject', 'null') as subject,"
					" min(coalesce(f.j ->> 'message', f.j::text)), min(coalesce(f.j ->> 'next_step', ''))"
					" from (select to_jsonb(c) as j from (\n%s\n) c) f group by 1 order by 1 limit %d",
					text, MAX_SUBJECTS + 1);
}

static bool
IsAbout(const Alert *alert, const char *subject)
{
	ListCell   *lc;

	foreach(lc, alert->pipelines)
		if (strcmp(lfirst(lc), subject) == 0)
			return true;
	return alert->pipelines == NIL;
}

static void
Collect(const Alert *alert, Sql *q, AlertFindings *findings)
{
	if (q->processed > MAX_SUBJECTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("condition holds for more than %d subjects", MAX_SUBJECTS),
				 errhint("Group the rows of its query.")));
	for (uint64 i = 0; i < q->processed; i++)
	{
		char	   *subject = SqlText(q, i, 1);

		if (!IsAbout(alert, subject))
			continue;
		findings->subjects = lappend(findings->subjects, subject);
		findings->messages = lappend(findings->messages, SqlText(q, i, 2));
		findings->next_steps = lappend(findings->next_steps, SqlText(q, i, 3));
	}
}

typedef struct Evaluation
{
	const Alert *alert;
	char	   *query;
	bool		is_ready;
	char	   *threshold;
	AlertFindings *findings;
} Evaluation;

static void
Evaluate(const Evaluation *e)
{
	Sql			q;

	SqlBegin(&q, AsTable(e->query));
	if (e->is_ready)
		SqlAddText(&q, e->threshold);
	SqlRun(&q, e->alert->owner);
	Collect(e->alert, &q, e->findings);
	SqlDone(&q);
}

static bool registered = false;
static TimeoutId timeout;

static void
CancelQuery(void)
{
	InterruptPending = true;
	QueryCancelPending = true;
	SetLatch(MyLatch);
}

void
AlertQueryRun(const Alert *alert, AlertFindings *findings)
{
	ErrorContextCallback context = {error_context_stack, NameCondition, unconstify(Alert *, alert)};
	Evaluation	e = {alert, alert->condition, .findings = findings};
	char	   *usual;

	*findings = (AlertFindings) {NIL, NIL, NIL};
	e.is_ready = ReadyCondition(alert->condition, &e.query, &usual);
	e.threshold = alert->threshold != NULL || !e.is_ready ? alert->threshold : usual;
	if (!registered)
		timeout = RegisterTimeout(USER_TIMEOUT, CancelQuery);
	registered = true;
	error_context_stack = &context;
	enable_timeout_after(timeout, LONGEST_MS);
	PG_TRY();
	{
		Evaluate(&e);
	}
	PG_FINALLY();
	{
		disable_timeout(timeout, false);
	}
	PG_END_TRY();
	error_context_stack = context.previous;
}

static void
CheckThreshold(const Alert *alert, bool is_ready, const char *usual)
{
	if (alert->threshold != NULL && (!is_ready || usual == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("condition \"%s\" takes no threshold", alert->condition),
				 errhint("Write the threshold into the query, or see elt.alert_conditions.")));
}

void
AlertQueryCheck(const Alert *alert)
{
	ErrorContextCallback context = {error_context_stack, NameCondition, unconstify(Alert *, alert)};
	AlertFindings findings;
	char	   *query;
	char	   *usual = NULL;
	bool		is_ready = ReadyCondition(alert->condition, &query, &usual);

	CheckThreshold(alert, is_ready, usual);
	if (!is_ready)
	{
		error_context_stack = &context;
		RunAs(alert->owner, CheckQuery, unconstify(Alert *, alert));
		error_context_stack = context.previous;
	}
	AlertQueryRun(alert, &findings);
}

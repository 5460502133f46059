/*
 * owner_sql.c
 *	  Check and execute run_when, before_landing and on_landed.
 */
#include "base/compat.h"
#include "pipeline/owner_sql.h"

#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_expression.h"
#include "catalog/pg_type.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/plancache.h"

/* What is being checked or executed, for messages. */
typedef struct OwnerSql
{
	const Pipeline *pipeline;
	const char *option;
	const char *text;			/* its value */
	bool		holds;			/* of a condition that is executed */
} OwnerSql;

static void
NameOption(void *arg)
{
	const OwnerSql *sql = arg;

	ErrorIsInText(sql->text);
	if (geterrcode() == ERRCODE_UNDEFINED_TABLE || geterrcode() == ERRCODE_UNDEFINED_FUNCTION)
		errhint("It runs with search_path set to pg_catalog; qualify other names with their "
				"schema.");
	errcontext("%s of pipeline \"%s\"", sql->option, sql->pipeline->name);
}

/* Returns whether the condition holds, if it is one. */
static bool
WithName(const Pipeline *p, const char *option, const char *text, void (*fn) (OwnerSql *sql))
{
	OwnerSql	sql = {p, option, text};
	ErrorContextCallback context = {error_context_stack, NameOption, &sql};

	error_context_stack = &context;
	fn(&sql);
	error_context_stack = context.previous;
	return sql.holds;
}

/* ---- run_when ---- */

static char *
ConditionQuery(const Pipeline *p)
{
	if (SqlExpressionParse(p->run_when) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("run_when must be a single boolean expression"),
				 errhint("Specify a condition, for example \"exists (select from app.import where "
						 "complete)\".")));
	return psprintf("select %s", p->run_when);
}

static void
PrepareCondition(void *arg)
{
	const Pipeline *p = arg;
	SPIPlanPtr	plan = SPI_prepare(ConditionQuery(p), 0, NULL);
	TupleDesc	result;

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	result = SPI_plan_get_plan_sources(plan) == NIL ? NULL :
		((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan)))->resultDesc;
	if (result == NULL || TupleDescAttr(result, 0)->atttypid != BOOLOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("run_when must be a boolean expression"),
				 errhint("Compare the value with another one, so that the result is true or "
						 "false.")));
	SPI_freeplan(plan);
}

static void
CheckCondition(OwnerSql *sql)
{
	RunAs(sql->pipeline->owner, PrepareCondition, unconstify(Pipeline *, sql->pipeline));
}

static void
EvaluateCondition(OwnerSql *sql)
{
	Sql			q;

	SqlBegin(&q, ConditionQuery(sql->pipeline));
	SqlRun(&q, sql->pipeline->owner);
	sql->holds = SqlBool(&q, 0, 1);
	SqlDone(&q);
}

bool
RunWhenHolds(const Pipeline *p)
{
	return p->run_when == NULL || WithName(p, "run_when", p->run_when, EvaluateCondition);
}

/* ---- before_landing and on_landed ---- */

static void
CheckStatements(OwnerSql *sql)
{
	ListCell   *lc;

	foreach(lc, raw_parser(sql->text, RAW_PARSE_DEFAULT))
		if (IsA(lfirst_node(RawStmt, lc)->stmt, TransactionStmt))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s cannot begin or end transactions", sql->option),
					 errdetail("It is executed in the transaction in which a batch lands.")));
}

static void
ExecuteStatements(OwnerSql *sql)
{
	SqlExec(sql->text, sql->pipeline->owner);
}

void
BeforeLanding(const Pipeline *p)
{
	if (p->before_landing != NULL)
		(void) WithName(p, "before_landing", p->before_landing, ExecuteStatements);
}

void
OnLanded(const Pipeline *p)
{
	if (p->on_landed != NULL)
		(void) WithName(p, "on_landed", p->on_landed, ExecuteStatements);
}

void
OwnerSqlCheck(const Pipeline *p)
{
	if (p->run_when != NULL)
		(void) WithName(p, "run_when", p->run_when, CheckCondition);
	if (p->before_landing != NULL)
		(void) WithName(p, "before_landing", p->before_landing, CheckStatements);
	if (p->on_landed != NULL)
		(void) WithName(p, "on_landed", p->on_landed, CheckStatements);
}

/*
 * alter_check.c
 *	  SQL function elt.alter_check.
 */
#include "base/compat.h"
#include "base/arguments.h"
#include "base/errors.h"
#include "base/sql.h"
#include "catalog/command.h"
#include "check/compile.h"
#include "check/declare.h"
#include "check/declared_check.h"
#include "check/history.h"
#include "check/measure.h"

PG_FUNCTION_INFO_V1(elt_alter_check);

typedef struct Rule
{
	char	   *name;
	bool		of_rows;
	char	   *expression;
	char	   *action;
	char	   *warn_if;
	char	   *fail_if;
	char	   *description;
	bool		enabled;
} Rule;

/* To switch a check on or off is to run nothing new. */
static bool
ChangesText(FunctionCallInfo fcinfo)
{
	return !PG_ARGISNULL(2) || !PG_ARGISNULL(3) || !PG_ARGISNULL(4) || !PG_ARGISNULL(5);
}

static Rule *
ReadRule(const Pipeline *p, char *name)
{
	Rule	   *rule = palloc0(sizeof(Rule));
	Sql			q;

	SqlBegin(&q, "select scope = 'row', expression, action, warn_if, fail_if, description, enabled "
			 "from elt_catalog.check_rule where pipeline_id = $1 and name = $2 for update");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, name);
	if (SqlRun(&q, AsCatalog()) == 0)
		ReportNoCheck(p, name, false);
	rule->name = name;
	rule->of_rows = SqlBool(&q, 0, 1);
	rule->expression = SqlText(&q, 0, 2);
	rule->action = SqlText(&q, 0, 3);
	rule->warn_if = SqlText(&q, 0, 4);
	rule->fail_if = SqlText(&q, 0, 5);
	rule->description = SqlText(&q, 0, 6);
	rule->enabled = SqlBool(&q, 0, 7);
	SqlDone(&q);
	return rule;
}

/* An empty text is none. */
static void
Change(char **value, char *given)
{
	if (given != NULL)
		*value = *given == '\0' ? NULL : given;
}

static void
ChangeExpression(const Pipeline *p, Rule *rule, char *given)
{
	if (given == NULL)
		return;
	rule->expression = given;
	if (rule->of_rows)
		ConditionVerify(p, rule->name, given);
	else
	{
		MeasureVerify(p, rule->name, given);
		HistoryForget(p, rule->name);
	}
}

static void
ChangeAction(Rule *rule, char *given)
{
	if (given == NULL)
		return;
	if (!rule->of_rows)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("check \"%s\" of a batch has no action", rule->name),
				 errhint("Specify warn_if and fail_if.")));
	RequireAction(given);
	rule->action = given;
}

static void
ChangeConditions(const Pipeline *p, Rule *rule, char *warn_if, char *fail_if)
{
	Change(&rule->warn_if, warn_if);
	Change(&rule->fail_if, fail_if);
	if (rule->of_rows)
	{
		VerifyConditions(p, rule->name, rule->warn_if, rule->fail_if);
		return;
	}
	VerifyBatchConditions(p, rule->name, rule->warn_if, rule->fail_if);
	rule->action = rule->fail_if == NULL ? "warn" : "fail";
}

static void
StoreRule(const Pipeline *p, const Rule *rule)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.check_rule set expression = $3, action = $4, warn_if = $5, "
			 "fail_if = $6, description = $7, enabled = $8, native = $9 "
			 "where pipeline_id = $1 and name = $2");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, rule->name);
	SqlAddText(&q, rule->expression);
	SqlAddText(&q, rule->action);
	SqlAddText(&q, rule->warn_if);
	SqlAddText(&q, rule->fail_if);
	SqlAddText(&q, rule->description);
	SqlAddBool(&q, rule->enabled);
	SqlAddBool(&q, rule->of_rows && CheckIsNative(p, rule->expression));
	SqlDo(&q, AsCatalog());
}

Datum
elt_alter_check(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	Rule	   *rule;

	RequireArg(fcinfo, 1, "check_name");
	p = CommandBegin(fcinfo, ChangesText(fcinfo) ? MayAlterCheck : PipelineCheckMayDefine);
	PipelineKeep(p);
	rule = ReadRule(p, TextArgOrNull(fcinfo, 1));
	ChangeExpression(p, rule, TextArgOrNull(fcinfo, 2));
	ChangeAction(rule, TextArgOrNull(fcinfo, 3));
	ChangeConditions(p, rule, TextArgOrNull(fcinfo, 4), TextArgOrNull(fcinfo, 5));
	Change(&rule->description, TextArgOrNull(fcinfo, 6));
	if (!PG_ARGISNULL(7))
		rule->enabled = PG_GETARG_BOOL(7);
	StoreRule(p, rule);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

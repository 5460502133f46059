#include "base/compat.h"
#include "check/rule.h"

#include "base/sql.h"

static const char *const action_names[] = {
	[RULE_WARN] = "warn",
	[RULE_DROP] = "drop",
	[RULE_QUARANTINE] = "quarantine",
	[RULE_FAIL] = "fail"
};

const char *
RuleActionName(RuleAction action)
{
	return action_names[action];
}

static RuleAction
ActionOf(const char *name)
{
	for (int i = 0; i < lengthof(action_names); i++)
		if (strcmp(action_names[i], name) == 0)
			return (RuleAction) i;
	elog(ERROR, "unknown check action \"%s\"", name);
}

List *
RulesOf(const Pipeline *p)
{
	List	   *rules = NIL;
	Sql			q;

	SqlBegin(&q, "select id, name, expression, action, native from elt_catalog.check_rule "
			 "where pipeline_id = $1 order by id");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		Rule	   *rule = palloc0(sizeof(Rule));

		rule->id = SqlInt4(&q, i, 1, NULL);
		rule->name = SqlText(&q, i, 2);
		rule->expression = SqlText(&q, i, 3);
		rule->action = ActionOf(SqlText(&q, i, 4));
		rule->native = SqlBool(&q, i, 5);
		rule->bit = -1;
		rules = lappend(rules, rule);
	}
	SqlDone(&q);
	return rules;
}

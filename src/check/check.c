#include "base/compat.h"
#include "check/check.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "check/rule.h"
#include "check/scan.h"

static void
RecordResults(List *rules, int64 run_id, int32 batch, int64 rows)
{
	ListCell   *lc;

	foreach(lc, rules)
	{
		Rule	   *rule = lfirst(lc);
		Sql			q;

		SqlBegin(&q, "insert into elt_catalog.check_result (run_id, batch, check_name, action, "
				 "rows_checked, rows_failed, passed) values ($1, $2, $3, $4, $5, $6, $6 = 0) "
				 "on conflict (run_id, batch, check_name) do update set "
				 "action = excluded.action, rows_checked = excluded.rows_checked, "
				 "rows_failed = excluded.rows_failed, passed = excluded.passed");
		SqlAddInt8(&q, run_id);
		SqlAddInt4(&q, batch);
		SqlAddText(&q, rule->name);
		SqlAddText(&q, RuleActionName(rule->action));
		SqlAddInt8(&q, rows);
		SqlAddInt8(&q, rule->failed);
		SqlRun(&q, AsCatalog());
		SqlDone(&q);
	}
}

static char *
FailureMessage(const Rule *rule, int64 rows)
{
	return psprintf("check \"%s\" failed for " INT64_FORMAT " of " INT64_FORMAT " rows",
					rule->name, rule->failed, rows);
}

static void
Warn(const Pipeline *p, List *rules, int64 rows)
{
	ListCell   *lc;

	foreach(lc, rules)
	{
		Rule	   *rule = lfirst(lc);

		if (rule->action == RULE_WARN && rule->failed > 0)
			ereport(WARNING,
					(errcode(ERRCODE_WARNING),
					 errmsg("pipeline \"%s\": %s", p->name, FailureMessage(rule, rows))));
	}
}

/* The first 'fail' rule that was broken, or NULL. */
static const Rule *
FailedRule(List *rules)
{
	ListCell   *lc;

	foreach(lc, rules)
	{
		Rule	   *rule = lfirst(lc);

		if (rule->action == RULE_FAIL && rule->failed > 0)
			return rule;
	}
	return NULL;
}

static BadRows *
RowsToBe(const BadRows *bad, RuleAction action)
{
	BadRows    *some = BadRowsBegin();

	for (int64 i = 0; i < bad->count; i++)
		if (((const Breach *) bad->rows[i].offence)->action == action)
			BadRowsAdd(some, &bad->rows[i].tid, bad->rows[i].offence);
	return some;
}

/* The batch stays as it is, for whoever mends the check or the source and merges again. */
static void
FailBatch(const Pipeline *p, int64 run_id, int32 batch, const BadRows *bad)
{
	BadRowsQuarantine(RowsToBe(bad, RULE_FAIL), p, run_id, batch, "check");
}

/* What the verdict on a scanned batch is, before anything is done about it. */
static CheckVerdict
VerdictOf(List *rules, const BadRows *bad, int64 rows)
{
	CheckVerdict verdict = {0};
	const Rule *failed = FailedRule(rules);

	verdict.quarantined = RowsToBe(bad, RULE_QUARANTINE)->count;
	verdict.dropped = RowsToBe(bad, RULE_DROP)->count;
	if (failed != NULL)
	{
		verdict.failed = true;
		verdict.message = FailureMessage(failed, rows);
	}
	return verdict;
}

static void
RemoveRows(const Pipeline *p, int64 run_id, int32 batch, const BadRows *bad)
{
	BadRows    *quarantined = RowsToBe(bad, RULE_QUARANTINE);

	BadRowsQuarantine(quarantined, p, run_id, batch, "check");
	BadRowsDelete(quarantined, p);
	BadRowsDelete(RowsToBe(bad, RULE_DROP), p);
}

CheckVerdict
ChecksApply(const Pipeline *p, int64 run_id, int32 batch, int64 rows)
{
	CheckVerdict verdict = {0};
	List	   *rules = RulesOf(p);
	BadRows    *bad;

	if (rules == NIL)
		return verdict;
	bad = RulesScan(p, rules);
	RecordResults(rules, run_id, batch, rows);
	Warn(p, rules, rows);

	verdict = VerdictOf(rules, bad, rows);
	if (verdict.failed)
		FailBatch(p, run_id, batch, bad);
	else
		RemoveRows(p, run_id, batch, bad);
	return verdict;
}

CheckVerdict
ChecksLook(const Pipeline *p, int64 rows, BadRows **taken)
{
	List	   *rules = RulesOf(p);
	BadRows    *bad = RulesScan(p, rules);

	*taken = BadRowsBegin();
	for (int64 i = 0; i < bad->count; i++)
		if (((const Breach *) bad->rows[i].offence)->action != RULE_WARN)
			BadRowsAdd(*taken, &bad->rows[i].tid, bad->rows[i].offence);
	return VerdictOf(rules, bad, rows);
}

/*
 * scan.c
 *	  Which staged rows break a check, and what becomes of each.
 *
 * What was found out while loading is not evaluated again: its counts stand with the batch, and
 * its rows are read only when there is something to do with rows.
 */
#include "base/compat.h"
#include "check/scan.h"

#include "catalog/staged.h"
#include "check/violation.h"
#include "utils/hsearch.h"

typedef struct BreachTable
{
	List	   *rules;
	int			nrules;
	HTAB	   *breaches;		/* by which rules are broken, one byte each */
} BreachTable;

static HTAB *
CreateBreaches(int nrules)
{
	HASHCTL		control = {
		.keysize = nrules * sizeof(bool),
		.entrysize = MAXALIGN(nrules * sizeof(bool)) + sizeof(Breach *),
		.hcxt = CurrentMemoryContext
	};

	return hash_create("elt breaches", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* The first of the strongest rules names the reason; all are listed. */
static Breach *
NewBreach(List *rules, const Violation *violations, int n)
{
	Breach	   *breach = palloc0(sizeof(Breach));
	const Rule *reason = NULL;
	const char *error = NULL;

	for (int i = 0; i < n; i++)
	{
		Rule	   *rule = list_nth(rules, violations[i].rule);

		if (reason == NULL || rule->action > reason->action)
		{
			reason = rule;
			error = violations[i].error;
		}
		breach->offence.checks = lappend(breach->offence.checks, rule->name);
	}
	breach->action = reason->action;
	breach->offence.reason = reason->name;
	breach->offence.message = error
		? psprintf("check \"%s\" raised an error: %s", reason->name, error)
		: psprintf("check \"%s\" failed: %s", reason->name, reason->expression);
	return breach;
}

static Breach *
SharedBreach(BreachTable *table, const Violation *violations, int n)
{
	bool	   *broken = palloc0(table->nrules * sizeof(bool));
	bool		found;
	char	   *entry;
	Breach	  **breach;

	for (int i = 0; i < n; i++)
		broken[violations[i].rule] = true;
	entry = hash_search(table->breaches, broken, HASH_ENTER, &found);
	breach = (Breach **) (entry + MAXALIGN(table->nrules * sizeof(bool)));
	if (!found)
		*breach = NewBreach(table->rules, violations, n);
	pfree(broken);
	return *breach;
}

static Breach *
BreachOf(BreachTable *table, const Violation *violations, int n)
{
	for (int i = 0; i < n; i++)
		if (violations[i].error != NULL)
			return NewBreach(table->rules, violations, n);
	return SharedBreach(table, violations, n);
}

/* One bad row for all its violations. */
static BadRows *
RowsOf(List *rules, Violations *v)
{
	BreachTable table = {rules, list_length(rules), CreateBreaches(list_length(rules))};
	BadRows    *bad = BadRowsBegin();
	int64		end;

	ViolationsSort(v);
	for (int64 i = 0; i < v->count; i = end)
	{
		for (end = i + 1; end < v->count; end++)
			if (!ItemPointerEquals(&v->all[i].tid, &v->all[end].tid))
				break;
		BadRowsAdd(bad, &v->all[i].tid,
				   &BreachOf(&table, v->all + i, (int) (end - i))->offence);
	}
	hash_destroy(table.breaches);
	return bad;
}

static Rule *
RuleById(List *rules, int32 id)
{
	ListCell   *lc;

	foreach(lc, rules)
		if (((Rule *) lfirst(lc))->id == id)
			return lfirst(lc);
	return NULL;
}

/* A check that was added or dropped since the batch was loaded is none of these. */
static void
ReadStagedChecks(const Pipeline *p, List *rules)
{
	ListCell   *lc;

	foreach(lc, StagedChecks(p))
	{
		const StagedCheck *staged = lfirst(lc);
		Rule	   *rule = RuleById(rules, staged->rule_id);

		if (rule == NULL)
			continue;
		rule->bit = staged->bit;
		rule->failed = staged->failed;
	}
}

static void
CountViolations(List *rules, const Violations *v)
{
	for (int64 i = 0; i < v->count; i++)
		((Rule *) list_nth(rules, v->all[i].rule))->failed++;
}

/* Rows are of use when one goes somewhere; then all that is wrong with it is told. */
static bool
NeedsNativeRows(List *rules)
{
	bool		native = false;
	bool		rows = false;
	ListCell   *lc;

	foreach(lc, rules)
	{
		const Rule *rule = lfirst(lc);

		if (rule->failed == 0)
			continue;
		native |= rule->bit >= 0;
		rows |= rule->action != RULE_WARN;
	}
	return native && rows;
}

BadRows *
RulesScan(const Pipeline *p, List *rules)
{
	Violations *v = ViolationsBegin();

	if (rules == NIL)
		return BadRowsBegin();
	ReadStagedChecks(p, rules);
	FindConditionViolations(p, rules, v);
	FindUniqueViolations(p, rules, v);
	CountViolations(rules, v);
	if (NeedsNativeRows(rules))
		FindNativeViolations(p, rules, v);
	return RowsOf(rules, v);
}

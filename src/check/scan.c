/*
 * scan.c
 *	  Find the staged rows that violate a check and the action for each.
 *
 * Checks that were evaluated while loading are not evaluated again: their counts are stored with
 * the batch, and rows are read only if an action applies to them.
 */
#include "base/compat.h"
#include "check/scan.h"

#include "catalog/staged.h"
#include "check/violation.h"
#include "utils/hsearch.h"

typedef struct BreachTable
{
	List	   *checks;
	int			nchecks;
	HTAB	   *breaches;		/* by which checks are broken, one byte each */
} BreachTable;

static HTAB *
CreateBreaches(int nchecks)
{
	HASHCTL		control = {
		.keysize = nchecks * sizeof(bool),
		.entrysize = MAXALIGN(nchecks * sizeof(bool)) + sizeof(Breach *),
		.hcxt = CurrentMemoryContext
	};

	return hash_create("elt breaches", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* The first of the strongest checks names the reason; all are listed. */
static Breach *
NewBreach(List *checks, const Violation *violations, int n)
{
	Breach	   *breach = palloc0(sizeof(Breach));
	const Check *reason = NULL;
	const char *error = NULL;

	for (int i = 0; i < n; i++)
	{
		Check	   *check = list_nth(checks, violations[i].check);

		if (reason == NULL || check->action > reason->action)
		{
			reason = check;
			error = violations[i].error;
		}
		breach->offence.checks = lappend(breach->offence.checks, check->name);
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
	bool	   *broken = palloc0(table->nchecks * sizeof(bool));
	bool		found;
	char	   *entry;
	Breach	  **breach;

	for (int i = 0; i < n; i++)
		broken[violations[i].check] = true;
	entry = hash_search(table->breaches, broken, HASH_ENTER, &found);
	breach = (Breach **) (entry + MAXALIGN(table->nchecks * sizeof(bool)));
	if (!found)
		*breach = NewBreach(table->checks, violations, n);
	pfree(broken);
	return *breach;
}

static Breach *
BreachOf(BreachTable *table, const Violation *violations, int n)
{
	for (int i = 0; i < n; i++)
		if (violations[i].error != NULL)
			return NewBreach(table->checks, violations, n);
	return SharedBreach(table, violations, n);
}

/* One bad row for all its violations. */
static BadRows *
RowsOf(List *checks, Violations *v)
{
	BreachTable table = {checks, list_length(checks), CreateBreaches(list_length(checks))};
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

static Check *
CheckById(List *checks, int32 id)
{
	ListCell   *lc;

	foreach(lc, checks)
		if (((Check *) lfirst(lc))->id == id)
			return lfirst(lc);
	return NULL;
}

/* A check that was added or dropped since the batch was loaded is none of these. */
static void
ReadStagedChecks(const Pipeline *p, List *checks)
{
	ListCell   *lc;

	foreach(lc, StagedChecks(p))
	{
		const StagedCheck *staged = lfirst(lc);
		Check	   *check = CheckById(checks, staged->rule_id);

		if (check == NULL)
			continue;
		check->bit = staged->bit;
		check->failed = staged->failed;
	}
}

static void
CountViolations(List *checks, const Violations *v)
{
	for (int64 i = 0; i < v->count; i++)
		((Check *) list_nth(checks, v->all[i].check))->failed++;
}

/* Rows are of use when one goes somewhere; then all that is wrong with it is told. */
static bool
NeedsNativeRows(List *checks)
{
	bool		native = false;
	bool		rows = false;
	ListCell   *lc;

	foreach(lc, checks)
	{
		const Check *check = lfirst(lc);

		if (check->failed == 0)
			continue;
		native |= check->bit >= 0;
		rows |= check->action != CHECK_WARN;
	}
	return native && rows;
}

BadRows *
ChecksScan(const Pipeline *p, List *checks)
{
	Violations *v = ViolationsBegin();

	if (checks == NIL)
		return BadRowsBegin();
	ReadStagedChecks(p, checks);
	FindConditionViolations(p, checks, v);
	FindUniqueViolations(p, checks, v);
	FindSetViolations(p, checks, v);
	CountViolations(checks, v);
	if (NeedsNativeRows(checks))
		FindNativeViolations(p, checks, v);
	return RowsOf(checks, v);
}

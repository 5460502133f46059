/*
 * scan.c
 *	  One pass over the staged rows that finds those that break a check.
 *
 * The whole table is tried at once, in a subtransaction: good rows cost one evaluation of each
 * rule. When a rule raises a data error (a division by zero, a cast) the range of blocks is
 * halved until the rows at fault stand alone, so that they do not take the batch with them.
 */
#include "base/compat.h"
#include "check/scan.h"

#include "access/table.h"
#include "base/attempt.h"
#include "base/sql.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

typedef struct RuleScan
{
	const Pipeline *pipeline;
	List	   *rules;
	int			nrules;
	BadRows    *bad;
	HTAB	   *breaches;		/* by which rules are broken, one byte each */
	char	   *table;			/* staging table with its alias */
	char	   *flags;			/* (a) IS FALSE, (b) IS FALSE ... */
	char	   *all;			/* (a) AND (b) ... */
	BlockNumber from;			/* range of the current try */
	BlockNumber to;
	ItemPointer tid;			/* row and rule of the current try, one by one */
	Rule	   *rule;
	bool		broken;
} RuleScan;

/* A newline ends a comment that an expression may end with. */
static char *
JoinExpressions(List *rules, const char *suffix, const char *separator)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, rules)
		appendStringInfo(&text, "%s(%s\n)%s", text.len > 0 ? separator : "",
						 ((Rule *) lfirst(lc))->expression, suffix);
	return text.data;
}

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
NewBreach(const RuleScan *scan, const bool *broken, char *const *errors)
{
	Breach	   *breach = palloc0(sizeof(Breach));
	Rule	   *reason = NULL;
	const char *error = NULL;

	for (int i = 0; i < scan->nrules; i++)
	{
		Rule	   *rule = list_nth(scan->rules, i);

		if (!broken[i])
			continue;
		if (reason == NULL || rule->action > reason->action)
		{
			reason = rule;
			error = errors ? errors[i] : NULL;
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
SharedBreach(RuleScan *scan, const bool *broken)
{
	bool		found;
	char	   *entry = hash_search(scan->breaches, broken, HASH_ENTER, &found);
	Breach	  **breach = (Breach **) (entry + MAXALIGN(scan->nrules * sizeof(bool)));

	if (!found)
		*breach = NewBreach(scan, broken, NULL);
	return *breach;
}

static void
RecordRow(RuleScan *scan, ItemPointer tid, const bool *broken, char *const *errors)
{
	Breach	   *breach = errors ? NewBreach(scan, broken, errors) : SharedBreach(scan, broken);

	for (int i = 0; i < scan->nrules; i++)
		((Rule *) list_nth(scan->rules, i))->failed += broken[i];
	BadRowsAdd(scan->bad, tid, &breach->offence);
}

static void
BrokenOf(RuleScan *scan, Datum array, bool *broken)
{
	Datum	   *values;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(array), BOOLOID, 1, true, TYPALIGN_CHAR,
					  &values, NULL, &n);
	for (int i = 0; i < n; i++)
		broken[i] = DatumGetBool(values[i]);
}

/* All rows are evaluated before the first is recorded: a failed try leaves nothing behind. */
static void
TryRange(void *arg)
{
	RuleScan   *scan = arg;
	bool	   *broken = palloc(scan->nrules * sizeof(bool));
	Sql			q;

	SqlBegin(&q, psprintf("SELECT ctid, ARRAY[%s] FROM %s "
						  "WHERE ctid >= '(%u,0)' AND ctid < '(%u,0)' AND NOT (%s)",
						  scan->flags, scan->table, scan->from, scan->to, scan->all));
	SqlRun(&q, scan->pipeline->owner);
	for (uint64 i = 0; i < q.processed; i++)
	{
		BrokenOf(scan, SqlDatum(&q, i, 2, NULL), broken);
		RecordRow(scan, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)), broken, NULL);
	}
	SqlDone(&q);
}

static void
TryRule(void *arg)
{
	RuleScan   *scan = arg;
	Sql			q;

	SqlBegin(&q, psprintf("SELECT (%s\n) IS FALSE FROM %s WHERE ctid = $1",
						  scan->rule->expression, scan->table));
	SqlAdd(&q, TIDOID, PointerGetDatum(scan->tid), false);
	SqlRun(&q, scan->pipeline->owner);
	scan->broken = SqlBool(&q, 0, 1);
	SqlDone(&q);
}

static void
RethrowUnlessDataError(ErrorData *error)
{
	if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION)
		ReThrowError(error);
}

/* NULL, or the error that a rule raises for a row. */
static char *
TryRuleOnRow(RuleScan *scan, Rule *rule, ItemPointer tid)
{
	ErrorData  *error;

	scan->rule = rule;
	scan->tid = tid;
	scan->broken = true;
	error = Attempt(TryRule, scan);
	if (error == NULL)
		return NULL;
	RethrowUnlessDataError(error);
	return error->message;
}

static void
ScanRow(RuleScan *scan, ItemPointer tid)
{
	bool	   *broken = palloc0(scan->nrules * sizeof(bool));
	char	  **errors = palloc0(scan->nrules * sizeof(char *));
	bool		any = false;

	for (int i = 0; i < scan->nrules; i++)
	{
		errors[i] = TryRuleOnRow(scan, list_nth(scan->rules, i), tid);
		broken[i] = scan->broken;
		any |= broken[i];
	}
	if (any)
		RecordRow(scan, tid, broken, errors);
}

static void
ScanRows(RuleScan *scan)
{
	Sql			q;

	SqlBegin(&q, psprintf("SELECT ctid FROM %s WHERE ctid >= '(%u,0)' AND ctid < '(%u,0)'",
						  scan->table, scan->from, scan->to));
	SqlRun(&q, scan->pipeline->owner);
	for (uint64 i = 0; i < q.processed; i++)
		ScanRow(scan, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)));
	SqlDone(&q);
}

static void
ScanRange(RuleScan *scan, BlockNumber from, BlockNumber to)
{
	ErrorData  *error;

	scan->from = from;
	scan->to = to;
	error = Attempt(TryRange, scan);
	if (error == NULL)
		return;
	RethrowUnlessDataError(error);
	FreeErrorData(error);
	if (to - from == 1)
	{
		ScanRows(scan);
		return;
	}
	ScanRange(scan, from, from + (to - from) / 2);
	ScanRange(scan, from + (to - from) / 2, to);
}

static BlockNumber
StagingBlocks(const Pipeline *p)
{
	Relation	rel = table_open(get_relname_relid(p->name, get_namespace_oid("elt_staging", false)),
								 AccessShareLock);
	BlockNumber blocks = RelationGetNumberOfBlocks(rel);

	table_close(rel, NoLock);
	return blocks;
}

BadRows *
RulesScan(const Pipeline *p, List *rules)
{
	RuleScan	scan = {
		.pipeline = p,
		.rules = rules,
		.nrules = list_length(rules),
		.bad = BadRowsBegin(),
		.table = psprintf("%s AS %s", PipelineStaging(p), quote_identifier(p->name)),
		.flags = JoinExpressions(rules, " IS FALSE", ", "),
		.all = JoinExpressions(rules, "", " AND ")
	};
	BlockNumber blocks = StagingBlocks(p);

	if (rules == NIL || blocks == 0)
		return scan.bad;
	scan.breaches = CreateBreaches(scan.nrules);
	ScanRange(&scan, 0, blocks);
	hash_destroy(scan.breaches);
	return scan.bad;
}

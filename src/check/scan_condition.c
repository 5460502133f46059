/*
 * scan_condition.c
 *	  One pass over the staged rows for the conditions that were not evaluated while loading.
 *
 * The whole table is tried at once, in a subtransaction: good rows cost one evaluation of each
 * rule. When a rule raises a data error (a division by zero, a cast) the range of blocks is
 * halved until the rows at fault stand alone, so that they do not take the batch with them.
 */
#include "base/compat.h"
#include "check/violation.h"

#include "access/relation.h"
#include "base/attempt.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "check/unique.h"
#include "lib/stringinfo.h"
#include "load/staging.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

typedef struct ConditionScan
{
	const Pipeline *pipeline;
	int			nrules;
	const Rule **rules;
	int		   *places;			/* of each in the list of all rules */
	Violations *violations;
	char	   *table;			/* staging table with its alias */
	char	   *flags;			/* (a) IS FALSE, (b) IS FALSE ... */
	char	   *all;			/* (a) AND (b) ... */
	BlockNumber from;			/* range of the current try */
	BlockNumber to;
	ItemPointer tid;			/* row and rule of the current try, one by one */
	const Rule *rule;
	bool		broken;
} ConditionScan;

/* A newline ends a comment that an expression may end with. */
static char *
JoinExpressions(const ConditionScan *scan, const char *suffix, const char *separator)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < scan->nrules; i++)
		appendStringInfo(&text, "%s(%s\n)%s", i > 0 ? separator : "",
						 scan->rules[i]->expression, suffix);
	return text.data;
}

static void
RecordRow(ConditionScan *scan, ItemPointer tid, Datum broken)
{
	Datum	   *values;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(broken), BOOLOID, 1, true, TYPALIGN_CHAR,
					  &values, NULL, &n);
	for (int i = 0; i < n; i++)
		if (DatumGetBool(values[i]))
			ViolationsAdd(scan->violations, tid, scan->places[i], NULL);
}

/* All rows are evaluated before the first is recorded: a failed try leaves nothing behind. */
static void
TryRange(void *arg)
{
	ConditionScan *scan = arg;
	Sql			q;

	SqlBegin(&q, psprintf("SELECT ctid, ARRAY[%s] FROM %s "
						  "WHERE ctid >= '(%u,0)' AND ctid < '(%u,0)' AND NOT (%s)",
						  scan->flags, scan->table, scan->from, scan->to, scan->all));
	SqlRun(&q, scan->pipeline->owner);
	for (uint64 i = 0; i < q.processed; i++)
		RecordRow(scan, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)),
				  SqlDatum(&q, i, 2, NULL));
	SqlDone(&q);
}

/* The pipeline's owner has the right to delete them. */
static void
ReportChanged(const Pipeline *p)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("staged rows of pipeline \"%s\" have changed while they were checked",
					p->name),
			 errhint("CALL elt.pull(%s) stages them anew.", quote_literal_cstr(p->name))));
}

static void
TryRule(void *arg)
{
	ConditionScan *scan = arg;
	Sql			q;

	SqlBegin(&q, psprintf("SELECT (%s\n) IS FALSE FROM %s WHERE ctid = $1",
						  scan->rule->expression, scan->table));
	SqlAdd(&q, TIDOID, PointerGetDatum(scan->tid), false);
	if (SqlRun(&q, scan->pipeline->owner) == 0)
		ReportChanged(scan->pipeline);
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
TryRuleOnRow(ConditionScan *scan, const Rule *rule, ItemPointer tid)
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
ScanRow(ConditionScan *scan, ItemPointer tid)
{
	for (int i = 0; i < scan->nrules; i++)
	{
		char	   *error = TryRuleOnRow(scan, scan->rules[i], tid);

		if (scan->broken)
			ViolationsAdd(scan->violations, tid, scan->places[i], error);
	}
}

static void
ScanRows(ConditionScan *scan)
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
ScanRange(ConditionScan *scan, BlockNumber from, BlockNumber to)
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
	Relation	rel = RelationOpen(StagingRelation(p), AccessShareLock);
	BlockNumber blocks = RelationGetNumberOfBlocks(rel);

	relation_close(rel, NoLock);
	return blocks;
}

static void
ChooseRules(ConditionScan *scan, List *rules)
{
	scan->rules = palloc(sizeof(Rule *) * list_length(rules));
	scan->places = palloc(sizeof(int) * list_length(rules));
	for (int i = 0; i < list_length(rules); i++)
	{
		const Rule *rule = list_nth(rules, i);

		if (rule->bit >= 0 || UniqueRuleParse(rule->expression) != NULL)
			continue;
		scan->places[scan->nrules] = i;
		scan->rules[scan->nrules++] = rule;
	}
}

void
FindConditionViolations(const Pipeline *p, List *rules, Violations *v)
{
	ConditionScan scan = {.pipeline = p, .violations = v};
	BlockNumber blocks;

	ChooseRules(&scan, rules);
	if (scan.nrules == 0)
		return;
	blocks = StagingBlocks(p);
	if (blocks == 0)
		return;
	scan.table = psprintf("%s AS %s", PipelineStaging(p), quote_identifier(p->name));
	scan.flags = JoinExpressions(&scan, " IS FALSE", ", ");
	scan.all = JoinExpressions(&scan, "", " AND ");
	ScanRange(&scan, 0, blocks);
}

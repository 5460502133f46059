/*
 * scan_condition.c
 *	  Evaluate the conditions that were not evaluated while loading, in one pass.
 *
 * The whole table is evaluated at once in a subtransaction. When a check raises a data error (a
 * division by zero, a cast), the block range is halved until the failing rows are isolated.
 */
#include "base/compat.h"
#include "check/violation.h"

#include "access/relation.h"
#include "base/attempt.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "check/set_check.h"
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
	int			nchecks;
	const Check **checks;
	int		   *places;			/* of each in the list of all checks */
	Violations *violations;
	char	   *table;			/* staging table with its alias */
	char	   *flags;			/* (a) IS FALSE, (b) IS FALSE ... */
	char	   *all;			/* (a) AND (b) ... */
	BlockNumber from;			/* range of the current try */
	BlockNumber to;
	ItemPointer tid;			/* row and check of the current try, one by one */
	const Check *check;
	bool		broken;
} ConditionScan;

/* A newline ends a comment that an expression may end with. */
static char *
JoinExpressions(const ConditionScan *scan, const char *suffix, const char *separator)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < scan->nchecks; i++)
		appendStringInfo(&text, "%s(%s\n)%s", i > 0 ? separator : "",
						 scan->checks[i]->expression, suffix);
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
			 errmsg("staged rows of pipeline \"%s\" were changed while they were checked",
					p->name),
			 errhint("Use CALL elt.pull(%s) to stage them again.", quote_literal_cstr(p->name))));
}

static void
TryCheck(void *arg)
{
	ConditionScan *scan = arg;
	Sql			q;

	SqlBegin(&q, psprintf("SELECT (%s\n) IS FALSE FROM %s WHERE ctid = $1",
						  scan->check->expression, scan->table));
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

/* NULL, or the error that a check raises for a row. */
static char *
TryCheckOnRow(ConditionScan *scan, const Check *check, ItemPointer tid)
{
	ErrorData  *error;

	scan->check = check;
	scan->tid = tid;
	scan->broken = true;
	error = Attempt(TryCheck, scan);
	if (error == NULL)
		return NULL;
	RethrowUnlessDataError(error);
	return error->message;
}

static void
ScanRow(ConditionScan *scan, ItemPointer tid)
{
	for (int i = 0; i < scan->nchecks; i++)
	{
		char	   *error = TryCheckOnRow(scan, scan->checks[i], tid);

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
ChooseChecks(ConditionScan *scan, List *checks)
{
	scan->checks = palloc(sizeof(Check *) * list_length(checks));
	scan->places = palloc(sizeof(int) * list_length(checks));
	for (int i = 0; i < list_length(checks); i++)
	{
		const Check *check = list_nth(checks, i);

		if (check->bit >= 0 || UniqueCheckParse(check->expression) != NULL ||
			SetCheckParse(check->expression) != NULL)
			continue;
		scan->places[scan->nchecks] = i;
		scan->checks[scan->nchecks++] = check;
	}
}

void
FindConditionViolations(const Pipeline *p, List *checks, Violations *v)
{
	ConditionScan scan = {.pipeline = p, .violations = v};
	BlockNumber blocks;

	ChooseChecks(&scan, checks);
	if (scan.nchecks == 0)
		return;
	blocks = StagingBlocks(p);
	if (blocks == 0)
		return;
	scan.table = psprintf("%s AS %s", PipelineStaging(p), quote_identifier(p->name));
	scan.flags = JoinExpressions(&scan, " IS FALSE", ", ");
	scan.all = JoinExpressions(&scan, "", " AND ");
	ScanRange(&scan, 0, blocks);
}

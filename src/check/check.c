/*
 * check.c
 *	  Evaluate checks over a staged batch and act on the rows that violate them.
 */
#include "base/compat.h"
#include "check/check.h"

#include "base/errors.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "check/declared_check.h"
#include "check/sample_keys.h"
#include "check/scan.h"
#include "check/value_condition.h"

/* A smaller batch lands whatever part of it is refused. */
#define FEW_ROWS 100

static void
RecordResults(const Pipeline *p, List *checks, const BadRows *bad, const StagedBatch *batch)
{
	ListCell   *lc;

	foreach(lc, checks)
	{
		Check	   *check = lfirst(lc);
		Sql			q;

		SqlBegin(&q, "insert into elt_catalog.check_result (run_id, batch, check_name, action, "
				 "rows_checked, rows_failed, verdict, pipeline_id, sample_keys, dimension) "
				 "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, elt_catalog.check_dimension($10)) "
				 "on conflict (run_id, batch, pipeline_id, check_name) do update set "
				 "action = excluded.action, rows_checked = excluded.rows_checked, "
				 "rows_failed = excluded.rows_failed, verdict = excluded.verdict, "
				 "checked_at = excluded.checked_at, value = null, evidence = null, message = null, "
				 "sample_keys = excluded.sample_keys, dimension = excluded.dimension");
		SqlAddInt8(&q, batch->run_id);
		SqlAddInt4(&q, batch->batch);
		SqlAddText(&q, check->name);
		SqlAddText(&q, CheckActionName(check->action));
		SqlAddInt8(&q, batch->rows);
		SqlAddInt8(&q, check->failed);
		SqlAddText(&q, check->verdict);
		SqlAddInt4(&q, p->id);
		SqlAddJsonb(&q, SampleKeys(p, check, bad));
		SqlAddText(&q, check->expression);
		SqlDo(&q, AsCatalog());
	}
}

static char *
FailureMessage(const Check *check, int64 rows)
{
	return psprintf("check \"%s\" failed for " INT64_FORMAT " of " INT64_FORMAT " rows",
					check->name, check->failed, rows);
}

static bool
IsVerdict(const Check *check, const char *verdict)
{
	return strcmp(check->verdict, verdict) == 0;
}

static void
Warn(const Pipeline *p, List *checks, int64 rows)
{
	ListCell   *lc;

	foreach(lc, checks)
	{
		Check	   *check = lfirst(lc);

		if (IsVerdict(check, "warned") && (check->action == CHECK_WARN || check->warn_if != NULL))
			ereport(WARNING,
					(errcode(ERRCODE_WARNING),
					 errmsg("pipeline \"%s\": %s", p->name, FailureMessage(check, rows))));
	}
}

/* What is violated is told, unless warn_if says otherwise. */
static const char *
JudgeCheck(const Pipeline *p, const Check *check, int64 rows)
{
	ValueConditions conditions = {check->warn_if, check->fail_if};

	if (check->failed == 0)
		return "passed";
	if (check->warn_if != NULL || check->fail_if != NULL)
		ValueConditionsTest(p, &conditions, psprintf(INT64_FORMAT, check->failed),
							100.0 * check->failed / Max(rows, 1));
	if (conditions.failed || (check->action == CHECK_FAIL && check->fail_if == NULL))
		return "failed";
	return conditions.warned || check->warn_if == NULL ? "warned" : "passed";
}

void
ChecksJudge(const Pipeline *p, List *checks, int64 rows)
{
	ListCell   *lc;

	foreach(lc, checks)
	{
		Check	   *check = lfirst(lc);

		check->verdict = JudgeCheck(p, check, rows);
	}
}

/* The first check that the batch fails, or NULL. */
static const Check *
FailedCheck(List *checks)
{
	ListCell   *lc;

	foreach(lc, checks)
		if (IsVerdict(lfirst(lc), "failed"))
			return lfirst(lc);
	return NULL;
}

static BadRows *
RowsToBe(const BadRows *bad, CheckAction action)
{
	BadRows    *some = BadRowsBegin();

	for (int64 i = 0; i < bad->count; i++)
		if (((const Breach *) bad->rows[i].offence)->action == action)
			BadRowsAdd(some, &bad->rows[i].tid, bad->rows[i].offence);
	return some;
}

/*
 * The batch stays as it is, for whoever mends the check or the source and merges again. Returns
 * how many rows are to be seen in quarantine.
 */
static int64
FailBatch(const Pipeline *p, const StagedBatch *batch, List *checks, const BadRows *bad)
{
	const Check *failed = FailedCheck(checks);
	BadRows    *shown = RowsToBe(bad, failed != NULL ? failed->action : CHECK_QUARANTINE);

	BadRowsQuarantine(shown, p, batch->run_id, batch->batch, "check");
	return shown->count;
}

/* Rows out of range do not count: an API may answer more than it was asked for. */
static bool
TooManyRejected(const Pipeline *p, const StagedBatch *batch, int64 quarantined)
{
	int64		rejected = batch->undecoded + quarantined;

	return batch->landing >= FEW_ROWS &&
		(double) rejected * 100 > p->max_reject_percent * (double) batch->landing;
}

static void
Fail(CheckVerdict *verdict, int sqlstate, char *message)
{
	verdict->failed = true;
	verdict->sqlstate = sqlstate;
	verdict->message = message;
}

/* What the verdict on a scanned batch is, before anything is done about it. */
static CheckVerdict
VerdictOf(const Pipeline *p, const StagedBatch *batch, List *checks, const BadRows *bad)
{
	CheckVerdict verdict = {0};
	const Check *failed = FailedCheck(checks);

	verdict.quarantined = RowsToBe(bad, CHECK_QUARANTINE)->count;
	verdict.dropped = RowsToBe(bad, CHECK_DROP)->count;
	if (failed != NULL)
		Fail(&verdict, ERRCODE_ELT_CHECK_FAILED, FailureMessage(failed, batch->rows));
	else if (TooManyRejected(p, batch, verdict.quarantined))
		Fail(&verdict, ERRCODE_ELT_TOO_MANY_REJECTED,
			 psprintf(INT64_FORMAT " of " INT64_FORMAT " rows were rejected, exceeding "
					  "max_reject_percent (%g)",
					  batch->undecoded + verdict.quarantined, batch->landing,
					  p->max_reject_percent));
	return verdict;
}

static void
RemoveRows(const Pipeline *p, const StagedBatch *batch, const BadRows *bad)
{
	BadRows    *quarantined = RowsToBe(bad, CHECK_QUARANTINE);
	BadRows    *dropped = RowsToBe(bad, CHECK_DROP);

	BadRowsQuarantine(quarantined, p, batch->run_id, batch->batch, "check");
	BadRowsDelete(quarantined, p);
	BadRowsTell(dropped, p, "dropped");
	BadRowsDelete(dropped, p);
}

CheckVerdict
ChecksApply(const Pipeline *p, const StagedBatch *batch, bool refused)
{
	CheckVerdict verdict;
	List	   *checks = ChecksOf(p);
	BadRows    *bad = ChecksScan(p, checks);

	ChecksJudge(p, checks, batch->rows);
	RecordResults(p, checks, bad, batch);
	Warn(p, checks, batch->rows);

	verdict = VerdictOf(p, batch, checks, bad);
	if (verdict.failed || refused)
	{
		verdict.quarantined = FailBatch(p, batch, checks, bad);
		verdict.dropped = 0;
	}
	else
		RemoveRows(p, batch, bad);
	return verdict;
}

CheckVerdict
ChecksLook(const Pipeline *p, const StagedBatch *batch, BadRows **taken)
{
	List	   *checks = ChecksOf(p);
	BadRows    *bad = ChecksScan(p, checks);

	ChecksJudge(p, checks, batch->rows);
	*taken = BadRowsBegin();
	for (int64 i = 0; i < bad->count; i++)
		if (((const Breach *) bad->rows[i].offence)->action != CHECK_WARN)
			BadRowsAdd(*taken, &bad->rows[i].tid, bad->rows[i].offence);
	return VerdictOf(p, batch, checks, bad);
}

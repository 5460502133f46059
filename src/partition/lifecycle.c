/*
 * lifecycle.c
 *	  The job's retention: one transaction a step, resumed wherever it was interrupted.
 *
 * Every transaction looks anew at policy, ledger and table, since others may change them between
 * two of them.
 */
#include "base/compat.h"
#include "partition/retention.h"

#include "base/attempt.h"
#include "base/lock.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/toplevel.h"
#include "partition/all_view.h"
#include "partition/archive_files.h"
#include "partition/chain.h"
#include "partition/delete_rows.h"
#include "partition/finalize.h"
#include "partition/hold.h"
#include "partition/maintain.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

int			detach_timeout = 300000;

typedef struct Lifecycle
{
	Oid			relation;
	bool		top_level;
	List	   *works;			/* PartWork *, as planned */
	PartWork   *work;			/* at hand */
	char	   *statement;		/* to be executed at the top level, or NULL */
	Oid			statement_role;
	bool		tried;			/* the statement of the step at hand */
	bool		over;			/* nothing is left to do with it */
	char	   *halted;			/* why it could not go on, or NULL */
	char	   *needed;			/* why the first that somebody needs is held */
	char	   *needed_name;
	int			nneeded;
	int			done;			/* actions */
	ErrorData  *error;
	MemoryContext cxt;			/* of the turn */
} Lifecycle;

void
RetentionInit(void)
{
	DefineCustomIntVariable("elt.detach_timeout",
							"Sets the maximum time that the maintenance waits for transactions that "
							"use a partition which it detaches concurrently; 0 means no limit.",
							"The wait blocks nobody. After it the next maintenance goes on.",
							&detach_timeout, detach_timeout, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
}

static void
PlanWork(void *arg)
{
	Lifecycle  *life = arg;
	const Policy *policy = PolicyOf(life->relation);

	if (policy == NULL || policy->by_rows || (policy->chain == NIL && !AllViewIsWanted(policy)))
		return;
	PolicyCheckSetter(policy);
	FinalizeAll(policy);
	AllViewRefresh(life->relation);
	life->works = RetentionDue(policy);
}

/* False when nothing is due any more. */
static bool
LookAgain(Lifecycle *life, PartWork *work)
{
	const LedgerRow *planned = life->work->row;
	Oid			part = planned->part.relid;

	work->policy = PolicyOf(life->relation);
	if (work->policy == NULL)
		return false;
	PolicyCheckSetter(work->policy);
	work->in_job = true;
	if (OidIsValid(part) && IsPartitionOf(part, life->relation))
		work->row = LedgerOf(life->relation, &planned->part);
	else
		work->row = LedgerAgain(life->relation, planned);
	if (work->row == NULL)
		return false;
	work->chain = ChainDue(work->policy, work->row);
	return work->chain != NULL;
}

static void
Keep(Lifecycle *life, const PartWork *work, const char *reason, bool is_wanted)
{
	LedgerFail(life->relation, work->row, NULL, reason);
	life->over = true;
	if (is_wanted)
		return;
	if (life->nneeded++ == 0)
	{
		life->needed = MemoryContextStrdup(life->cxt, reason);
		life->needed_name = MemoryContextStrdup(life->cxt, work->row->name);
	}
}

/* What is executed outside of transactions: true when it must be waited for. */
static bool
NeedsStatement(Lifecycle *life, PartWork *work, const PartStep *step)
{
	char	   *statement = NULL;

	if (step->statement != NULL && life->top_level && !life->tried)
		statement = step->statement(work);
	if (statement == NULL)
		return false;
	life->statement = MemoryContextStrdup(life->cxt, statement);
	life->statement_role = RelationOwner(life->relation);
	life->tried = true;
	return true;
}

/* One transaction. */
static void
DoStep(void *arg)
{
	Lifecycle  *life = arg;
	PartWork	work = {0};
	const PartStep *step;
	char	   *reason;
	bool		is_wanted;

	life->over = !LookAgain(life, &work);
	if (life->over)
		return;
	reason = PartHeldBy(&work, &is_wanted);
	if (reason != NULL)
	{
		Keep(life, &work, reason, is_wanted);
		return;
	}
	if (work.row->action == NULL || strcmp(work.row->action, work.chain->action->name) != 0)
	{
		RetentionBegin(&work);
		return;
	}
	step = NextStep(&work);
	if (NeedsStatement(life, &work, step))
		return;
	step->run(&work);
	life->over = RetentionStepDone(&work, step);
	if (work.halted != NULL)
		life->halted = MemoryContextStrdup(life->cxt, work.halted);
	else
		life->done += life->over ? 1 : 0;
	life->tried = false;
}

static void
RecordFailure(void *arg)
{
	Lifecycle  *life = arg;
	PartWork	work = {0};

	if (LookAgain(life, &work))
		LedgerFail(life->relation, work.row, life->error->message, NULL);
}

static void
ReportHalted(void *arg)
{
	const Lifecycle *life = arg;

	PartReportHalted(life->work->row->name, life->halted);
}

static ErrorData *
WorkThrough(Lifecycle *life)
{
	ErrorData  *error;
	MemoryContext scratch = AllocSetContextCreate(life->cxt, "elt retention",
												  ALLOCSET_DEFAULT_SIZES);

	life->tried = false;
	life->halted = NULL;
	do
	{
		MemoryContextReset(scratch);
		MemoryContextSwitchTo(scratch);
		life->statement = NULL;
		error = AttemptAndCommit(DoStep, life);
		MemoryContextSwitchTo(life->cxt);
		if (error == NULL && life->statement != NULL)
			error = RunTopLevelAs(life->statement_role, detach_timeout, life->statement);
	} while (error == NULL && !life->over);
	if (error == NULL && life->halted != NULL)
		error = AttemptAndCommit(ReportHalted, life);
	if (error == NULL)
		MemoryContextDelete(scratch);
	else if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	return error;
}

static void
ReportNeeded(void *arg)
{
	const Lifecycle *life = arg;

	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg_plural("%d expired partition of table \"%s\" is held",
						   "%d expired partitions of table \"%s\" are held", life->nneeded,
						   life->nneeded, RelationLabel(life->relation)),
			 errdetail("Partition \"%s\": %s.", life->needed_name, life->needed),
			 errhint("Use SELECT * FROM elt.apply_retention(%s, dry_run => true) to list them.",
					 quote_literal_cstr(QuotedRelation(life->relation)))));
}

static ErrorData *
WorkThroughAll(Lifecycle *life)
{
	ErrorData  *first = AttemptAndCommit(PlanWork, life);
	ListCell   *lc;

	if (first != NULL)
		return first;
	foreach(lc, life->works)
	{
		life->work = lfirst(lc);
		life->error = WorkThrough(life);
		if (life->error == NULL)
			continue;
		(void) AttemptAndCommit(RecordFailure, life);
		if (first == NULL)
			first = life->error;
		if (life->error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
			break;
	}
	if (first == NULL && life->nneeded > 0)
		first = AttemptAndCommit(ReportNeeded, life);
	return first;
}

static void
ReportBusy(void *arg)
{
	const Lifecycle *life = arg;

	ereport(ERROR,
			(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			 errmsg("process %d is applying the retention of table \"%s\"",
					LockHolder(LOCK_RETENTION, life->relation), RelationLabel(life->relation))));
}

ErrorData *
RetentionRun(Oid relation, bool top_level, int64 *partitions, int64 *rows)
{
	Lifecycle	life = {relation, top_level, .cxt = CurrentMemoryContext};
	ErrorData  *volatile error = NULL;

	if (!SessionLockTry(LOCK_RETENTION, relation))
		return AttemptAndCommit(ReportBusy, &life);
	PG_TRY();
	{
		ErrorData  *cleaned;

		error = WorkThroughAll(&life);
		*partitions += life.done;
		cleaned = ArchiveFilesClean(relation);
		if (error == NULL)
			error = cleaned;
		if (error == NULL)
			error = DeleteInBatches(relation, rows);
	}
	PG_FINALLY();
	{
		SessionLockRelease(LOCK_RETENTION, relation);
	}
	PG_END_TRY();
	return error;
}

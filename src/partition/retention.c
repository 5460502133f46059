/*
 * retention.c
 *	  Find the partitions of which something is due, and do it in the caller's transaction.
 */
#include "base/compat.h"
#include "partition/retention.h"

#include "base/lock.h"
#include "base/sql.h"
#include "partition/all_view.h"
#include "partition/busy.h"
#include "partition/chain.h"
#include "partition/delete_rows.h"
#include "partition/finalize.h"
#include "partition/grid.h"
#include "partition/hold.h"
#include "partition/maintain.h"
#include "partition/parts.h"

/* Rows that one call deletes where there are no partitions. */
#define ROWS_BY_HAND 100000

static List *
AddIfDue(List *works, const Policy *policy, LedgerRow *row)
{
	const ChainStep *due = ChainDue(policy, row);
	PartWork   *work;

	if (due == NULL)
		return works;
	work = palloc0(sizeof(PartWork));
	work->policy = policy;
	work->chain = due;
	work->row = row;
	return lappend(works, work);
}

List *
RetentionDue(const Policy *policy)
{
	List	   *works = NIL;
	List	   *parts = PartsOf(policy);
	TimestampTz youngest;
	ListCell   *lc;

	if (policy->chain == NIL)
		return NIL;
	youngest = policy->by_creation ? DT_NOEND :
		GridCutoff(policy, ((ChainStep *) linitial(policy->chain))->after);
	foreach(lc, LedgerLeft(policy->relation))
		works = AddIfDue(works, policy, lfirst(lc));
	foreach(lc, parts)
	{
		Part	   *part = lfirst(lc);

		if (part->upper > youngest || part == llast(parts))
			break;
		works = AddIfDue(works, policy, LedgerOf(policy->relation, part));
	}
	return works;
}

void
RetentionBegin(PartWork *work)
{
	const PartAction *action = work->chain->action;
	LedgerRow  *row = work->row;

	/* what leaves the table does not follow it, so that it must have the names of its columns before */
	if (!work->in_job && action->in_all_view)
		AllViewRefresh(work->policy->relation);
	if (row->action != NULL && strcmp(row->action, action->name) == 0)
		return;
	row->action = pstrdup(action->name);
	row->step = NULL;
	if (action->state != NULL && row->attached)
		row->state = pstrdup(action->state);
	LedgerSave(work->policy->relation, row);
	/* in the caller's transaction nobody sees what is on its way */
	if (work->in_job || !action->in_all_view)
		AllViewRefresh(work->policy->relation);
}

bool
RetentionStepDone(PartWork *work, const PartStep *step)
{
	const PartAction *action = work->chain->action;
	LedgerRow  *row = work->row;
	bool		last = step == &action->steps[action->nsteps - 1];

	if (work->halted == NULL)
		row->step = pstrdup(step->name);
	if (last && work->halted == NULL)
	{
		row->actions = lappend(row->actions, pstrdup(action->name));
		row->action = row->step = NULL;
		row->state = pstrdup(action->end_state);
	}
	LedgerSave(work->policy->relation, row);
	if (work->in_job || last)
		AllViewRefresh(work->policy->relation);
	return last || work->halted != NULL;
}

static PartOutcome *
MakeOutcome(const Maintenance *m, const PartWork *work, char *reason)
{
	PartOutcome *outcome = palloc0(sizeof(PartOutcome));
	const PartAction *action = work->chain->action;

	outcome->name = work->row->name;
	outcome->part = work->row->part;
	outcome->reason = reason;
	if (m->dry_run)
		outcome->action = psprintf("would %s", reason ? "hold" : action->name);
	else
		outcome->action = reason ? "held" : action->done;
	return outcome;
}

/* Its lock on the table is kept until the transaction ends, as are those of the partitions. */
void
RetentionDo(PartWork *work)
{
	const PartStep *step;

	RetentionBegin(work);
	do
	{
		step = NextStep(work);
		step->run(work);
	} while (!RetentionStepDone(work, step));
	if (work->halted != NULL)
		PartReportHalted(work->row->name, work->halted);
}

static void
TakeTurn(void *arg)
{
	const Policy *policy = arg;

	TransactionLockTake(LOCK_RETENTION, policy->relation);
}

void
RetentionTakeTurn(const Policy *policy)
{
	WithLockTimeout(policy->lock_timeout_ms, TakeTurn, (void *) policy);
}

static int
CompareOutcomes(const ListCell *a, const ListCell *b)
{
	TimestampTz left = ((PartOutcome *) lfirst(a))->part.lower;
	TimestampTz right = ((PartOutcome *) lfirst(b))->part.lower;

	return left < right ? -1 : left > right;
}

/* A bounded number: the caller's transaction locks them. */
static void
ExpireRows(Maintenance *m, const Policy *policy)
{
	PartOutcome *outcome = palloc0(sizeof(PartOutcome));

	outcome->action = m->dry_run ? "would delete" : "deleted";
	outcome->rows = DeleteExpiredRows(policy, ROWS_BY_HAND, m->dry_run);
	if (outcome->rows > 0)
		m->outcomes = lappend(m->outcomes, outcome);
}

void
PartitionsExpire(Maintenance *m)
{
	const Policy *policy = PolicyOf(m->relation);
	int			done = 0;
	ListCell   *lc;

	if (policy->chain == NIL)
		return;
	if (policy->by_rows)
	{
		ExpireRows(m, policy);
		return;
	}
	if (!m->dry_run)
	{
		RetentionTakeTurn(policy);
		FinalizeAll(policy);
	}
	foreach(lc, RetentionDue(policy))
	{
		PartWork   *work = lfirst(lc);
		char	   *reason;
		bool		is_wanted;

		if (done >= m->at_most)
		{
			m->left++;
			continue;
		}
		reason = PartHeldBy(work, &is_wanted);
		m->outcomes = lappend(m->outcomes, MakeOutcome(m, work, reason));
		if (reason != NULL)
			continue;
		if (!m->dry_run)
			RetentionDo(work);
		done++;
	}
	list_sort(m->outcomes, CompareOutcomes);
}

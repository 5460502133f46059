/*
 * lock_wait.c
 *	  Limit how long a run waits for locks, and report the holder when it times out.
 *
 * During the wait elt.progress shows the sessions that block the run. After it the lock table still
 * shows which process holds the target or the staging table.
 */
#include "base/compat.h"
#include "pipeline/lock_wait.h"

#include <limits.h>

#include "base/attempt.h"
#include "base/lock.h"
#include "base/sql_name.h"
#include "load/staging.h"
#include "pipeline/slice_error.h"
#include "storage/lockdefs.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

static int	lock_timeout = 300000;

void
LockWaitInit(void)
{
	DefineCustomIntVariable("elt.lock_timeout",
							"Sets the maximum time that a run waits for a lock on a table; 0 "
							"means no limit.",
							"A shorter lock_timeout of the session takes precedence.",
							&lock_timeout, lock_timeout, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
}

static char *
TableLockedBy(Oid table, int mode, const char *format)
{
	int			pid = RelationLockHolder(table, mode);

	return pid == 0 ? NULL : psprintf(format, pid, RelationLabel(table));
}

/* The likeliest first; the last is a session that has changed rows which the run changes too. */
static char *
DescribeHolder(const Pipeline *p)
{
	Oid			staging = StagingRelation(p);
	int			pid = LockHolder(LOCK_TARGET, p->target);
	char	   *holder = NULL;

	if (pid != 0)
		return psprintf("Process %d is merging into table \"%s\".", pid, RelationLabel(p->target));
	if (get_rel_name(p->target) != NULL)
		holder = TableLockedBy(p->target, RowExclusiveLock, "Process %d has locked table \"%s\".");
	if (holder == NULL && OidIsValid(staging))
		holder = TableLockedBy(staging, AccessExclusiveLock, "Process %d is using table \"%s\".");
	if (holder == NULL && get_rel_name(p->target) != NULL)
		holder = TableLockedBy(p->target, ShareLock, "Process %d is writing to table \"%s\".");
	return holder;
}

ErrorData *
AttemptLocked(Execution *e, void (*fn) (void *arg), void *arg)
{
	ErrorData  *error = AttemptWithin(lock_timeout, fn, arg);

	if (error == NULL || error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
		return error;
	return StepError(error->sqlerrcode,
					 psprintf("pipeline \"%s\" timed out waiting for a lock: %s",
							  e->pipeline->name, error->message),
					 DescribeHolder(e->pipeline),
					 "End the transaction that holds it and run the pipeline again, or set "
					 "elt.lock_timeout higher.");
}

/*
 * attempt.c
 *	  Run phases of a procedure in subtransactions, and commit between them.
 */
#include "base/compat.h"
#include "base/attempt.h"

#include "access/xact.h"
#include "base/lock.h"
#include "base/setting.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

static ErrorData *
RunInSubtransaction(void (*fn) (void *arg), void *arg, bool keep)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		fn(arg);
		if (keep)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return error;
}

ErrorData *
Attempt(void (*fn) (void *arg), void *arg)
{
	return RunInSubtransaction(fn, arg, true);
}

ErrorData *
AttemptAndUndo(void (*fn) (void *arg), void *arg)
{
	return RunInSubtransaction(fn, arg, false);
}

ErrorData *
AttemptWithin(int lock_timeout_ms, void (*fn) (void *arg), void *arg)
{
	char	   *timeout;
	int			guc_level;
	ErrorData  *error;

	if (lock_timeout_ms == 0 || (LockTimeout > 0 && LockTimeout <= lock_timeout_ms))
		return Attempt(fn, arg);
	timeout = psprintf("%dms", lock_timeout_ms);
	guc_level = NewGUCNestLevel();
	SettingSet("lock_timeout", timeout);
	error = Attempt(fn, arg);
	AtEOXact_GUC(true, guc_level);
	return error;
}

/* A phase that waits for others, as a merge for its target, must see what they committed. */
void
CommitPhase(void)
{
	SPI_commit();
	XactIsoLevel = XACT_READ_COMMITTED;
}

ErrorData *
AttemptAndCommit(void (*fn) (void *arg), void *arg)
{
	ErrorData  *error = Attempt(fn, arg);

	if (error != NULL && error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	CommitPhase();
	return error;
}

ErrorData *
AttemptCommit(void)
{
	MemoryContext caller = CurrentMemoryContext;
	ErrorData  *volatile error = NULL;

	PG_TRY();
	{
		CommitPhase();
	}
	PG_CATCH();
	{
		/* SPI has begun the next transaction */
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		XactIsoLevel = XACT_READ_COMMITTED;
	}
	PG_END_TRY();
	if (error != NULL)
		SessionLocksRegain();
	return error;
}

void
CheckCanCommit(FunctionCallInfo fcinfo, const char *procedure)
{
	CallContext *call = (CallContext *) fcinfo->context;

	if (call != NULL && IsA(call, CallContext) && !call->atomic)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
			 errmsg("%s cannot run inside a transaction block or a function", procedure),
			 errdetail("The procedure commits as it goes."),
			 errhint("Execute CALL outside a transaction block and not from a function.")));
}

#include "base/compat.h"
#include "partition/busy.h"

#include "access/xact.h"
#include "base/sql.h"
#include "common/pg_prng.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/resowner.h"

#define LOCK_ATTEMPTS 5
#define FIRST_PAUSE_US 50000

static void
SetLockTimeout(int ms)
{
	char		value[16];

	snprintf(value, sizeof(value), "%d", ms);
	(void) set_config_option("lock_timeout", value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/* NULL on success, else the error, with the subtransaction undone. */
static ErrorData *
TryOnce(const Policy *policy, void (*fn) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		int			guc_level = NewGUCNestLevel();

		SetLockTimeout(policy->lock_timeout_ms);
		fn(arg);
		AtEOXact_GUC(true, guc_level);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return error;
}

/* Twice as long each time, and not at the same moment as whoever else waits. */
static void
PauseBeforeRetry(int attempt)
{
	double		jitter = 0.5 + pg_prng_double(&pg_global_prng_state);

	pg_usleep((long) (FIRST_PAUSE_US * (1 << attempt) * jitter));
	CHECK_FOR_INTERRUPTS();
}

static void
ReportBusy(const Policy *policy, ErrorData *error, bool busy_ok)
{
	if (!busy_ok)
		ReThrowError(error);
	ereport(WARNING,
			(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			 errmsg("skipped %s: its lock stayed busy", QuotedRelation(policy->relation)),
			 errhint("It is tried again at the next maintenance.")));
}

bool
WithLockTimeout(const Policy *policy, void (*fn) (void *arg), void *arg, bool busy_ok)
{
	for (int attempt = 0;; attempt++)
	{
		ErrorData  *error = TryOnce(policy, fn, arg);

		if (error == NULL)
			return true;
		if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
			ReThrowError(error);
		if (attempt + 1 == LOCK_ATTEMPTS)
		{
			ReportBusy(policy, error, busy_ok);
			return false;
		}
		FreeErrorData(error);
		PauseBeforeRetry(attempt);
	}
}

#include "base/compat.h"
#include "partition/busy.h"

#include "base/attempt.h"
#include "base/pause.h"
#include "base/sql.h"
#include "common/pg_prng.h"
#include "utils/guc.h"

#define LOCK_ATTEMPTS 5
#define FIRST_PAUSE_MS 50

static void
SetLockTimeout(int ms)
{
	char		value[16];

	snprintf(value, sizeof(value), "%d", ms);
	(void) set_config_option("lock_timeout", value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

typedef struct Try
{
	const Policy *policy;
	void		(*fn) (void *arg);
	void	   *arg;
} Try;

/* A failed subtransaction restores the setting too. */
static void
CallWithTimeout(void *arg)
{
	Try		   *try = arg;
	int			guc_level = NewGUCNestLevel();

	SetLockTimeout(try->policy->lock_timeout_ms);
	try->fn(try->arg);
	AtEOXact_GUC(true, guc_level);
}

/* Twice as long each time, and not at the same moment as whoever else waits. */
static void
PauseBeforeRetry(int attempt)
{
	double		jitter = 0.5 + pg_prng_double(&pg_global_prng_state);

	PauseFor((long) (FIRST_PAUSE_MS * (1 << attempt) * jitter));
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
	Try			try = {policy, fn, arg};

	for (int attempt = 0;; attempt++)
	{
		ErrorData  *error = Attempt(CallWithTimeout, &try);

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

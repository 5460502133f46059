/*
 * busy.c
 *	  DDL that gives up on a busy lock and tries again, instead of queueing everyone behind it.
 */
#include "base/compat.h"
#include "partition/busy.h"

#include "base/attempt.h"
#include "base/pause.h"
#include "base/setting.h"
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
	SettingSet("lock_timeout", value);
}

void
UnderLockTimeout(int lock_timeout_ms, void (*fn) (void *arg), void *arg)
{
	int			guc_level = NewGUCNestLevel();

	SetLockTimeout(lock_timeout_ms);
	fn(arg);
	AtEOXact_GUC(true, guc_level);
}

typedef struct Try
{
	int			lock_timeout_ms;
	void		(*fn) (void *arg);
	void	   *arg;
} Try;

static void
CallWithTimeout(void *arg)
{
	Try		   *try = arg;

	UnderLockTimeout(try->lock_timeout_ms, try->fn, try->arg);
}

/* Twice as long each time, and not at the same moment as whoever else waits. */
static void
PauseBeforeRetry(int attempt)
{
	double		jitter = 0.5 + pg_prng_double(&pg_global_prng_state);

	PauseFor((long) (FIRST_PAUSE_MS * (1 << attempt) * jitter));
}

void
WithLockTimeout(int lock_timeout_ms, void (*fn) (void *arg), void *arg)
{
	Try			try = {lock_timeout_ms, fn, arg};

	for (int attempt = 0;; attempt++)
	{
		ErrorData  *error = Attempt(CallWithTimeout, &try);

		if (error == NULL)
			return;
		if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE || attempt + 1 == LOCK_ATTEMPTS)
			ReThrowError(error);
		FreeErrorData(error);
		PauseBeforeRetry(attempt);
	}
}

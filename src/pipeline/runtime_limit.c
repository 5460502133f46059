/*
 * runtime_limit.c
 *	  A timer that cancels the run of this process, as pg_cancel_backend would.
 */
#include "base/compat.h"
#include "pipeline/runtime_limit.h"

#include <signal.h>

#include "base/errors.h"
#include "base/time_span.h"
#include "base/type_text.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "pipeline/execution.h"
#include "storage/latch.h"
#include "utils/builtins.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

static bool registered = false;
static TimeoutId timeout;
static volatile sig_atomic_t exceeded = false;

static void
CancelRun(void)
{
	exceeded = true;
	InterruptPending = true;
	QueryCancelPending = true;
	SetLatch(MyLatch);
}

void
RuntimeLimitBegin(const Pipeline *p)
{
	exceeded = false;
	if (p->max_runtime == NULL)
		return;
	if (!registered)
		timeout = RegisterTimeout(USER_TIMEOUT, CancelRun);
	registered = true;
	enable_timeout_at(timeout, TimePlus(GetCurrentTimestamp(), p->max_runtime));
}

bool
RuntimeLimitEnd(void)
{
	if (registered)
		disable_timeout(timeout, false);
	return exceeded;
}

ErrorData *
RuntimeLimitError(const Pipeline *p)
{
	return StepError(ERRCODE_ELT_RUNTIME_EXCEEDED,
					 psprintf("pipeline \"%s\" ran longer than max_runtime, %s", p->name,
							  TextOfValue(INTERVALOID, IntervalPGetDatum(p->max_runtime))),
					 "What has landed stays, and the next run continues after it.",
					 psprintf("See elt.steps for where the time went. Use SELECT "
							  "elt.alter_pipeline(%s, options => '{\"max_runtime\": ...}') to allow "
							  "more.", quote_literal_cstr(p->name)));
}

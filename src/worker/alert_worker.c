/*
 * alert_worker.c
 *	  Evaluate the conditions of alerts, and send their messages: elt_catalog.send_alerts.
 *
 * A worker does both at elt.alert_interval while there is an alert, or a message to send. It has a
 * slot of its own, so that it comes also when all others are at work.
 */
#include "base/compat.h"
#include "worker/alert_worker.h"

#include "base/attempt.h"
#include "base/extension.h"
#include "base/lock.h"
#include "base/sql.h"
#include "catalog/alert.h"
#include "catalog/alert_incident.h"
#include "catalog/home.h"
#include "fmgr.h"
#include "ops/alert_query.h"
#include "ops/alert_send.h"
#include "ops/alert_silence.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

static int	alert_interval;
static TimestampTz begun_at = 0;	/* by this scheduler */

void
AlertWorkerInit(void)
{
	DefineCustomIntVariable("elt.alert_interval",
							"Sets how often the conditions of alerts are evaluated, and how long "
							"after a failure a message is sent again.",
							"The delay doubles with each further attempt, up to ten minutes.",
							&alert_interval, 30000, 100, 3600000, PGC_SIGHUP, GUC_UNIT_MS,
							NULL, NULL, NULL);
}

void
AlertsBegin(void)
{
	begun_at = GetCurrentTimestamp();
}

/* A time that lies ahead was that of a clock that was set back since. */
bool
AlertsTime(TimestampTz *when)
{
	TimestampTz now = GetCurrentTimestamp();
	bool		at_once = false;

	if (!AlertsExist(begun_at, &at_once))
		return false;
	*when = at_once || begun_at > now ? now :
		TimestampTzPlusMilliseconds(begun_at, alert_interval);
	return true;
}

/* ---- in the worker ---- */

static void
Evaluate(void *arg)
{
	const Alert *alert = arg;
	AlertFindings findings;

	AlertQueryRun(alert, &findings);
	IncidentsSettle(alert, &findings);
}

typedef struct Unknown
{
	const Alert *alert;
	const char *message;
} Unknown;

static void
RecordUnknown(void *arg)
{
	const Unknown *unknown = arg;

	IncidentsUnknown(unknown->alert, unknown->message);
}

/*
 * Each in a transaction of its own: one that fails, or lasts too long and so cancels itself, keeps no
 * other from it.
 */
static void
EvaluateAll(List *alerts)
{
	ListCell   *lc;

	foreach(lc, alerts)
	{
		ErrorData  *error = Attempt(Evaluate, lfirst(lc));
		Unknown		unknown = {lfirst(lc)};

		CommitPhase();
		if (error == NULL)
			continue;
		unknown.message = error->message;
		(void) Attempt(RecordUnknown, &unknown);
		CommitPhase();
	}
}

static List *
SilentOnes(List *alerts)
{
	TimestampTz now = GetCurrentTimestamp();
	List	   *silent = NIL;
	ListCell   *lc;

	foreach(lc, alerts)
		if (AlertIsSilent(lfirst(lc), now))
			silent = lappend(silent, ((Alert *) lfirst(lc))->name);
	return silent;
}

static void
EvaluateAndSend(void)
{
	List	   *alerts;
	bool		at_once;

	(void) HomeSettle();
	if (!AlertsExist(0, &at_once))
		return;
	alerts = AlertsAll();
	EvaluateAll(alerts);
	AlertsSend(SilentOnes(alerts), alert_interval);
}

/* Of two at the same time one waits. */
static void
EvaluateAndSendAlone(void)
{
	SessionLockTake(LOCK_ALERTS, 0);
	PG_TRY();
	{
		EvaluateAndSend();
	}
	PG_FINALLY();
	{
		SessionLockRelease(LOCK_ALERTS, 0);
	}
	PG_END_TRY();
}

/*
 * elt_catalog.send_alerts()
 *		Commits as it goes.
 */
PG_FUNCTION_INFO_V1(elt_send_alerts);
Datum
elt_send_alerts(PG_FUNCTION_ARGS)
{
	CheckCanCommit(fcinfo, "elt_catalog.send_alerts");
	ExtensionCheckVersion();
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	EvaluateAndSendAlone();
	SPI_finish();
	PG_RETURN_VOID();
}

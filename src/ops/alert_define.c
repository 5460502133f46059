/*
 * alert_define.c
 *	  elt.add_alert, elt.alter_alert and elt.drop_alert.
 */
#include "base/compat.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/extension.h"
#include "base/shmem.h"
#include "base/sql.h"
#include "base/time_span.h"
#include "base/wake.h"
#include "catalog/alert.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "ops/alert_query.h"
#include "ops/alert_rights.h"
#include "utils/timestamp.h"

/* The arguments of add_alert and alter_alert, in their order. */
enum
{
	ARG_ALERT,
	ARG_CONDITION,
	ARG_CHANNEL,
	ARG_PENDING_FOR,
	ARG_THRESHOLD,
	ARG_SEVERITY,
	ARG_PIPELINES,
	ARG_REPEAT_EVERY,
	ARG_NEXT_STEP
};

/* An empty text is none. */
static char *
OptionalText(FunctionCallInfo fcinfo, int n)
{
	char	   *text = TextArg(fcinfo, n);

	return *text == '\0' ? NULL : text;
}

static Interval *
RepeatArgument(FunctionCallInfo fcinfo)
{
	Interval   *interval = PG_GETARG_INTERVAL_P(ARG_REPEAT_EVERY);

	return IntervalSign(interval) == 0 ? NULL : interval;
}

/* What is null stays as it is. */
static void
ReadArguments(FunctionCallInfo fcinfo, Alert *alert)
{
	if (!PG_ARGISNULL(ARG_CONDITION))
		alert->condition = TextArg(fcinfo, ARG_CONDITION);
	if (!PG_ARGISNULL(ARG_CHANNEL))
		alert->channel = TextArg(fcinfo, ARG_CHANNEL);
	if (!PG_ARGISNULL(ARG_PENDING_FOR))
		alert->pending_for = PG_GETARG_INTERVAL_P(ARG_PENDING_FOR);
	if (!PG_ARGISNULL(ARG_THRESHOLD))
		alert->threshold = OptionalText(fcinfo, ARG_THRESHOLD);
	if (!PG_ARGISNULL(ARG_SEVERITY))
		alert->severity = TextArg(fcinfo, ARG_SEVERITY);
	if (!PG_ARGISNULL(ARG_PIPELINES))
		alert->pipelines = TextArrayStrings(PG_GETARG_DATUM(ARG_PIPELINES));
	if (!PG_ARGISNULL(ARG_REPEAT_EVERY))
		alert->repeat_every = RepeatArgument(fcinfo);
	if (!PG_ARGISNULL(ARG_NEXT_STEP))
		alert->next_step = OptionalText(fcinfo, ARG_NEXT_STEP);
}

static void
CheckInterval(const char *name, const Interval *interval)
{
	if (interval != NULL && (IntervalSign(interval) < 0 || IntervalIsTooLong(interval)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative and at most 1000 years", name)));
}

static void
CheckSeverity(const char *severity)
{
	static const char *const severities[] = {"info", "warning", "error", "critical"};

	for (int i = 0; i < lengthof(severities); i++)
		if (strcmp(severity, severities[i]) == 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid severity: \"%s\"", severity),
			 errhint("Valid values are \"info\", \"warning\", \"error\" and \"critical\".")));
}

static void
CheckPipelines(List *pipelines)
{
	Sql			q;
	char	   *unknown;

	SqlBegin(&q, "select min(n) from unnest($1::text[]) n"
			 " where n not in (select name from elt_catalog.pipeline)");
	SqlAddTextArray(&q, pipelines);
	unknown = SqlDoText(&q, AsCatalog());
	if (unknown != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("pipeline \"%s\" does not exist", unknown),
				 errhint("Use SELECT name FROM elt.pipelines to list the pipelines.")));
}

static void
CheckAlert(const Alert *alert)
{
	if (*alert->name == '\0' || strcmp(alert->name, "*") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("the name of an alert must not be empty or \"*\"")));
	(void) AlertChannelNamed(alert->channel);
	CheckInterval("pending_for", alert->pending_for);
	CheckInterval("repeat_every", alert->repeat_every);
	CheckSeverity(alert->severity);
	CheckPipelines(alert->pipelines);
	AlertQueryCheck(alert);
}

static char *
BeginCall(FunctionCallInfo fcinfo)
{
	RequireArg(fcinfo, ARG_ALERT, "alert");
	ExtensionCheckVersion();
	return TextArg(fcinfo, ARG_ALERT);
}

/*
 * elt.add_alert(alert, condition, channel, ...)
 */
PG_FUNCTION_INFO_V1(elt_add_alert);
Datum
elt_add_alert(PG_FUNCTION_ARGS)
{
	Alert		alert = {.name = BeginCall(fcinfo), .owner = GetUserId(),
		.silent_from = DT_NOBEGIN, .silent_until = DT_NOBEGIN, .silent_time_zone = "UTC"};

	RequireArg(fcinfo, ARG_CONDITION, "condition");
	RequireArg(fcinfo, ARG_CHANNEL, "channel");
	RequireArg(fcinfo, ARG_PENDING_FOR, "pending_for");
	RequireArg(fcinfo, ARG_SEVERITY, "severity");
	RequirePreload("elt.add_alert");
	SPI_connect();
	CheckMayDefineAlerts();
	ReadArguments(fcinfo, &alert);
	if (AlertByName(alert.name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("alert \"%s\" already exists", alert.name),
				 errhint("Use elt.alter_alert to change it.")));
	CheckAlert(&alert);
	AlertInsert(&alert);
	WakeSchedulerAtCommit();
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_ALERT));
}

/*
 * elt.alter_alert(alert, condition, channel, ...)
 */
PG_FUNCTION_INFO_V1(elt_alter_alert);
Datum
elt_alter_alert(PG_FUNCTION_ARGS)
{
	char	   *name = BeginCall(fcinfo);
	Alert	   *alert;

	SPI_connect();
	CheckMayDefineAlerts();
	alert = AlertNamed(name);
	if (!PG_ARGISNULL(ARG_CONDITION))
		CheckMayDoAs(alert->owner, psprintf("the condition of alert \"%s\"", name));
	ReadArguments(fcinfo, alert);
	CheckAlert(alert);
	AlertUpdate(alert);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_ALERT));
}

/*
 * elt.drop_alert(alert, if_exists)
 */
PG_FUNCTION_INFO_V1(elt_drop_alert);
Datum
elt_drop_alert(PG_FUNCTION_ARGS)
{
	char	   *name = BeginCall(fcinfo);

	RequireArg(fcinfo, 1, "if_exists");
	SPI_connect();
	CheckMayDefineAlerts();
	if (PG_GETARG_BOOL(1) && AlertByName(name) == NULL)
		ereport(NOTICE, (errmsg("alert \"%s\" does not exist, skipping", name)));
	else
		AlertDelete(AlertNamed(name));
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_ALERT));
}

/*
 * alert_channel_define.c
 *	  elt.set_alert_channel, elt.drop_alert_channel and elt.test_alert_channel.
 */
#include "base/compat.h"

#include "base/arguments.h"
#include "base/closest_name.h"
#include "base/errors.h"
#include "base/extension.h"
#include "base/shmem.h"
#include "base/sql.h"
#include "base/wake.h"
#include "catalog/alert.h"
#include "catalog/alert_delivery.h"
#include "catalog/namespace.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "ops/alert_rights.h"
#include "ops/alert_send.h"
#include "source/webhook.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

static const char *const fact_names[] = {"key", "alert", "subject", "state", "severity", "message",
"next_step", "since", "ended_at", "database", "title", "text", "event_action", "color"};

static char *
ChannelOfCall(FunctionCallInfo fcinfo)
{
	RequireArg(fcinfo, 0, "channel");
	ExtensionCheckVersion();
	return TextArg(fcinfo, 0);
}

static char *
OptionalJson(FunctionCallInfo fcinfo, int n)
{
	Jsonb	   *json;

	if (PG_ARGISNULL(n))
		return NULL;
	json = PG_GETARG_JSONB_P(n);
	return JsonbToCString(NULL, &json->root, VARSIZE(json));
}

static void
Require(const AlertChannel *channel, const char *name, const char *value, const char *hint)
{
	if (value == NULL || *value == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("channel kind \"%s\" requires %s", channel->kind, name),
				 errhint("%s", hint)));
}

static void
Refuse(const AlertChannel *channel, const char *name, const char *value)
{
	if (value != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("channel kind \"%s\" takes no %s", channel->kind, name)));
}

/* A person reads so many; a service that closes what it has opened needs each of them. */
#define CHAT_PER_MINUTE 20

static bool
IsKind(const AlertChannel *channel, const char *kind)
{
	return strcmp(channel->kind, kind) == 0;
}

static void
SetLimit(AlertChannel *channel, FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
	{
		if (IsKind(channel, "slack") || IsKind(channel, "teams"))
			channel->max_per_minute = CHAT_PER_MINUTE;
		return;
	}
	if (IsKind(channel, "notify") || IsKind(channel, "table") || IsKind(channel, "pagerduty"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("channel kind \"%s\" takes no max_per_minute", channel->kind),
				 errdetail("Its receiver needs each message.")));
	channel->max_per_minute = PG_GETARG_INT32(n);
	if (channel->max_per_minute < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_per_minute must be greater than zero")));
}

static void
CheckPlaceholder(const char *name)
{
	List	   *known = NIL;
	const char *closest;

	for (int i = 0; i < lengthof(fact_names); i++)
	{
		if (strcmp(name, fact_names[i]) == 0)
			return;
		known = lappend(known, pstrdup(fact_names[i]));
	}
	closest = ClosestName(name, known);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown placeholder {%s} in template", name),
			 closest ? errhint("Perhaps you meant {%s}.", closest) :
			 errhint("Use {title}, {text} or another placeholder of the documentation.")));
}

static void
CheckTemplate(const char *template)
{
	List	   *names;
	ListCell   *lc;

	if (template == NULL)
		return;
	if (!WebhookTemplateIsValid(template, &names))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("template must be a JSON object"),
				 errhint("Specify for example '{\"text\": \"{title}: {text}\"}'.")));
	foreach(lc, names)
		CheckPlaceholder(lfirst(lc));
}

static void
CheckNotifyChannel(const AlertChannel *channel)
{
	Require(channel, "destination", channel->destination, "Specify the channel of NOTIFY.");
	if (strlen(channel->destination) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("destination \"%s\" is too long", channel->destination),
				 errdetail("The channel of NOTIFY has at most %d bytes.", NAMEDATALEN - 1)));
}

static void
CheckLocalOptions(const AlertChannel *channel)
{
	Refuse(channel, "server", channel->server);
	Refuse(channel, "template", channel->template);
	if (IsKind(channel, "log"))
		Refuse(channel, "destination", channel->destination);
	else if (IsKind(channel, "notify"))
		CheckNotifyChannel(channel);
	else if (IsKind(channel, "table"))
		Require(channel, "destination", channel->destination,
				"Specify a table that has columns such as alert, subject, state and message.");
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid kind of channel: \"%s\"", channel->kind),
				 errhint("Valid values are \"log\", \"notify\", \"table\", \"webhook\", \"slack\", "
						 "\"teams\" and \"pagerduty\".")));
}

/* With its schema, as the owner's search_path does not apply when it is written to. */
static char *
QualifiedTable(const char *name)
{
	List	   *names = textToQualifiedNameList(cstring_to_text(name));
	Oid			relation = RangeVarGetRelid(makeRangeVarFromNameList(names), AccessShareLock, false);

	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
									  get_rel_name(relation));
}

static void
CheckLocal(AlertChannel *channel)
{
	CheckLocalOptions(channel);
	if (!IsKind(channel, "table"))
		return;
	channel->destination = QualifiedTable(channel->destination);
	AlertTableCheck(channel);
}

static void
CheckChannel(AlertChannel *channel)
{
	if (*channel->name == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("the name of a channel must not be empty")));
	if (ReadyTemplate(channel->kind) == NULL)
	{
		CheckLocal(channel);
		return;
	}
	Require(channel, "server", channel->server, "Specify a server of elt_http, whose user mapping "
			"holds the secret.");
	CheckTemplate(channel->template);
	WebhookCheck(channel->owner, channel->server);
}

/*
 * elt.set_alert_channel(channel, kind, server, destination, template, max_per_minute)
 *		Its owner becomes who calls.
 */
PG_FUNCTION_INFO_V1(elt_set_alert_channel);
Datum
elt_set_alert_channel(PG_FUNCTION_ARGS)
{
	AlertChannel channel = {.name = ChannelOfCall(fcinfo), .owner = GetUserId()};
	AlertChannel *old;

	RequireArg(fcinfo, 1, "kind");
	channel.kind = TextArg(fcinfo, 1);
	channel.server = TextArgOrNull(fcinfo, 2);
	channel.destination = TextArgOrNull(fcinfo, 3);
	channel.template = OptionalJson(fcinfo, 4);
	SetLimit(&channel, fcinfo, 5);
	SPI_connect();
	CheckMayDefineAlerts();
	old = AlertChannelByName(channel.name);
	if (old != NULL)
		CheckMayDoAs(old->owner, psprintf("alert channel \"%s\"", channel.name));
	CheckChannel(&channel);
	AlertChannelStore(&channel);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

static void
CheckIsUnused(const char *name)
{
	char	   *alert = AlertOfChannel(name);

	if (alert != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot drop alert channel \"%s\" because alert \"%s\" uses it", name,
						alert),
				 errhint("Use elt.drop_alert, or elt.alter_alert(%s, channel => ...).",
						 quote_literal_cstr(alert))));
}

PG_FUNCTION_INFO_V1(elt_drop_alert_channel);
Datum
elt_drop_alert_channel(PG_FUNCTION_ARGS)
{
	char	   *name = ChannelOfCall(fcinfo);

	RequireArg(fcinfo, 1, "if_exists");
	SPI_connect();
	CheckMayDefineAlerts();
	if (PG_GETARG_BOOL(1) && AlertChannelByName(name) == NULL)
		ereport(NOTICE, (errmsg("alert channel \"%s\" does not exist, skipping", name)));
	else
	{
		(void) AlertChannelNamed(name);
		CheckIsUnused(name);
		AlertChannelDelete(name);
	}
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

PG_FUNCTION_INFO_V1(elt_test_alert_channel);
Datum
elt_test_alert_channel(PG_FUNCTION_ARGS)
{
	char	   *name = ChannelOfCall(fcinfo);
	int64		id;

	RequirePreload("elt.test_alert_channel");
	SPI_connect();
	CheckMayDefineAlerts();
	(void) AlertChannelNamed(name);
	id = DeliveryTest(name);
	WakeSchedulerAtCommit();
	SPI_finish();
	PG_RETURN_INT64(id);
}

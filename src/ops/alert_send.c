/*
 * alert_send.c
 *	  From queued messages to receivers in the database and outside of it.
 *
 * What stays in the database is sent in the transaction that records it. Requests are made together
 * and outside of transactions, so that a receiver that hangs holds up no other.
 */
#include "base/compat.h"
#include "ops/alert_send.h"

#include "base/attempt.h"
#include "base/sql.h"
#include "catalog/alert_delivery.h"
#include "commands/async.h"
#include "source/webhook.h"
#include "transport/page.h"

#define ANSWER_MEMORY (64 * 1024)

/* What NOTIFY takes in one page of its queue. */
#define LONGEST_NOTICE (BLCKSZ - NAMEDATALEN - 128)

/* A message on its way. */
typedef struct Sending
{
	AlertDelivery *delivery;
	Webhook    *webhook;		/* NULL: it stays in the database */
	const char *problem;		/* NULL: none */
	int			http_status;
	int64		retry_after_ms;
} Sending;

static const char *
FactValue(const char *name, void *arg)
{
	const AlertDelivery *delivery = arg;
	ListCell   *lc;

	foreach(lc, delivery->facts)
	{
		const AlertFact *fact = lfirst(lc);

		if (strcmp(fact->name, name) == 0)
			return fact->value;
	}
	return "";
}

/* ---- in the database ---- */

/* json NULL: only check whether that may be done. The table is named with its schema. */
static void
InsertRow(const AlertChannel *channel, const char *json)
{
	const char *table = channel->destination;
	Sql			q;

	SqlBegin(&q, psprintf("insert into %s select (jsonb_populate_record(null::%s, $1)).*%s", table,
						  table, json == NULL ? " where false" : ""));
	SqlAddJsonb(&q, json == NULL ? "{}" : json);
	SqlDo(&q, channel->owner);
}

void
AlertTableCheck(const AlertChannel *channel)
{
	InsertRow(channel, NULL);
}

static void
WriteLog(AlertDelivery *d)
{
	const char *title = FactValue("title", d);
	const char *text = FactValue("text", d);

	if (strcmp(FactValue("state", d), "firing") == 0)
		ereport(WARNING, (errmsg("%s", title), errdetail_internal("%s", text), errhidestmt(true)));
	else
		ereport(LOG, (errmsg("%s", title), errdetail_internal("%s", text), errhidestmt(true)));
}

/* A message that does not fit says so, and where the whole is. */
static void
Notify(const AlertChannel *channel, const AlertDelivery *d)
{
	const char *payload = d->json;
	Sql			q;

	if (strlen(payload) >= LONGEST_NOTICE)
	{
		SqlBegin(&q, "select elt_catalog.alert_notice($1, $2)::text");
		SqlAddInt8(&q, d->id);
		SqlAddJsonb(&q, d->json);
		payload = SqlDoText(&q, AsCatalog());
	}
	Async_Notify(channel->destination, payload);
}

/* False: it is a request to be made later. */
static bool
SendLocally(const AlertChannel *channel, AlertDelivery *d)
{
	if (strcmp(channel->kind, "log") == 0)
		WriteLog(d);
	else if (strcmp(channel->kind, "notify") == 0)
		Notify(channel, d);
	else if (strcmp(channel->kind, "table") == 0)
		InsertRow(channel, d->json);
	else
		return false;
	DeliverySent(d->id, 0);
	return true;
}

/* ---- outside of it ---- */

/* A receiver that knows the key can tell a message that it has already. */
static List *
KeyHeader(const AlertDelivery *d)
{
	return list_make1(psprintf("Idempotency-Key: %s-%s-" INT64_FORMAT, d->key, d->event, d->id));
}

static Webhook *
Prepare(const AlertChannel *channel, AlertDelivery *d)
{
	char	   *template = channel->template != NULL ? channel->template :
		ReadyTemplate(channel->kind);

	if (template == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("invalid kind of channel: \"%s\"", channel->kind)));
	return WebhookCreate(channel->owner, channel->server, channel->destination,
						 WebhookFill(template, FactValue, d),
						 KeyHeader(d));
}

static void
Begin(void *arg)
{
	Sending    *sending = arg;
	AlertChannel *channel = AlertChannelByName(sending->delivery->channel);

	if (channel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("alert channel \"%s\" does not exist", sending->delivery->channel)));
	if (!SendLocally(channel, sending->delivery))
		sending->webhook = Prepare(channel, sending->delivery);
}

static void
Record(void *arg)
{
	const Sending *s = arg;

	if (s->problem == NULL)
		DeliverySent(s->delivery->id, s->http_status);
	else
		DeliveryRefused(s->delivery->id, s->http_status, s->problem, s->retry_after_ms);
}

static void
Finish(Sending *sending)
{
	ErrorData  *error = AttemptAndCommit(Record, sending);

	if (error != NULL)
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("could not record what became of alert message %lld: %s",
						(long long) sending->delivery->id, error->message)));
}

static Sending *
BeginSending(AlertDelivery *delivery)
{
	Sending    *sending = palloc0(sizeof(Sending));
	ErrorData  *error;

	sending->delivery = delivery;
	error = AttemptAndCommit(Begin, sending);
	if (error == NULL)
		return sending;
	sending->webhook = NULL;
	sending->problem = error->message;
	Finish(sending);
	return sending;
}

static void
TakeAnswer(FetchedPage *page)
{
	Sending    *sending = page->tag;

	sending->http_status = page->status;
	sending->problem = WebhookProblem(sending->webhook, page);
	sending->retry_after_ms = page->retry_after_ms;
	if (sending->problem != NULL)
		sending->problem = pstrdup(sending->problem);
	PageFree(page);
	Finish(sending);
}

static void
Post(List *sendings)
{
	Transport  *transport = TransportOpen(ANSWER_MEMORY);
	ListCell   *lc;

	foreach(lc, sendings)
	{
		Sending    *sending = lfirst(lc);

		sending->webhook->request.tag = sending;
		TransportSubmit(transport, &sending->webhook->request);
	}
	while (TransportInFlight(transport) > 0)
	{
		FetchedPage *page = TransportWait(transport, -1);

		if (page != NULL)
			TakeAnswer(page);
	}
	TransportClose(transport);
}

static void
SendAll(List *deliveries)
{
	List	   *requests = NIL;
	ListCell   *lc;

	foreach(lc, deliveries)
	{
		Sending    *sending = BeginSending(lfirst(lc));

		if (sending->webhook != NULL)
			requests = lappend(requests, sending);
	}
	if (requests != NIL)
		Post(requests);
}

void
AlertsSend(List *silent, int delay_ms)
{
	List	   *deliveries;

	while ((deliveries = DeliveriesClaim(silent, delay_ms)) != NIL)
	{
		CommitPhase();
		SendAll(deliveries);
	}
}

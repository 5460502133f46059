/*
 * alert_incident.c
 *	  Read and write elt_catalog.alert_incident, and queue messages in elt_catalog.alert_delivery.
 */
#include "base/compat.h"
#include "catalog/alert_incident.h"

#include "base/sql.h"
#include "utils/builtins.h"

#define MESSAGE(event, i, channel) \
	"select a.name, " channel ", " i ".subject, '" event "', " i ".key, elt_catalog.alert_facts(a.name," \
	" a.severity, " i ".subject, " i ".message, " i ".next_step, " i ".since, " i ".key, '" event "')" \
	" from elt_catalog.alert a"

#define INTO_DELIVERY \
	"insert into elt_catalog.alert_delivery (alert, channel, subject, event, key, facts) "

/*
 * Nobody needs to hear of the end of what nobody has heard of. Others do, also when the alert has
 * another channel since.
 */
static void
Resolve(const Alert *alert, const AlertFindings *findings)
{
	Sql			q;

	SqlBegin(&q, "with gone as (delete from elt_catalog.alert_incident"
			 " where alert_id = $1 and subject <> all ($2) returning *),"
			 " unheard as (delete from elt_catalog.alert_delivery d using gone g where d.key = g.key"
			 " and d.state = 'pending' and d.attempts = 0 returning d.id, d.key, d.event) "
			 INTO_DELIVERY MESSAGE("resolved", "g", "h.channel") " join gone g on g.alert_id = a.id"
			 " cross join lateral (select distinct d.channel from elt_catalog.alert_delivery d"
			 " join elt_catalog.alert_channel c on c.name = d.channel where d.key = g.key"
			 " and d.state <> 'failed' and d.id not in (select u.id from unheard u)) h"
			 " where g.state = 'firing'"
			 " and not exists (select from unheard u where u.key = g.key and u.event = 'firing')");
	SqlAddInt4(&q, alert->id);
	SqlAddTextArray(&q, findings->subjects);
	SqlDo(&q, AsCatalog());
}

static void
Add(const Alert *alert, const AlertFindings *findings)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.alert_incident as i (alert_id, subject, state, message, next_step)"
			 " select $1, s, 'pending', m, coalesce(nullif(n, ''), $5, '')"
			 " from unnest($2::text[], $3::text[], $4::text[]) f(s, m, n)"
			 " on conflict (alert_id, subject) do update set message = excluded.message,"
			 " next_step = excluded.next_step where i.message <> excluded.message"
			 " or i.next_step <> excluded.next_step");
	SqlAddInt4(&q, alert->id);
	SqlAddTextArray(&q, findings->subjects);
	SqlAddTextArray(&q, findings->messages);
	SqlAddTextArray(&q, findings->next_steps);
	SqlAddText(&q, alert->next_step);
	SqlDo(&q, AsCatalog());
}

/* A time that lies ahead shows that the clock was set back: it is not waited for. */
static void
Fire(const Alert *alert)
{
	Sql			q;

	SqlBegin(&q, "with fired as (update elt_catalog.alert_incident i set state = 'firing',"
			 " told_at = clock_timestamp() from elt_catalog.alert a where a.id = $1 and i.alert_id = $1"
			 " and i.state = 'pending' and (i.since <= clock_timestamp() - a.pending_for"
			 " or i.since > clock_timestamp() + interval '1 minute') returning i.*) "
			 INTO_DELIVERY MESSAGE("firing", "f", "a.channel") " join fired f on f.alert_id = a.id");
	SqlAddInt4(&q, alert->id);
	SqlDo(&q, AsCatalog());
}

static void
Remind(const Alert *alert)
{
	Sql			q;

	if (alert->repeat_every == NULL)
		return;
	SqlBegin(&q, "with due as (update elt_catalog.alert_incident i set told_at = clock_timestamp()"
			 " from elt_catalog.alert a where a.id = $1 and i.alert_id = $1 and i.state = 'firing'"
			 " and i.told_at <= clock_timestamp() - a.repeat_every"
			 " and not exists (select from elt_catalog.alert_delivery d where d.key = i.key"
			 " and d.state = 'pending') returning i.*) "
			 INTO_DELIVERY MESSAGE("reminder", "f", "a.channel") " join due f on f.alert_id = a.id");
	SqlAddInt4(&q, alert->id);
	SqlDo(&q, AsCatalog());
}

static void
AddAndFire(const Alert *alert, const AlertFindings *findings)
{
	Add(alert, findings);
	Fire(alert);
	Remind(alert);
}

void
IncidentsSettle(const Alert *alert, const AlertFindings *findings)
{
	Resolve(alert, findings);
	AddAndFire(alert, findings);
}

void
IncidentsUnknown(const Alert *alert, const char *message)
{
	AlertFindings findings = {list_make1("condition"), list_make1(psprintf("the condition could "
																		   "not be evaluated: %s",
																		   message)),
		list_make1(psprintf("SELECT condition, threshold FROM elt.alerts WHERE alert = %s",
							quote_literal_cstr(alert->name)))};

	AddAndFire(alert, &findings);
}

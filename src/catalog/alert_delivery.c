/*
 * alert_delivery.c
 *	  Read and write elt_catalog.alert_delivery.
 */
#include "base/compat.h"
#include "catalog/alert_delivery.h"

#include "base/sql.h"

#define MAX_ATTEMPTS 12
#define MESSAGES_AT_A_TIME 50
#define LONGEST_DELAY_MS (10 * 60 * 1000)
#define LONGEST_RETRY_AFTER_MS (60 * 60 * 1000)

static List *
ReadFacts(Sql *q, uint64 row)
{
	List	   *names = SqlTextArray(q, row, 6);
	List	   *values = SqlTextArray(q, row, 7);
	List	   *facts = NIL;
	ListCell   *name;
	ListCell   *value;

	forboth(name, names, value, values)
	{
		AlertFact  *fact = palloc(sizeof(AlertFact));

		fact->name = lfirst(name);
		fact->value = lfirst(value);
		facts = lappend(facts, fact);
	}
	return facts;
}

/* Whose process ended in each attempt. */
static void
GiveUp(void)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.alert_delivery set state = 'failed', error = coalesce(error,"
			 " 'the process that sent it ended each time') where state = 'pending'"
			 " and attempts >= $1 and next_try_at <= clock_timestamp()");
	SqlAddInt4(&q, MAX_ATTEMPTS);
	SqlDo(&q, AsCatalog());
}

/* Messages of a channel with a limit that may be sent, and for how many the minute has room. */
#define LIMITED \
	"select d.id, d.channel, d.facts, d.event, row_number() over (partition by d.channel" \
	" order by d.event = 'summary' desc, d.id) as place," \
	" count(*) over (partition by d.channel) as messages," \
	" c.max_per_minute - (select count(*) from elt_catalog.alert_delivery t where t.channel = d.channel" \
	" and t.tried_at between clock_timestamp() - interval '1 minute' and clock_timestamp()) as room" \
	" from elt_catalog.alert_delivery d join elt_catalog.alert_channel c on c.name = d.channel" \
	" where d.state = 'pending' and c.max_per_minute is not null and coalesce(d.alert, '') <> all ($1)" \
	" and (d.next_try_at <= clock_timestamp() or d.tried_at > clock_timestamp() + interval '1 minute')"

/* The last message for which a minute has room stands for all that would come after it. */
static void
SumUp(List *silent)
{
	Sql			q;

	SqlBegin(&q, "with rest as (select l.id, l.channel, l.facts from (" LIMITED ") l"
			 " where l.room > 0 and l.messages > l.room and l.place >= l.room"
			 " and l.event not in ('summary', 'test')),"
			 " summed_up as (update elt_catalog.alert_delivery d set state = 'summed_up', error = null"
			 " from rest r where d.id = r.id)"
			 " insert into elt_catalog.alert_delivery (channel, subject, event, key, facts)"
			 " select s.channel, s.messages || ' messages', 'summary', k.key,"
			 " elt_catalog.alert_summary(s.facts, k.key)"
			 " from (select r.channel, count(*) as messages, array_agg(r.facts order by r.id) as facts"
			 " from rest r group by r.channel) s,"
			 " lateral (select gen_random_uuid() where s.channel <> '') k(key)");
	SqlAddTextArray(&q, silent);
	SqlDo(&q, AsCatalog());
}

/* Of one incident in order, so that its end is not told before its beginning. */
List *
DeliveriesClaim(List *silent, int delay_ms)
{
	static const char *claim =
		"update elt_catalog.alert_delivery d set attempts = d.attempts + 1, tried_at = clock_timestamp(), "
		"next_try_at = clock_timestamp() "
		"+ least($2 * 2 ^ d.attempts, $3) * (0.875 + random() / 4) * interval '1 millisecond' "
		"where d.id in (select c.id from elt_catalog.alert_delivery c where c.state = 'pending' "
		"and (c.next_try_at <= clock_timestamp() or c.tried_at > clock_timestamp() + interval '1 minute') "
		"and coalesce(c.alert, '') <> all ($1) "
		"and not exists (select from (" LIMITED ") l where l.id = c.id and l.place > l.room) "
		"and not exists (select from elt_catalog.alert_delivery e where e.key = c.key "
		"and e.state = 'pending' and e.id < c.id) order by c.id limit $4 for update skip locked) "
		"returning d.id, d.channel, d.event, d.key::text, d.facts::text, "
		"array(select f.key from jsonb_each_text(d.facts) f order by f.key), "
		"array(select coalesce(f.value, '') from jsonb_each_text(d.facts) f order by f.key)";
	Sql			q;
	List	   *deliveries = NIL;

	GiveUp();
	SumUp(silent);
	SqlBegin(&q, claim);
	SqlAddTextArray(&q, silent);
	SqlAddFloat8(&q, delay_ms);
	SqlAddFloat8(&q, LONGEST_DELAY_MS);
	SqlAddInt4(&q, MESSAGES_AT_A_TIME);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		AlertDelivery *d = palloc0(sizeof(AlertDelivery));

		d->id = SqlInt8(&q, i, 1, NULL);
		d->channel = SqlText(&q, i, 2);
		d->event = SqlText(&q, i, 3);
		d->key = SqlText(&q, i, 4);
		d->json = SqlText(&q, i, 5);
		d->facts = ReadFacts(&q, i);
		deliveries = lappend(deliveries, d);
	}
	SqlDone(&q);
	return deliveries;
}

void
DeliverySent(int64 id, int http_status)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.alert_delivery set state = 'sent', sent_at = clock_timestamp(),"
			 " http_status = nullif($2, 0), error = null where id = $1");
	SqlAddInt8(&q, id);
	SqlAddInt4(&q, http_status);
	SqlDo(&q, AsCatalog());
}

void
DeliveryRefused(int64 id, int http_status, const char *error, int64 retry_after_ms)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.alert_delivery set http_status = nullif($2, 0), error = $3,"
			 " state = case when attempts >= $5 then 'failed' else state end,"
			 " next_try_at = greatest(next_try_at, clock_timestamp() + $4 * interval '1 millisecond')"
			 " where id = $1 and state = 'pending'");
	SqlAddInt8(&q, id);
	SqlAddInt4(&q, http_status);
	SqlAddText(&q, error);
	SqlAddInt8(&q, Min(Max(retry_after_ms, 0), LONGEST_RETRY_AFTER_MS));
	SqlAddInt4(&q, MAX_ATTEMPTS);
	SqlDo(&q, AsCatalog());
}

int64
DeliveryTest(const char *channel)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.alert_delivery (channel, subject, event, key, facts)"
			 " select $1, 'channel ' || $1, 'test', k.key, elt_catalog.alert_facts('test', 'info',"
			 " 'channel ' || $1, 'This is a test of the channel.', '', clock_timestamp(), k.key, 'test')"
			 " from gen_random_uuid() k(key) returning id");
	SqlAddText(&q, channel);
	return SqlDoInt8(&q, AsCatalog());
}

/*
 * alert.c
 *	  Read and write elt_catalog.alert and elt_catalog.alert_channel.
 */
#include "base/compat.h"
#include "catalog/alert.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "utils/timestamp.h"

#define ALERT_COLUMNS \
	"id, name, owner::oid, condition, threshold, channel, pending_for, repeat_every, severity, pipelines," \
	" next_step, silent_from, silent_until, silent_schedule, silent_for, silent_time_zone"

/* A copy of another database tells nobody: its original does. */
bool
AlertsExist(TimestampTz since, bool *at_once)
{
	Sql			q;
	bool		exist;

	SqlBeginKept(&q,
				 "select (exists (select from elt_catalog.alert) or exists"
				 " (select from elt_catalog.alert_delivery where state = 'pending'))"
				 " and not exists (select from elt_catalog.home where restored_at is not null),"
				 " exists (select from elt_catalog.alert_delivery where state = 'pending'"
				 " and event = 'test' and created_at > $1)");
	SqlAddTime(&q, since);
	SqlRun(&q, AsCatalog());
	exist = SqlBool(&q, 0, 1);
	*at_once = SqlBool(&q, 0, 2);
	SqlDone(&q);
	return exist;
}

static TimestampTz
TimeOrNoBegin(Sql *q, uint64 row, int column)
{
	bool		isnull;
	TimestampTz time = SqlTime(q, row, column, &isnull);

	return isnull ? DT_NOBEGIN : time;
}

static Alert *
ReadAlert(Sql *q, uint64 row)
{
	Alert	   *a = palloc0(sizeof(Alert));

	a->id = SqlInt4(q, row, 1, NULL);
	a->name = SqlText(q, row, 2);
	a->owner = DatumGetObjectId(SqlDatum(q, row, 3, NULL));
	a->condition = SqlText(q, row, 4);
	a->threshold = SqlText(q, row, 5);
	a->channel = SqlText(q, row, 6);
	a->pending_for = SqlInterval(q, row, 7);
	a->repeat_every = SqlInterval(q, row, 8);
	a->severity = SqlText(q, row, 9);
	a->pipelines = SqlTextArray(q, row, 10);
	a->next_step = SqlText(q, row, 11);
	a->silent_from = TimeOrNoBegin(q, row, 12);
	a->silent_until = TimeOrNoBegin(q, row, 13);
	a->silent_schedule = SqlText(q, row, 14);
	a->silent_for = SqlInterval(q, row, 15);
	a->silent_time_zone = SqlText(q, row, 16);
	return a;
}

List *
AlertsAll(void)
{
	Sql			q;
	List	   *alerts = NIL;

	SqlBegin(&q, "select " ALERT_COLUMNS " from elt_catalog.alert order by id");
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		alerts = lappend(alerts, ReadAlert(&q, i));
	SqlDone(&q);
	return alerts;
}

Alert *
AlertByName(const char *name)
{
	Sql			q;
	Alert	   *alert = NULL;

	SqlBegin(&q, "select " ALERT_COLUMNS " from elt_catalog.alert where name = $1 for update");
	SqlAddText(&q, name);
	if (SqlRun(&q, AsCatalog()) == 1)
		alert = ReadAlert(&q, 0);
	SqlDone(&q);
	return alert;
}

static void
AddIntervalOrNull(Sql *q, const Interval *interval)
{
	if (interval == NULL)
		SqlAdd(q, INTERVALOID, (Datum) 0, true);
	else
		SqlAddInterval(q, interval);
}

static void
AddTime(Sql *q, TimestampTz time)
{
	SqlAddTimeOrNull(q, time, TIMESTAMP_IS_NOBEGIN(time));
}

static void
Write(const char *statement, const Alert *a)
{
	Sql			q;

	SqlBegin(&q, statement);
	SqlAddText(&q, a->name);
	SqlAddOid(&q, REGROLEOID, a->owner);
	SqlAddText(&q, a->condition);
	SqlAddText(&q, a->threshold);
	SqlAddText(&q, a->channel);
	SqlAddInterval(&q, a->pending_for);
	AddIntervalOrNull(&q, a->repeat_every);
	SqlAddText(&q, a->severity);
	SqlAddTextArray(&q, a->pipelines);
	SqlAddText(&q, a->next_step);
	AddTime(&q, a->silent_from);
	AddTime(&q, a->silent_until);
	SqlAddText(&q, a->silent_schedule);
	AddIntervalOrNull(&q, a->silent_for);
	SqlAddText(&q, a->silent_time_zone);
	SqlDo(&q, AsCatalog());
}

void
AlertInsert(const Alert *alert)
{
	Write("insert into elt_catalog.alert (name, owner, condition, threshold, channel, pending_for,"
		  " repeat_every, severity, pipelines, next_step, silent_from, silent_until, silent_schedule,"
		  " silent_for, silent_time_zone)"
		  " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)", alert);
}

void
AlertUpdate(const Alert *alert)
{
	Write("update elt_catalog.alert set owner = $2, condition = $3, threshold = $4, channel = $5,"
		  " pending_for = $6, repeat_every = $7, severity = $8, pipelines = $9, next_step = $10,"
		  " silent_from = $11, silent_until = $12, silent_schedule = $13, silent_for = $14,"
		  " silent_time_zone = $15 where name = $1", alert);
}

void
AlertDelete(const Alert *alert)
{
	Sql			q;

	SqlBegin(&q, "with gone as (delete from elt_catalog.alert where id = $1 returning name)"
			 " delete from elt_catalog.alert_delivery d using gone g"
			 " where d.alert = g.name and d.state = 'pending'");
	SqlAddInt4(&q, alert->id);
	SqlDo(&q, AsCatalog());
}

bool
ReadyCondition(const char *name, char **query, char **threshold)
{
	Sql			q;
	bool		found;

	SqlBegin(&q, "select query, threshold from elt.alert_conditions where condition = $1");
	SqlAddText(&q, name);
	found = SqlRun(&q, AsCatalog()) == 1;
	if (found)
	{
		*query = SqlText(&q, 0, 1);
		*threshold = SqlText(&q, 0, 2);
	}
	SqlDone(&q);
	return found;
}

/* ---- channels ---- */

AlertChannel *
AlertChannelByName(const char *name)
{
	Sql			q;
	AlertChannel *c = NULL;

	SqlBegin(&q, "select name, owner::oid, kind, server, destination, template,"
			 " coalesce(max_per_minute, 0)"
			 " from elt_catalog.alert_channel where name = $1");
	SqlAddText(&q, name);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		c = palloc0(sizeof(AlertChannel));
		c->name = SqlText(&q, 0, 1);
		c->owner = DatumGetObjectId(SqlDatum(&q, 0, 2, NULL));
		c->kind = SqlText(&q, 0, 3);
		c->server = SqlText(&q, 0, 4);
		c->destination = SqlText(&q, 0, 5);
		c->template = SqlText(&q, 0, 6);
		c->max_per_minute = SqlInt4(&q, 0, 7, NULL);
	}
	SqlDone(&q);
	return c;
}

void
AlertChannelStore(const AlertChannel *c)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.alert_channel (name, owner, kind, server, destination,"
			 " template, max_per_minute) values ($1, $2, $3, $4, $5, $6, nullif($7, 0))"
			 " on conflict (name) do update"
			 " set owner = excluded.owner, kind = excluded.kind, server = excluded.server,"
			 " destination = excluded.destination, template = excluded.template,"
			 " max_per_minute = excluded.max_per_minute");
	SqlAddText(&q, c->name);
	SqlAddOid(&q, REGROLEOID, c->owner);
	SqlAddText(&q, c->kind);
	SqlAddText(&q, c->server);
	SqlAddText(&q, c->destination);
	SqlAddText(&q, c->template);
	SqlAddInt4(&q, c->max_per_minute);
	SqlDo(&q, AsCatalog());
}

void
AlertChannelDelete(const char *name)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.alert_channel where name = $1");
	SqlAddText(&q, name);
	SqlDo(&q, AsCatalog());
}

static char *
TextFor(const char *query, const char *name)
{
	Sql			q;

	SqlBegin(&q, query);
	SqlAddText(&q, name);
	return SqlDoText(&q, AsCatalog());
}

char *
AlertOfChannel(const char *name)
{
	return TextFor("select min(name) from elt_catalog.alert where channel = $1", name);
}

char *
ReadyTemplate(const char *kind)
{
	return TextFor("select min(template) from elt_catalog.alert_template where kind = $1", kind);
}

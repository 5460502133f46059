/*
 * run_history.c
 *	  Delete runs, with their steps, counts and results of checks, slots and messages of alerts
 *	  that are old.
 *
 * Of each pipeline the last success stays with what came after it, whatever its age: what follows
 * the pipeline is decided by it, and it answers the first question of who looks for a fault.
 */
#include "base/compat.h"
#include "catalog/run_history.h"

#include "base/sql.h"

int			RunRetention = 90 * 24 * 60;

static int64
Prune(const char *statement, int64 at_most)
{
	Sql			q;

	SqlBegin(&q, statement);
	SqlAddInt4(&q, RunRetention);
	SqlAddInt8(&q, at_most);
	return SqlDo(&q, AsCatalog());
}

int64
HistoryPrune(int64 at_most)
{
	int64		runs;
	int64		slots;
	int64		messages;

	if (RunRetention == 0)
		return 0;
	runs = Prune("delete from elt_catalog.run where id = any (array(select r.id from elt_catalog.run r"
				 " where r.finished_at < clock_timestamp() - make_interval(mins => $1)"
				 " and r.state not in ('queued', 'running')"
				 " and exists (select from elt_catalog.run n where n.pipeline_id = r.pipeline_id"
				 " and n.id > r.id and n.state = 'succeeded' and n.kind in ('incremental', 'full'))"
				 " and not exists (select from elt_catalog.pending_load l where l.run_id = r.id)"
				 " order by r.id limit $2 for update skip locked))", at_most);
	slots = Prune("delete from elt_catalog.slot where ctid = any (array(select s.ctid"
				  " from elt_catalog.slot s"
				  " where s.decided_at < clock_timestamp() - make_interval(mins => $1)"
				  " and s.state <> 'waiting' and exists (select from elt_catalog.slot n"
				  " where n.pipeline_id = s.pipeline_id and n.slot > s.slot)"
				  " limit $2 for update skip locked))", at_most);
	messages = Prune("delete from elt_catalog.alert_delivery where id = any (array(select d.id"
					 " from elt_catalog.alert_delivery d"
					 " where d.created_at < clock_timestamp() - make_interval(mins => $1)"
					 " and d.state <> 'pending' order by d.id limit $2 for update skip locked))", at_most);
	return Max(messages, Max(runs, slots));
}

/*
 * quota_spent.c
 *	  Persist quotas: they survive a restart, the budget in shared memory does not.
 *
 * With preload the budget counts all requests of the cluster, so the larger count is the right one.
 * Without it each session counts only its own requests, and adds them.
 */
#include "base/compat.h"
#include "catalog/quota_spent.h"

#include "base/budget.h"
#include "base/shmem.h"
#include "base/sql.h"

int64
QuotaSpent(const char *server, TimestampTz since)
{
	Sql			q;

	SqlBegin(&q, "select spent from elt_catalog.quota where server = $1 and period_start >= $2");
	SqlAddName(&q, server);
	SqlAddTime(&q, since);
	return SqlDoInt8(&q, AsCatalog());
}

void
QuotaSave(Oid server, const char *name)
{
	TimestampTz since;
	int64		spent;
	int64		unsaved;
	Sql			q;

	if (!BudgetQuotaToSave(server, &since, &spent, &unsaved))
		return;
	SqlBegin(&q,
			 "insert into elt_catalog.quota as q (server, period_start, spent)"
			 " values ($1, $2, $3) on conflict (server) do update set"
			 " period_start = greatest(q.period_start, excluded.period_start),"
			 " spent = case when q.period_start < excluded.period_start then excluded.spent"
			 " when $4 then greatest(q.spent, excluded.spent) else q.spent + $5 end,"
			 " saved_at = clock_timestamp()");
	SqlAddName(&q, name);
	SqlAddTime(&q, since);
	SqlAddInt8(&q, spent);
	SqlAddBool(&q, IsPreloaded());
	SqlAddInt8(&q, unsaved);
	SqlDo(&q, AsCatalog());
}

/*
 * relation_running.c
 *	  List the transactions that are running where the data of a relation is.
 *
 * Every transaction, whether it has written or not, holds a lock on its virtual ID, and everybody
 * may read the locks. When it has begun is told to the privileged only. On another server both are
 * read through foreign tables over its catalogue, which are made beside the staging table and need
 * nothing to be installed there.
 */
#include "base/compat.h"
#include "source/relation/relation_running.h"

#include "base/identity.h"
#include "base/sql.h"
#include "catalog/namespace.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "source/relation/relation_source.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/*
 * Locks, activity and the conditions of this server's. A prepared transaction has no process. What
 * vacuums writes nothing that a source shows.
 */
#define RUNNING \
	"select l.virtualtransaction, a.xact_start from %s l left join %s a on a.pid = l.pid" \
	" where l.granted and (l.locktype = 'virtualxid' and l.virtualxid = l.virtualtransaction" \
	" and a.backend_type is distinct from 'autovacuum worker'%s" \
	" or l.locktype = 'transactionid' and l.pid is null)"

#define OF_THIS_DATABASE \
	" and l.pid <> pg_backend_pid() and (a.pid is null or a.datname = current_database())"

/* Add what a statement lists; prefix tells servers apart. */
static void
AddRunning(RunningTransactions *all, const char *statement, const char *prefix, Oid role)
{
	Sql			q;

	SqlBegin(&q, statement);
	SqlRun(&q, role);
	for (uint64 i = 0; i < q.processed; i++)
	{
		bool		isnull;
		TimestampTz began = SqlTime(&q, i, 2, &isnull);

		all->names = lappend(all->names, psprintf("%s%s", prefix, SqlText(&q, i, 1)));
		all->oldest = isnull ? DT_NOBEGIN : Min(all->oldest, began);
	}
	SqlDone(&q);
}

static char *
RemoteName(const RelationSource *relation, char what, Oid server)
{
	return psprintf("%s$%c%u", relation->pipeline, what, server);
}

static char *
RemoteTable(const RelationSource *relation, char what, Oid server, const char *columns,
			const char *table)
{
	char	   *name = RemoteName(relation, what, server);
	char	   *quoted = quote_qualified_identifier("elt_staging", name);

	if (OidIsValid(get_relname_relid(name, get_namespace_oid("elt_staging", false))))
		return quoted;
	SqlExec(psprintf("create foreign table %s (%s) server %s options (schema_name 'pg_catalog',"
					 " table_name '%s')", quoted, columns,
					 quote_identifier(GetForeignServer(server)->servername), table), AsCatalog());
	SqlExec(psprintf("grant select on %s to %s", quoted,
					 quote_identifier(GetUserNameFromId(relation->owner, false))), AsCatalog());
	return quoted;
}

/* The session's own transaction there, which everybody sees, has begun last or nearly so. */
static TimestampTz
RemoteClock(const char *activity, Oid role)
{
	bool		isnull = true;
	TimestampTz clock;
	Sql			q;

	SqlBegin(&q, psprintf("select max(xact_start) from %s", activity));
	SqlRun(&q, role);
	clock = SqlTime(&q, 0, 1, &isnull);
	SqlDone(&q);
	return isnull ? DT_NOEND : clock;
}

static void
AddRemote(RunningTransactions *all, const RelationSource *relation, Oid server)
{
	char	   *locks = RemoteTable(relation, 'l', server, "locktype text, virtualxid text,"
									" virtualtransaction text, pid int, granted boolean",
									"pg_locks");
	char	   *activity = RemoteTable(relation, 'a', server, "pid int, backend_type text,"
									   " xact_start timestamptz", "pg_stat_activity");
	TimestampTz clock = RemoteClock(activity, relation->owner);

	all->clock = Min(all->clock, clock);
	AddRunning(all, psprintf(RUNNING, locks, activity, ""), psprintf("%u ", server),
			   relation->owner);
}

RunningTransactions
RunningTransactionsOf(const SourceDefinition *def)
{
	const RelationSource *relation = def->own;
	RunningTransactions all = {NIL, DT_NOEND, DT_NOEND};
	ListCell   *lc;

	if (relation->has_local)
		AddRunning(&all, psprintf(RUNNING, "pg_locks", "pg_stat_activity", OF_THIS_DATABASE), "",
				   AsCatalog());
	foreach(lc, relation->servers)
		AddRemote(&all, relation, lfirst_oid(lc));
	return all;
}

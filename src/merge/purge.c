/*
 * purge.c
 *	  Delete tombstones whose retention has expired.
 */
#include "base/compat.h"
#include "merge/purge.h"

#include "access/xact.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/time_span.h"
#include "merge/merge_turn.h"

/* Every pipeline of the target wants none to be kept. */
static bool
KeepsNone(const Pipeline *p)
{
	List	   *longest;

	if (p->tombstone_retention == NULL || IntervalSign(p->tombstone_retention) != 0)
		return false;
	longest = PipelinesThatForget(p->target);
	return longest != NIL &&
		IntervalSign(((const Pipeline *) linitial(longest))->tombstone_retention) == 0;
}

char *
PurgeStagedSql(const MergeShape *shape)
{
	if (shape->deleted == NULL || !KeepsNone(shape->pipeline))
		return NULL;
	return psprintf("DELETE FROM %s AS t USING (SELECT DISTINCT %s FROM %s WHERE %s) AS s\n"
					"WHERE %s AND t._deleted", shape->target, ColumnList(shape->keys, NULL),
					shape->staging, shape->deleted, KeyMatch(shape, "t", "s"));
}

void
PurgeStaged(const MergeShape *shape)
{
	char	   *sql = PurgeStagedSql(shape);

	if (sql != NULL)
		(void) SqlExec(sql, shape->pipeline->owner);
}

TimestampTz
PurgeCutoff(const Pipeline *p)
{
	return TimeMinus(GetCurrentTransactionStartTimestamp(), p->tombstone_retention);
}

static int64
CountTombstones(const Pipeline *p, TimestampTz before)
{
	Sql			q;

	SqlBegin(&q, psprintf("SELECT count(*) FROM %s WHERE _deleted AND _loaded_at < $1",
						  QuotedRelation(p->target)));
	SqlAddTime(&q, before);
	return SqlDoInt8(&q, p->owner);
}

/* A merge must be able to write the tombstones that it has found, so the two take turns. */
int64
PurgeTombstones(const Pipeline *p, TimestampTz before, bool dry_run)
{
	Sql			q;

	if (dry_run)
		return CountTombstones(p, before);
	MergeBegin(p);
	SqlBegin(&q, psprintf("DELETE FROM %s WHERE _deleted AND _loaded_at < $1",
						  QuotedRelation(p->target)));
	SqlAddTime(&q, before);
	return SqlDo(&q, p->owner);
}

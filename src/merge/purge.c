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

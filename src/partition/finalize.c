/*
 * finalize.c
 *	  Finish interrupted detachments.
 */
#include "base/compat.h"
#include "partition/finalize.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "partition/busy.h"

bool
IsPartitionOf(Oid part, Oid relation)
{
	Sql			q;

	SqlBeginKept(&q, "select from pg_inherits where inhrelid = $1 and inhparent = $2");
	SqlAddOid(&q, OIDOID, part);
	SqlAddOid(&q, OIDOID, relation);
	return SqlDo(&q, AsCatalog()) > 0;
}

bool
IsDetachPending(Oid part)
{
	Sql			q;

	SqlBeginKept(&q, "select from pg_inherits where inhrelid = $1 and inhdetachpending");
	SqlAddOid(&q, OIDOID, part);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
FinalizeDetach(Oid relation, Oid part)
{
	SqlExec(psprintf("ALTER TABLE %s DETACH PARTITION %s FINALIZE", QuotedRelation(relation),
					 QuotedRelation(part)),
			RelationOwner(relation));
}

static void
FinalizePending(void *arg)
{
	const Policy *policy = arg;
	Sql			q;

	SqlBegin(&q, "select inhrelid from pg_inherits where inhparent = $1 and inhdetachpending");
	SqlAddOid(&q, OIDOID, policy->relation);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		FinalizeDetach(policy->relation, DatumGetObjectId(SqlDatum(&q, i, 1, NULL)));
	SqlDone(&q);
}

void
FinalizeAll(const Policy *policy)
{
	WithLockTimeout(policy->lock_timeout_ms, FinalizePending, (void *) policy);
}

/*
 * change_index.c
 *	  The index by which rows that a pipeline has landed lately are found.
 *
 * Without it a transform reads the targets of its parents to their ends to find the few rows that
 * have changed. It is made when a run has read everything, not before, since an empty table with no
 * index but its key is filled faster.
 */
#include "base/compat.h"
#include "pipeline/change_index.h"

#include "base/attempt.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "load/staging_shape.h"
#include "utils/acl.h"

/* Building it locks writers out: not for longer than some seconds, and not behind somebody else. */
#define MAX_BYTES		(INT64CONST(1) << 30)
#define LOCK_TIMEOUT_MS	1000

static bool
HasIndex(Oid table)
{
	Sql			q;

	SqlBegin(&q,
			 "select from pg_index i join pg_class c on c.oid = i.indexrelid"
			 " join pg_am m on m.oid = c.relam and m.amname = 'btree'"
			 " join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]"
			 " where i.indrelid = $1 and i.indisvalid and i.indpred is null"
			 " and a.attname = '" STAGING_TIME_COLUMN "'");
	SqlAddOid(&q, REGCLASSOID, table);
	return SqlDo(&q, AsCatalog()) > 0;
}

/* With its partitions. */
static int64
SizeOf(Oid table)
{
	Sql			q;

	SqlBegin(&q,
			 "select sum(pg_relation_size(oid))::bigint"
			 " from (select $1 union select relid from pg_partition_tree($1)) as t(oid)");
	SqlAddOid(&q, REGCLASSOID, table);
	return SqlDoInt8(&q, AsCatalog());
}

typedef struct Building
{
	const Pipeline *pipeline;
	const Pipeline *parent;
} Building;

/* A table that was filled just now has no statistics either, and would be read as a whole. */
static void
Build(void *arg)
{
	Building   *building = arg;
	char	   *table = QuotedRelation(building->parent->target);

	SqlExec(psprintf("create index on %s (" STAGING_TIME_COLUMN ")", table),
			building->pipeline->owner);
	SqlExec(psprintf("analyze %s", table), building->pipeline->owner);
}

static bool
IsBuilt(const Pipeline *p, const Pipeline *parent)
{
	Building	building = {p, parent};
	ErrorData  *error;

	if (!has_privs_of_role(p->owner, RelationOwner(parent->target)) ||
		SizeOf(parent->target) > MAX_BYTES)
		return false;
	error = AttemptWithin(LOCK_TIMEOUT_MS, Build, &building);
	if (error != NULL && error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ThrowErrorData(error);
	return error == NULL;
}

void
ChangeIndexEnsure(const Pipeline *p, const Pipeline *parent)
{
	if (HasIndex(parent->target) || IsBuilt(p, parent))
		return;
	ereport(NOTICE,
			(errmsg("pipeline \"%s\" reads all of table \"%s\" to find what has changed",
					p->name, RelationLabel(parent->target)),
			 errdetail("The table is too large, in use, or owned by another role, so no index was "
					   "created on it."),
			 errhint("Use CREATE INDEX CONCURRENTLY ON %s (%s).",
					 QuotedRelation(parent->target), STAGING_TIME_COLUMN)));
}

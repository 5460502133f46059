/*
 * remove.c
 *	  The actions that take a partition out of its table: detach and drop.
 *
 * The job detaches concurrently, which blocks nobody. PostgreSQL refuses that where there is a default
 * partition, and it would execute the rules of other tables where foreign keys refer to this one:
 * there the table is locked for a moment instead.
 */
#include "base/compat.h"
#include "partition/remove.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "partition/all_view.h"
#include "partition/archive_table.h"
#include "partition/busy.h"
#include "partition/finalize.h"
#include "partition/packed_table.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"

static bool
CanDetachConcurrently(Oid relation)
{
	Sql			q;
	bool		can;

	SqlBeginKept(&q, "select not exists (select from pg_partitioned_table t "
				 "where t.partrelid = $1 and t.partdefid <> 0) "
				 "and not exists (select from pg_constraint k where k.confrelid = $1)");
	SqlAddOid(&q, OIDOID, relation);
	SqlRun(&q, AsCatalog());
	can = SqlBool(&q, 0, 1);
	SqlDone(&q);
	return can;
}

char *
PartDetachStatement(PartWork *work)
{
	Oid			relation = work->policy->relation;

	if (!work->row->attached || IsDetachPending(work->row->part.relid) ||
		!CanDetachConcurrently(relation))
		return NULL;
	return psprintf("ALTER TABLE %s DETACH PARTITION %s CONCURRENTLY", QuotedRelation(relation),
					QuotedRelation(work->row->part.relid));
}

static char *
PlainDetach(Oid relation, Oid part)
{
	return psprintf("ALTER TABLE %s DETACH PARTITION %s", QuotedRelation(relation),
					QuotedRelation(part));
}

char *
PartShowDetach(PartWork *work)
{
	char	   *statement = PartDetachStatement(work);

	if (statement != NULL || !work->row->attached)
		return statement;
	return PlainDetach(work->policy->relation, work->row->part.relid);
}

static void
DetachNow(void *arg)
{
	const PartWork *work = arg;
	Oid			relation = work->policy->relation;
	Oid			part = work->row->part.relid;

	if (IsDetachPending(part))
	{
		FinalizeDetach(relation, part);
		return;
	}
	LockRelationOid(relation, AccessExclusiveLock);
	if (IsPartitionOf(part, relation))
		SqlExec(PlainDetach(relation, part), RelationOwner(relation));
}

void
PartDetach(PartWork *work)
{
	if (StateOf(work->row) == PART_PACKED)
		return;
	if (work->row->attached)
		WithLockTimeout(work->policy->lock_timeout_ms, DetachNow, work);
	work->row->attached = false;
	work->row->state = "detached";
}

char *
PartShowDrop(PartWork *work)
{
	Oid			part = work->row->part.relid;

	if (!OidIsValid(part))
		return NULL;
	return psprintf("DROP %sTABLE %s",
					get_rel_relkind(part) == RELKIND_FOREIGN_TABLE ? "FOREIGN " : "",
					QuotedRelation(part));
}

/* <table>_all must not need what is dropped; of an archive it has the file already. */
static void
LeaveView(PartWork *work)
{
	if (work->row->archived_rows >= 0)
		return;
	work->row->state = "dropped";
	LedgerSave(work->policy->relation, work->row);
	AllViewRefresh(work->policy->relation);
}

static void
DropNow(void *arg)
{
	PartWork   *work = arg;
	Oid			relation = work->policy->relation;
	Oid			part = work->row->part.relid;

	LeaveView(work);
	if (get_rel_relkind(part) == RELKIND_FOREIGN_TABLE)
		PackedDrop(part, RelationOwner(relation));
	else
		SqlExec(PartShowDrop(work), RelationOwner(relation));
}

/* A table that is gone has been dropped by somebody else. */
void
PartDrop(PartWork *work)
{
	if (OidIsValid(work->row->part.relid))
		WithLockTimeout(work->policy->lock_timeout_ms, DropNow, work);
	work->row->part.relid = InvalidOid;
	work->row->compression = NULL;
}

/* The file of an archive goes with a later transaction of the job, since nothing brings it back. */
static void
DropWherever(PartWork *work)
{
	LedgerRow  *row = work->row;

	PartDrop(work);
	if (row->archived_rows < 0)
		return;
	ArchiveTableForget(work->policy, row);
	row->archived_rows = -1;
}

static char *
ShowDropWherever(PartWork *work)
{
	const LedgerRow *row = work->row;

	if (row->archived_rows < 0)
		return PartShowDrop(work);
	return psprintf("remove file \"%s\" of server \"%s\"", row->archive_path, row->archive_server);
}

/* A table that a foreign key refers to lets go of a partition before that can be dropped. */
static const PartStep detach_steps[] = {{"detach", PartDetach, PartDetachStatement, PartShowDetach}};
static const PartStep drop_steps[] = {
	{"detach", PartDetach, PartDetachStatement, PartShowDetach},
	{"drop", DropWherever, .show = ShowDropWherever}
};

const PartAction detach_action = {
	.name = "detach",
	.done = "detached",
	.state = "detaching",
	.end_state = "detached",
	.from = PART_ATTACHED,
	.to = PART_DETACHED,
	.removes = true,
	.steps = detach_steps,
	.nsteps = lengthof(detach_steps),
};

const PartAction drop_action = {
	.name = "drop",
	.done = "dropped",
	.state = "detaching",
	.end_state = "dropped",
	.from = PART_ATTACHED | PART_DETACHED | PART_PACKED | PART_ARCHIVED,
	.to = PART_DROPPED,
	.removes = true,
	.drops = true,
	.steps = drop_steps,
	.nsteps = lengthof(drop_steps),
};

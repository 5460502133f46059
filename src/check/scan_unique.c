/*
 * scan_unique.c
 *	  Find the staged rows that break a UNIQUE check.
 *
 * SQL is asked where values have no hash, or more of them are repeated than memory holds.
 */
#include "base/compat.h"
#include "check/violation.h"

#include "access/relation.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "check/unique.h"
#include "load/batch_memory.h"
#include "load/staged_keys.h"
#include "load/staging.h"
#include "utils/memutils.h"
#include "utils/rel.h"

typedef struct UniqueScan
{
	const Pipeline *pipeline;
	const UniqueCheck *unique;
	int			check;			/* its place in the list of checks */
	Violations *violations;
	StagedKeys *keys;
	HashLog    *hashes;
	bool		complete;
} UniqueScan;

static void
AddHash(void *arg, TupleTableSlot *slot)
{
	UniqueScan *scan = arg;
	uint64		hash;

	if (StagedKeyHash(scan->keys, slot, &hash))
		HashLogAdd(scan->hashes, hash);
}

static void
AddViolation(void *arg, ItemPointer tid, ItemPointer first)
{
	UniqueScan *scan = arg;

	ViolationsAdd(scan->violations, tid, scan->check, NULL);
}

static void
ScanStaging(void *arg)
{
	UniqueScan *scan = arg;
	Relation	staging = RelationOpen(StagingRelation(scan->pipeline), AccessShareLock);

	scan->keys = StagedKeysOf(staging, scan->unique->columns, scan->unique->nulls_equal);
	if (scan->keys != NULL)
	{
		scan->hashes = HashLogCreate(BatchMemory());
		StagedRowsScan(staging, AddHash, scan);
		scan->complete = StagedKeysRepeated(scan->keys, scan->hashes, BatchMemory(),
											AddViolation, scan);
	}
	relation_close(staging, NoLock);
}

/* False, and nothing is found, when SQL must be asked. */
static bool
FindByHash(UniqueScan *scan)
{
	int64		before = scan->violations->count;
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "elt unique scan",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(cxt);

	RunAs(scan->pipeline->owner, ScanStaging, scan);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(cxt);
	if (!scan->complete)
		scan->violations->count = before;
	return scan->complete;
}

static void
FindBySql(const UniqueScan *scan, const char *query)
{
	Sql			q;

	SqlBegin(&q, query);
	SqlRun(&q, scan->pipeline->owner);
	for (uint64 i = 0; i < q.processed; i++)
		ViolationsAdd(scan->violations, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)),
					  scan->check, NULL);
	SqlDone(&q);
}

void
FindUniqueViolations(const Pipeline *p, List *checks, Violations *v)
{
	for (int i = 0; i < list_length(checks); i++)
	{
		const Check *check = list_nth(checks, i);
		UniqueScan	scan = {.pipeline = p, .check = i, .violations = v};

		if (check->bit < 0)
			scan.unique = UniqueCheckParse(check->expression);
		if (scan.unique == NULL)
			continue;
		if (!FindByHash(&scan))
			FindBySql(&scan, UniqueCheckSql(scan.unique, PipelineStaging(p)));
		if (scan.unique->null_fails)
			FindBySql(&scan, psprintf("SELECT ctid FROM %s WHERE %s", PipelineStaging(p),
									  UniqueCheckNull(scan.unique)));
	}
}

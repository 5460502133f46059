/*
 * scan_native.c
 *	  Read the rows that violated a check while they were loaded.
 *
 * A row without violations has a null bitmap, which is detected without reading its columns.
 */
#include "base/compat.h"
#include "check/violation.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/tableam.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "executor/tuptable.h"
#include "load/staging.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

static void
AddRow(List *checks, uint64 failed, ItemPointer tid, Violations *v)
{
	for (int i = 0; i < list_length(checks); i++)
	{
		const Check *check = list_nth(checks, i);

		if (check->bit >= 0 && ((failed >> check->bit) & 1))
			ViolationsAdd(v, tid, i, NULL);
	}
}

void
FindNativeViolations(const Pipeline *p, List *checks, Violations *v)
{
	Relation	rel = RelationOpen(StagingRelation(p), AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	AttrNumber	column = get_attnum(RelationGetRelid(rel), STAGING_FAILED_COLUMN);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan;

	PushActiveSnapshot(SqlSnapshot());
	scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, false, NULL);
		bool		isnull;

		if (!heap_attisnull(tuple, column, desc))
			AddRow(checks, DatumGetUInt64(heap_getattr(tuple, column, desc, &isnull)),
				   &slot->tts_tid, v);
	}
	table_endscan(scan);
	PopActiveSnapshot();
	ExecDropSingleTupleTableSlot(slot);
	relation_close(rel, NoLock);
}

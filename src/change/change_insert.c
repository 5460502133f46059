/*
 * change_insert.c
 *	  Insert changed rows into a change log, many at a time.
 *
 * All rows of a statement are logged with the same time, so they go to one partition. They are inserted into
 * it directly: that takes no plan and no search for the partition of each row, and writes one WAL record for
 * each page.
 */
#include "base/compat.h"
#include "change/change_insert.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/sql_name.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/timestamp.h"

/* As COPY does it. */
#define ROWS_AT_A_TIME 1000
#define BYTES_AT_A_TIME 65536

typedef struct LogIndex
{
	Relation	rel;
	IndexInfo  *info;
} LogIndex;

typedef struct Insert
{
	const ChangeFacts *facts;
	const ChangedRows *rows;
	Relation	part;
	List	   *indexes;		/* LogIndex * */
	AttrNumber *places;			/* of the table's columns, in the partition; 0: dropped */
	AttrNumber	change_id,
				commit_id,
				change,
				run_id,
				logged_at;
	TupleTableSlot *row,
			   *beside;
	TupleTableSlot *slots[ROWS_AT_A_TIME];
	int			filled;
	int			made;
	Size		bytes;
} Insert;

/* ---- whether the partition allows it ---- */

static bool
IsOwnColumn(const char *name)
{
	static const char *const own[] = {"_change_id", "_commit_id", "_change", "_logged_at"};

	for (int i = 0; i < lengthof(own); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

/* Those that users have added. */
static bool
HasConstraints(TupleDesc desc)
{
	if (desc->constr != NULL && (desc->constr->num_check > 0 || desc->constr->has_generated_stored))
		return true;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && att->attnotnull && !IsOwnColumn(NameStr(att->attname)))
			return true;
	}
	return false;
}

static bool
IsSimple(Relation index)
{
	return index->rd_rel->relam == BTREE_AM_OID && !index->rd_index->indisunique &&
		RelationGetIndexExpressions(index) == NIL && RelationGetIndexPredicate(index) == NIL;
}

static bool
HasSimpleIndexes(Relation part)
{
	bool		simple = true;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(part))
	{
		Relation	index = index_open(lfirst_oid(lc), RowExclusiveLock);

		simple = simple && IsSimple(index);
		index_close(index, NoLock);
	}
	return simple;
}

static bool
IsPlain(Relation part, Oid log)
{
	return part->rd_rel->relkind == RELKIND_RELATION && part->trigdesc == NULL &&
		!part->rd_rel->relforcerowsecurity && !HasConstraints(RelationGetDescr(part)) &&
		HasSimpleIndexes(part) &&
		pg_class_aclcheck(log, RelationOwner(log), ACL_INSERT) == ACLCHECK_OK;
}

/* ---- rows ---- */

static AttrNumber
PlaceOf(Relation part, const char *name)
{
	AttrNumber	place = get_attnum(RelationGetRelid(part), name);

	if (place == InvalidAttrNumber)
		elog(ERROR, "a change log has no column \"%s\"", name);
	return place;
}

static void
FindPlaces(Insert *in)
{
	TupleDesc	from = in->rows->desc;

	in->places = palloc0(sizeof(AttrNumber) * from->natts);
	for (int i = 0; i < from->natts; i++)
		if (!TupleDescAttr(from, i)->attisdropped)
			in->places[i] = PlaceOf(in->part, NameStr(TupleDescAttr(from, i)->attname));
	in->change_id = PlaceOf(in->part, "_change_id");
	in->commit_id = PlaceOf(in->part, "_commit_id");
	in->change = PlaceOf(in->part, "_change");
	in->run_id = PlaceOf(in->part, "_change_run_id");
	in->logged_at = PlaceOf(in->part, "_logged_at");
}

/* The pointer stays selected: switching for each row would read rows that are on disk twice. */
static void
ReadFromStart(Tuplestorestate *rows)
{
	tuplestore_select_read_pointer(rows, tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND));
	tuplestore_rescan(rows);
}

static bool
Next(Tuplestorestate *rows, TupleTableSlot *slot)
{
	return tuplestore_gettupleslot(rows, true, false, slot);
}

static bool
IsTombstone(TupleTableSlot *row, AttrNumber deleted)
{
	bool		isnull;
	Datum		value = slot_getattr(row, deleted, &isnull);

	return !isnull && DatumGetBool(value);
}

static char
KindOf(const Insert *in)
{
	const ChangedRows *rows = in->rows;

	if (rows->deleted == 0)
		return rows->other;
	if (IsTombstone(in->row, rows->deleted))
		return rows->tombstone;
	return rows->beside != NULL && IsTombstone(in->beside, rows->deleted) ? rows->beside_tombstone
		: rows->other;
}

static void
Put(TupleTableSlot *slot, AttrNumber place, Datum value)
{
	slot->tts_values[place - 1] = value;
	slot->tts_isnull[place - 1] = false;
}

/* ---- insertion ---- */

static TupleTableSlot *
FreeSlot(Insert *in)
{
	if (in->filled == in->made)
		in->slots[in->made++] = table_slot_create(in->part, NULL);
	return ExecClearTuple(in->slots[in->filled]);
}

static void
InsertIndexEntries(const Insert *in, TupleTableSlot *slot)
{
	ListCell   *lc;

	foreach(lc, in->indexes)
	{
		LogIndex   *index = lfirst(lc);
		Datum		values[INDEX_MAX_KEYS];
		bool		isnull[INDEX_MAX_KEYS];

		FormIndexDatum(index->info, slot, NULL, values, isnull);
		(void) index_insert(index->rel, values, isnull, &slot->tts_tid, in->part, UNIQUE_CHECK_NO, false,
							index->info);
	}
}

static void
OpenIndexes(Insert *in)
{
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(in->part))
	{
		LogIndex   *index = palloc(sizeof(LogIndex));

		index->rel = index_open(lfirst_oid(lc), RowExclusiveLock);
		index->info = BuildIndexInfo(index->rel);
		if (index->info->ii_ReadyForInserts)
			in->indexes = lappend(in->indexes, index);
		else
			index_close(index->rel, NoLock);
	}
}

static void
Flush(Insert *in)
{
	if (in->filled == 0)
		return;
	table_multi_insert(in->part, in->slots, in->filled, GetCurrentCommandId(true), 0, NULL);
	for (int i = 0; i < in->filled; i++)
		InsertIndexEntries(in, in->slots[i]);
	in->filled = 0;
	in->bytes = 0;
	CHECK_FOR_INTERRUPTS();
}

static void
Add(Insert *in)
{
	const ChangeFacts *facts = in->facts;
	TupleTableSlot *slot = FreeSlot(in);
	TupleDesc	from = in->rows->desc;

	memset(slot->tts_isnull, true, sizeof(bool) * slot->tts_tupleDescriptor->natts);
	slot_getallattrs(in->row);
	for (int i = 0; i < from->natts; i++)
		if (in->places[i] != 0 && !in->row->tts_isnull[i])
			Put(slot, in->places[i], in->row->tts_values[i]);
	Put(slot, in->change_id, Int64GetDatum(nextval_internal(facts->log->numbers, false)));
	Put(slot, in->commit_id, Int64GetDatum(facts->commit_id));
	Put(slot, in->change, CharGetDatum(KindOf(in)));
	if (facts->run_id != 0)
		Put(slot, in->run_id, Int64GetDatum(facts->run_id));
	Put(slot, in->logged_at, TimestampTzGetDatum(facts->at));
	ExecStoreVirtualTuple(slot);
	ExecMaterializeSlot(slot);
	in->bytes += ((MinimalTupleTableSlot *) in->row)->mintuple->t_len;
	in->filled++;
	if (in->filled == ROWS_AT_A_TIME || in->bytes >= BYTES_AT_A_TIME)
		Flush(in);
}

static void
Open(Insert *in)
{
	OpenIndexes(in);
	in->row = MakeSingleTupleTableSlot(in->rows->desc, &TTSOpsMinimalTuple);
	in->beside = MakeSingleTupleTableSlot(in->rows->desc, &TTSOpsMinimalTuple);
	FindPlaces(in);
	ReadFromStart(in->rows->rows);
	if (in->rows->beside != NULL)
		ReadFromStart(in->rows->beside);
}

static void
Close(Insert *in)
{
	ListCell   *lc;

	tuplestore_select_read_pointer(in->rows->rows, 0);
	if (in->rows->beside != NULL)
		tuplestore_select_read_pointer(in->rows->beside, 0);
	for (int i = 0; i < in->made; i++)
		ExecDropSingleTupleTableSlot(in->slots[i]);
	ExecDropSingleTupleTableSlot(in->row);
	ExecDropSingleTupleTableSlot(in->beside);
	foreach(lc, in->indexes)
		index_close(((LogIndex *) lfirst(lc))->rel, NoLock);
}

static void
InsertAll(Insert *in)
{
	const ChangedRows *rows = in->rows;

	Open(in);
	while (Next(rows->rows, in->row))
	{
		if (rows->beside != NULL && !Next(rows->beside, in->beside))
			elog(ERROR, "an update has more rows before it than after it");
		Add(in);
	}
	Flush(in);
	Close(in);
	CommandCounterIncrement();
}

bool
ChangesInsert(const ChangeFacts *facts, const ChangedRows *rows)
{
	Relation	log = RelationOpen(facts->log->log, RowExclusiveLock);
	Relation	part = table_open(facts->part, RowExclusiveLock);
	bool		is_plain = IsPlain(part, facts->log->log);

	if (is_plain)
	{
		MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "elt change insert",
												  ALLOCSET_DEFAULT_SIZES);
		MemoryContext caller = MemoryContextSwitchTo(cxt);
		Insert	   *in = palloc0(sizeof(Insert));

		in->facts = facts;
		in->rows = rows;
		in->part = part;
		InsertAll(in);
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(cxt);
	}
	table_close(part, NoLock);
	relation_close(log, NoLock);
	return is_plain;
}

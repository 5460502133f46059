/*
 * sorted_copy.c
 *	  Copy the rows of a table in an order, and tell whether the copy has them.
 *
 * Values that are compressed or stored elsewhere are expanded on the way, so that they are compressed
 * again by the method that holds now.
 */
#include "base/compat.h"
#include "partition/sorted_copy.h"

#include "access/detoast.h"
#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "parser/parse_oper.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/tuplesort.h"

#define WRITE_ROWS 1000
#define WRITE_BYTES (1024 * 1024)

/* Columns that are there, whose rows are summed. */
typedef struct Summing
{
	RowHasher  *hasher;
	int			nlive;
	int		   *live;			/* their places in a row */
	Datum	   *values;
	bool	   *nulls;
	RowSum		sum;
} Summing;

typedef struct Writing
{
	Relation	to;
	TupleTableSlot *slots[WRITE_ROWS];
	int			nslots;
	Size		nbytes;
	BulkInsertState bulk;
	MemoryContext batch_cxt;
} Writing;

static void
SummingBegin(Summing *s, TupleDesc desc)
{
	TupleDesc	live_desc;

	memset(s, 0, sizeof(Summing));
	s->live = palloc(sizeof(int) * desc->natts);
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			s->live[s->nlive++] = i;
	live_desc = CreateTemplateTupleDesc(s->nlive);
	for (int i = 0; i < s->nlive; i++)
		TupleDescCopyEntry(live_desc, i + 1, desc, s->live[i] + 1);
	s->hasher = RowHasherFor(live_desc);
	s->values = palloc(sizeof(Datum) * s->nlive);
	s->nulls = palloc(sizeof(bool) * s->nlive);
}

static void
SummingAdd(Summing *s, TupleTableSlot *slot)
{
	slot_getallattrs(slot);
	for (int i = 0; i < s->nlive; i++)
	{
		s->values[i] = slot->tts_values[s->live[i]];
		s->nulls[i] = slot->tts_isnull[s->live[i]];
	}
	RowSumAdd(s->hasher, &s->sum, s->values, s->nulls);
}

/* ---- sort ---- */

static Tuplesortstate *
SortBegin(TupleDesc desc, Oid relid, List *columns)
{
	int			n = list_length(columns);
	AttrNumber *attnums = palloc(sizeof(AttrNumber) * n);
	Oid		   *operators = palloc(sizeof(Oid) * n);
	Oid		   *collations = palloc(sizeof(Oid) * n);
	bool	   *nulls_first = palloc0(sizeof(bool) * n);

	for (int i = 0; i < n; i++)
	{
		Form_pg_attribute att;

		attnums[i] = get_attnum(relid, list_nth(columns, i));
		att = TupleDescAttr(desc, attnums[i] - 1);
		collations[i] = att->attcollation;
		get_sort_group_operators(att->atttypid, true, false, false, &operators[i], NULL, NULL,
								 NULL);
	}
	return tuplesort_begin_heap(desc, n, attnums, operators, collations, nulls_first,
								maintenance_work_mem, NULL, TUPLESORT_NONE);
}

static RowSum
SortRows(Tuplesortstate *sort, Relation from, Snapshot snapshot)
{
	TableScanDesc scan = table_beginscan(from, snapshot, 0, NULL);
	TupleTableSlot *slot = table_slot_create(from, NULL);
	Summing		summing;

	SummingBegin(&summing, RelationGetDescr(from));
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		SummingAdd(&summing, slot);
		tuplesort_puttupleslot(sort, slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	tuplesort_performsort(sort);
	return summing.sum;
}

/* ---- write ---- */

static void
WritingBegin(Writing *w, Relation to)
{
	memset(w, 0, sizeof(Writing));
	w->to = to;
	w->bulk = GetBulkInsertState();
	w->batch_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt sorted copy",
										 ALLOCSET_DEFAULT_SIZES);
}

static void
WriteBatch(Writing *w)
{
	MemoryContext caller = MemoryContextSwitchTo(w->batch_cxt);

	table_multi_insert(w->to, w->slots, w->nslots, GetCurrentCommandId(true),
					   TABLE_INSERT_SKIP_FSM | TABLE_INSERT_FROZEN | TABLE_INSERT_NO_LOGICAL,
					   w->bulk);
	for (int i = 0; i < w->nslots; i++)
		ExecClearTuple(w->slots[i]);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(w->batch_cxt);
	w->nslots = 0;
	w->nbytes = 0;
}

/* As it would come from a client. */
static Datum
Expanded(Datum value)
{
	struct varlena *packed = (struct varlena *) DatumGetPointer(value);

	if (VARATT_IS_EXTERNAL(packed) || VARATT_IS_COMPRESSED(packed))
		return PointerGetDatum(detoast_attr(packed));
	return value;
}

static void
FillSlot(Writing *w, TupleTableSlot *to, TupleTableSlot *from)
{
	TupleDesc	desc = to->tts_tupleDescriptor;
	MemoryContext caller = MemoryContextSwitchTo(w->batch_cxt);

	slot_getallattrs(from);
	ExecClearTuple(to);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Datum		value;

		to->tts_isnull[i] = from->tts_isnull[i] || att->attisdropped;
		to->tts_values[i] = (Datum) 0;
		if (to->tts_isnull[i])
			continue;
		value = from->tts_values[i];
		if (att->attlen == -1)
			value = Expanded(value);
		to->tts_values[i] = datumCopy(value, att->attbyval, att->attlen);
		if (!att->attbyval)
			w->nbytes += datumGetSize(value, att->attbyval, att->attlen);
	}
	ExecStoreVirtualTuple(to);
	MemoryContextSwitchTo(caller);
}

static void
WriteRow(Writing *w, TupleTableSlot *row)
{
	if (w->slots[w->nslots] == NULL)
		w->slots[w->nslots] = table_slot_create(w->to, NULL);
	FillSlot(w, w->slots[w->nslots++], row);
	if (w->nslots == WRITE_ROWS || w->nbytes >= WRITE_BYTES)
		WriteBatch(w);
}

static void
WritingEnd(Writing *w)
{
	if (w->nslots > 0)
		WriteBatch(w);
	for (int i = 0; i < WRITE_ROWS && w->slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(w->slots[i]);
	FreeBulkInsertState(w->bulk);
	table_finish_bulk_insert(w->to, TABLE_INSERT_FROZEN);
	MemoryContextDelete(w->batch_cxt);
}

RowSum
CopySorted(Relation from, Relation to, Snapshot snapshot, List *columns)
{
	TupleDesc	desc = RelationGetDescr(from);
	Tuplesortstate *sort = SortBegin(desc, RelationGetRelid(from), columns);
	TupleTableSlot *row = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	RowSum		sum = SortRows(sort, from, snapshot);
	Writing		writing;

	WritingBegin(&writing, to);
	while (tuplesort_gettupleslot(sort, true, false, row, NULL))
	{
		CHECK_FOR_INTERRUPTS();
		WriteRow(&writing, row);
	}
	WritingEnd(&writing);
	ExecDropSingleTupleTableSlot(row);
	tuplesort_end(sort);
	return sum;
}

RowSum
SumOfRows(Relation table, Snapshot snapshot)
{
	TableScanDesc scan = table_beginscan(table, snapshot, 0, NULL);
	TupleTableSlot *slot = table_slot_create(table, NULL);
	Summing		summing;

	SummingBegin(&summing, RelationGetDescr(table));
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		SummingAdd(&summing, slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	return summing.sum;
}

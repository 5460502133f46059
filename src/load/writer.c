/*
 * writer.c
 *	  Insert the rows of one slice into the staging table with the table access method.
 */
#include "base/compat.h"
#include "load/writer.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/errors.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "load/reject.h"
#include "load/staging.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#define SLOTS 1000

/* Of the system columns, that which has the number of the record. */
#define FIRST_NUMBER_COLUMN 3

struct StageWriter
{
	const Pipeline *pipeline;
	TimeRange	range;
	NativeChecks *checks;		/* or NULL */
	TupleDesc	row;			/* of the rows that come */
	TupleDesc	desc;			/* of the slots: like the staging table's; NULL: not known yet */
	TupleTableSlot *slots[SLOTS];
	int			nslots;			/* made so far */
	int		   *column_of;		/* staging column of each column of the row, or -1 */
	int			run_column;		/* the first of the system columns */
	Datum		run_id;
	int64		record_base;	/* see StageWriterNumber */
	int64		parent_base;
	MemoryContext cxt;			/* of the slots */

	/* the slice at hand */
	const Slice *slice;
	Datum		loaded_at;
	Relation	staging;
	BulkInsertState bulk;
	CommandId	command;
	int			filled;			/* slots with a row to be written */
	StageCounts counts;
};

static void
MapColumns(StageWriter *w, TupleDesc row)
{
	int			at = 0;

	w->column_of = palloc(sizeof(int) * row->natts);
	for (int i = 0; i < row->natts; i++)
		w->column_of[i] = TupleDescAttr(row, i)->attisdropped ? -1 : at++;
	w->run_column = at;
}

StageWriter *
StageWriterCreate(const Pipeline *p, int64 run_id, const TimeRange *range, NativeChecks *checks,
				  TupleDesc row)
{
	StageWriter *w = palloc0(sizeof(StageWriter));

	w->pipeline = p;
	w->range = *range;
	w->checks = checks;
	w->row = row;
	MapColumns(w, row);
	w->run_id = Int64GetDatum(run_id);
	w->cxt = CurrentMemoryContext;
	return w;
}

/* The resource owner would count each slot of the table's own descriptor. */
static void
CopyDescriptor(StageWriter *w)
{
	MemoryContext old = MemoryContextSwitchTo(w->cxt);

	w->desc = CreateTupleDescCopy(RelationGetDescr(w->staging));
	MemoryContextSwitchTo(old);
}

void
StageWriterOpen(StageWriter *w, const Slice *slice, TimestampTz loaded_at)
{
	w->slice = slice;
	w->loaded_at = TimestampTzGetDatum(loaded_at);
	w->staging = StagingOpen(w->pipeline, w->row);
	w->bulk = GetBulkInsertState();
	w->command = GetCurrentCommandId(true);
	w->filled = 0;
	w->counts = NO_STAGE_COUNTS;
	if (w->desc == NULL)
		CopyDescriptor(w);
}

/* A time column's value as a timestamp; false when it has no finite one. */
static bool
RowTime(Oid type, Datum value, TimestampTz *result)
{
	if (type == DATEOID)
	{
		DateADT		date = DatumGetDateADT(value);

		if (DATE_NOT_FINITE(date))
			return false;
		*result = (TimestampTz) date * USECS_PER_DAY;
		return true;
	}
	*result = DatumGetTimestampTz(value);
	return !TIMESTAMP_NOT_FINITE(*result);
}

bool
RowTimeIsBefore(Oid type, Datum value, TimestampTz time)
{
	TimestampTz at;

	return RowTime(type, value, &at) && at < time;
}

/* Why the row's time is refused, or NULL when it is welcome. */
static const char *
OutOfRange(const StageWriter *w, const RowBatch *batch, int row)
{
	int			column = w->range.attnum - 1;
	int			at = row * batch->desc->natts + column;
	TimestampTz time;

	if (w->range.attnum == 0 || batch->isnull[at])
		return NULL;
	if (!RowTime(TupleDescAttr(batch->desc, column)->atttypid, batch->values[at], &time))
		return "out_of_range";
	if (w->slice->has_window &&
		time >= w->slice->window_start && time < w->slice->window_end)
		return NULL;
	if (w->slice->has_window && w->range.window_only)
		return "out_of_range";
	if (time < w->range.oldest)
		return w->range.oldest_is_retention ? "expired" : "out_of_range";
	return time > w->range.newest ? "out_of_range" : NULL;
}

static TupleTableSlot *
NextSlot(StageWriter *w)
{
	if (w->filled == w->nslots)
	{
		MemoryContext old = MemoryContextSwitchTo(w->cxt);

		w->slots[w->nslots++] = MakeSingleTupleTableSlot(w->desc, &TTSOpsHeapTuple);
		MemoryContextSwitchTo(old);
	}
	return w->slots[w->filled++];
}

static void
Flush(StageWriter *w)
{
	if (w->filled == 0)
		return;
	table_multi_insert(w->staging, w->slots, w->filled, w->command, TABLE_INSERT_SKIP_FSM,
					   w->bulk);
	/* InvalidBlockNumber is the highest one */
	w->counts.first_block = Min(w->counts.first_block,
								ItemPointerGetBlockNumber(&w->slots[0]->tts_tid));
	for (int i = 0; i < w->filled; i++)
		ExecClearTuple(w->slots[i]);
	w->counts.rows += w->filled;
	w->filled = 0;
}

static void
StoreNumber(TupleTableSlot *slot, int at, int64 number, int64 base)
{
	slot->tts_values[at] = Int64GetDatum(base + number);
	slot->tts_isnull[at] = number == 0;
}

/* What the row breaks; null when nothing. */
static void
StoreSystemColumns(const StageWriter *w, TupleTableSlot *slot, uint64 failed)
{
	int			at = w->run_column;

	slot->tts_values[at] = w->run_id;
	slot->tts_isnull[at++] = false;
	slot->tts_values[at] = w->loaded_at;
	slot->tts_isnull[at++] = false;
	slot->tts_values[at] = UInt64GetDatum(failed);
	slot->tts_isnull[at] = failed == 0;
}

/* A table that a replay has left has their columns too. */
static void
StoreNumbers(const StageWriter *w, TupleTableSlot *slot, const RowBatch *batch, int row)
{
	int			at = w->run_column + FIRST_NUMBER_COLUMN;
	bool		numbered = StagingIsNumbered(w->pipeline);

	if (at >= w->desc->natts)
		return;
	StoreNumber(slot, at, numbered ? batch->records[row] : 0, w->record_base);
	StoreNumber(slot, at + 1, numbered ? batch->parents[row] : 0, w->parent_base);
}

static void
StoreRow(StageWriter *w, const RowBatch *batch, int row, uint64 failed)
{
	TupleTableSlot *slot = NextSlot(w);
	int			natts = batch->desc->natts;

	ExecClearTuple(slot);
	for (int i = 0; i < natts; i++)
	{
		int			to = w->column_of[i];

		if (to < 0)
			continue;
		slot->tts_values[to] = batch->values[row * natts + i];
		slot->tts_isnull[to] = batch->isnull[row * natts + i];
	}
	StoreSystemColumns(w, slot, failed);
	StoreNumbers(w, slot, batch, row);
	ExecStoreVirtualTuple(slot);
}

/* Move rows out of range to the batch's rejects; out says which they are. */
static void
RefuseRows(const StageWriter *w, RowBatch *batch, bool *out)
{
	for (int row = 0; row < batch->nrows; row++)
	{
		const char *reason = OutOfRange(w, batch, row);

		out[row] = reason != NULL;
		if (out[row])
			RejectRow(batch, row, w->range.attnum, reason);
	}
}

static void
StoreRows(StageWriter *w, RowBatch *batch)
{
	bool	   *out = palloc(sizeof(bool) * batch->nrows);
	uint64	   *failed = palloc0(sizeof(uint64) * batch->nrows);

	RefuseRows(w, batch, out);
	if (w->checks != NULL)
		NativeChecksRun(w->checks, batch, out, failed);
	for (int row = 0; row < batch->nrows; row++)
	{
		if (!out[row])
			StoreRow(w, batch, row, failed[row]);
		if (w->filled == SLOTS)
			Flush(w);
	}
	Flush(w);
}

void
StageWriterNumber(StageWriter *w, int64 record_base, int64 parent_base)
{
	w->record_base = record_base;
	w->parent_base = parent_base;
}

/*
 * The values of a row live in the batch's context, which the caller resets when this returns:
 * so the slots are flushed before, and tuples are formed in the batch's context too.
 */
void
StageWriterAdd(StageWriter *w, RowBatch *batch)
{
	MemoryContext old = MemoryContextSwitchTo(batch->cxt);

	w->counts.undecoded += list_length(batch->rejects);
	StoreRows(w, batch);
	w->counts.rejected += StageRejects(w->pipeline, w->slice, batch->rejects, w->parent_base);
	/* a replay writes in subtransactions too, which must not end with a pin or release another's */
	if (w->pipeline->replayed != NULL)
		ReleaseBulkInsertStatePin(w->bulk);
	MemoryContextSwitchTo(old);
}

static void
AddCounts(StageCounts *counts, const StageCounts *more)
{
	counts->rows += more->rows;
	counts->rejected += more->rejected;
	counts->undecoded += more->undecoded;
	counts->first_block = Min(counts->first_block, more->first_block);
}

void
StageWriterClose(StageWriter *w, StageCounts *counts)
{
	table_finish_bulk_insert(w->staging, 0);
	FreeBulkInsertState(w->bulk);
	table_close(w->staging, NoLock);
	AddCounts(counts, &w->counts);
}

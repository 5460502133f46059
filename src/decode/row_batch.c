/*
 * row_batch.c
 *	  Memory of a row batch, its rejects and its deferred values.
 */
#include "postgres.h"

#include "decode/batch_private.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#define ARENA_BLOCK	(64 * 1024)
#define MESSAGE_LIMIT 1000		/* bytes: an input function may quote the whole value */

static uint64 last_serial = 0;

RowBatch *
RowBatchCreate(TupleDesc desc, int capacity)
{
	RowBatch   *batch = palloc0(sizeof(RowBatch));

	batch->desc = desc;
	batch->capacity = batch->room = capacity;
	batch->raw_limit = DEFAULT_RAW_LIMIT;
	batch->values = palloc_extended((Size) capacity * desc->natts * sizeof(Datum),
									MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	batch->isnull = palloc_extended((Size) capacity * desc->natts * sizeof(bool),
									MCXT_ALLOC_HUGE);
	batch->cxt = AllocSetContextCreate(CurrentMemoryContext, "elt row batch",
									   ALLOCSET_DEFAULT_SIZES);
	batch->scratch = AllocSetContextCreate(CurrentMemoryContext, "elt conversion",
										   ALLOCSET_DEFAULT_SIZES);
	batch->maxpending = 64;
	batch->pending = palloc(batch->maxpending * sizeof(PendingValue));
	batch->serial = ++last_serial;
	return batch;
}

static void
SetRoom(RowBatch *batch, int room)
{
	Size		cells = Max((Size) room * batch->desc->natts, 1);

	batch->values = repalloc_huge(batch->values, cells * sizeof(Datum));
	batch->isnull = repalloc_huge(batch->isnull, cells * sizeof(bool));
	batch->room = room;
}

bool
BatchExtend(RowBatch *batch, size_t memory)
{
	size_t		row = batch->desc->natts * (sizeof(Datum) + sizeof(bool));

	if (batch->nrows < batch->room)
		return true;
	if (batch->room > PG_INT32_MAX / 2 || row * batch->room * 2 > memory)
		return false;
	SetRoom(batch, 2 * batch->room);
	return true;
}

void
RowBatchReset(RowBatch *batch)
{
	if (batch->room > batch->capacity)
		SetRoom(batch, batch->capacity);
	MemoryContextReset(batch->cxt);
	batch->nrows = 0;
	batch->records = batch->parents = NULL;
	batch->rejects = NIL;
	batch->reject_bytes = 0;
	batch->npending = batch->nsettled = 0;
	batch->nunsent = batch->maxunsent = 0;
	batch->unsent = NULL;
	batch->truncates = false;
	batch->arena = batch->arena_end = NULL;
	batch->serial = ++last_serial;
}

/* Room for the numbers of as many rows as there is room for. */
static void
MakeRoomForNumbers(RowBatch *batch)
{
	Size		size = sizeof(int64) * batch->room;

	batch->records_room = batch->room;
	if (batch->records == NULL)
	{
		batch->records = MemoryContextAllocHuge(batch->cxt, size);
		batch->parents = MemoryContextAllocHuge(batch->cxt, size);
		return;
	}
	batch->records = repalloc_huge(batch->records, size);
	batch->parents = repalloc_huge(batch->parents, size);
}

void
BatchNumber(RowBatch *batch, int row, int64 record)
{
	if (batch->records == NULL || row >= batch->records_room)
		MakeRoomForNumbers(batch);
	batch->records[row] = record;
	batch->parents[row] = batch->parent;
}

void
BatchNoteUnsent(RowBatch *batch, int attindex, int key_row)
{
	if (batch->nunsent == batch->maxunsent)
	{
		batch->maxunsent = Max(64, 2 * batch->maxunsent);
		batch->unsent = batch->unsent == NULL ?
			MemoryContextAlloc(batch->cxt, batch->maxunsent * sizeof(UnsentValue)) :
			repalloc_huge(batch->unsent, batch->maxunsent * sizeof(UnsentValue));
	}
	batch->unsent[batch->nunsent++] = (UnsentValue) {batch->nrows, attindex, key_row};
}

/* Rows were removed. */
static void
MoveUnsent(RowBatch *batch, const bool *bad)
{
	int			gone = 0;
	int			row = 0;
	int			kept = 0;

	for (int i = 0; i < batch->nunsent; i++)
	{
		UnsentValue value = batch->unsent[i];

		for (; row < value.row; row++)
			gone += bad[row];
		if (bad[value.row])
			continue;
		/* the row with the old key is the row itself, or that before it */
		if (value.key_row == value.row)
			value.key_row -= gone;
		else if (value.key_row >= 0)
			value.key_row = bad[value.key_row] ? -1 : value.key_row - gone;
		value.row -= gone;
		batch->unsent[kept++] = value;
	}
	batch->nunsent = kept;
}

/* Close the gaps. */
void
RowBatchRemove(RowBatch *batch, const bool *bad)
{
	int			natts = batch->desc->natts;
	int			kept = 0;

	MoveUnsent(batch, bad);
	for (int row = 0; row < batch->nrows; row++)
	{
		if (bad[row])
			continue;
		if (kept < row)
		{
			memcpy(batch->values + (size_t) kept * natts,
				   batch->values + (size_t) row * natts, natts * sizeof(Datum));
			memcpy(batch->isnull + (size_t) kept * natts,
				   batch->isnull + (size_t) row * natts, natts * sizeof(bool));
			if (batch->records != NULL)
			{
				batch->records[kept] = batch->records[row];
				batch->parents[kept] = batch->parents[row];
			}
		}
		kept++;
	}
	batch->nrows = kept;
}

int
RowBatchAdd(RowBatch *batch, int64 record)
{
	int			natts = batch->desc->natts;
	int			row = batch->nrows++;

	Assert(row < batch->capacity);
	BatchNumber(batch, row, record);
	memset(batch->values + (size_t) row * natts, 0, sizeof(Datum) * natts);
	memset(batch->isnull + (size_t) row * natts, true, natts);
	return row;
}

void *
BatchAllocSlow(RowBatch *batch, size_t size)
{
	if (size > ARENA_BLOCK / 4)
		return MemoryContextAllocHuge(batch->cxt, size);
	batch->arena = MemoryContextAlloc(batch->cxt, ARENA_BLOCK);
	batch->arena_end = batch->arena + ARENA_BLOCK;
	return BatchAlloc(batch, size);
}

char *
BatchText(RowBatch *batch, const char *s, size_t len)
{
	char	   *text = BatchAlloc(batch, len + 1);

	memcpy(text, s, len);
	text[len] = '\0';
	return text;
}

void
BatchDefer(RowBatch *batch, Converter *converter, const char *text, size_t len)
{
	PendingValue *p;

	Assert(batch->nrows < batch->room);
	if (batch->npending == batch->maxpending)
	{
		batch->maxpending *= 2;
		batch->pending = repalloc_huge(batch->pending,
									   batch->maxpending * sizeof(PendingValue));
	}
	p = &batch->pending[batch->npending++];
	p->row = batch->nrows;
	p->converter = converter;
	p->text = text ? BatchText(batch, text, len) : NULL;
	p->origin = NULL;
}

void
BatchForget(RowBatch *batch, int attindex)
{
	int			kept = batch->nsettled;

	for (int i = kept; i < batch->npending; i++)
	{
		if (attindex != EVERY_COLUMN && batch->pending[i].converter->attindex != attindex)
			batch->pending[kept++] = batch->pending[i];
	}
	batch->npending = kept;
}

void
BatchSettle(RowBatch *batch, const RowOrigin *origin)
{
	Assert(origin != NULL);
	for (int i = batch->nsettled; i < batch->npending; i++)
		batch->pending[i].origin = origin;
	batch->nsettled = batch->npending;
}

BatchPlace
BatchPlaceOf(const RowBatch *batch)
{
	return (BatchPlace) {batch->nrows, batch->nsettled, list_length(batch->rejects)};
}

void
BatchSetBack(RowBatch *batch, const BatchPlace *place)
{
	Assert(place->nrows <= batch->nrows && place->nsettled <= batch->nsettled);
	batch->nrows = place->nrows;
	batch->npending = batch->nsettled = place->nsettled;
	batch->rejects = list_truncate(batch->rejects, place->nrejects);
	while (batch->nunsent > 0 && batch->unsent[batch->nunsent - 1].row >= batch->nrows)
		batch->nunsent--;
}

/* The message, where it is about, and what the raw text beside it does not show. */
static char *
RejectMessage(const RowBatch *batch, const RowOrigin *origin, const char *message)
{
	const char *line = origin->line > 0 ? psprintf("line " INT64_FORMAT ": ", origin->line) : "";
	int			len = pg_mbcliplen(message, strlen(message), MESSAGE_LIMIT);
	const char *repaired = origin->repaired ?
		" (invalid bytes are shown as U+FFFD or ? in the raw text)" : "";

	if (origin->full_len <= (int64) batch->raw_limit)
		return psprintf("%s%.*s%s", line, len, message, repaired);
	return psprintf("%s%.*s%s (raw text truncated to the first %zu of " INT64_FORMAT " bytes)",
					line, len, message, repaired, strlen(origin->raw), origin->full_len);
}

void
BatchReject(RowBatch *batch, const RowOrigin *origin, const char *column,
			const char *reason, int sqlstate, const char *message)
{
	MemoryContext old = MemoryContextSwitchTo(batch->cxt);
	RowReject  *reject = palloc0(sizeof(RowReject));

	reject->record = origin->record;
	reject->parent = origin->parent;
	reject->offset = origin->offset;
	reject->raw = origin->raw;
	reject->column = column;
	reject->reason = reason;
	reject->sqlstate = sqlstate;
	reject->message = RejectMessage(batch, origin, message);
	reject->form = origin->form;
	reject->context = origin->context;
	reject->whole = origin->full_len <= (int64) batch->raw_limit && !origin->repaired && !origin->incomplete;
	batch->reject_bytes += strlen(origin->raw) +
		(origin->context.ancestors ? strlen(origin->context.ancestors) : 0);
	batch->rejects = lappend(batch->rejects, reject);
	MemoryContextSwitchTo(old);
}

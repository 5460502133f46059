/*
 * batch_private.h
 *	  Functions on row batches that are private to decode.
 */
#ifndef ELT_DECODE_BATCH_PRIVATE_H
#define ELT_DECODE_BATCH_PRIVATE_H

#include "postgres.h"
#include "decode/convert.h"
#include "decode/row_batch.h"

#define ANCESTORS_LIMIT (1024 * 1024)	/* and of what it needs beside that */
#define REJECT_BYTES (8 * 1024 * 1024)	/* of both in a batch */
#define EVERY_COLUMN (-1)

/* The origin of a row, for its rejects. */
typedef struct RowOrigin
{
	int64		record;
	int64		parent;			/* 0: none */
	int64		offset;
	int64		line;			/* 0: not told */
	char	   *raw;
	int64		full_len;		/* of the raw text before it was clipped */
	bool		repaired;		/* it held bytes that are no text */
	bool		incomplete;		/* context lacks something */
	RejectForm	form;
	RejectContext context;
} RowOrigin;

/* A value without a fast path, to be converted by its input function when the batch is full. */
typedef struct PendingValue
{
	int			row;
	Converter  *converter;
	const char *text;			/* in the batch's cxt; NULL for a null that a domain may refuse */
	const RowOrigin *origin;	/* set when the row is finished */
} PendingValue;

/* Aligned memory that lives until the batch is reset; never pfree'd. */
extern void *BatchAllocSlow(RowBatch *batch, size_t size);

static inline void *
BatchAlloc(RowBatch *batch, size_t size)
{
	char	   *p = batch->arena;

	size = MAXALIGN(size);
	if (size > (size_t) (batch->arena_end - p))
		return BatchAllocSlow(batch, size);
	batch->arena = p + size;
	return p;
}

extern char *BatchText(RowBatch *batch, const char *s, size_t len);

/*
 * The row at batch->nrows is unfinished until BatchFinishRow counts it. What it has deferred can be
 * dropped: all of it, or that of the column attindex. Values of finished rows are safe from that.
 */
extern void BatchDefer(RowBatch *batch, Converter *converter, const char *text, size_t len);
extern void BatchForget(RowBatch *batch, int attindex);

/* The unfinished row lacks a value, which is that of a row with the same key as key_row; or -1. */
extern void BatchNoteUnsent(RowBatch *batch, int attindex, int key_row);

static inline bool
BatchIsFull(const RowBatch *batch)
{
	return batch->nrows >= batch->capacity || list_length(batch->rejects) >= batch->capacity ||
		batch->reject_bytes >= REJECT_BYTES;
}

/* Has the unfinished row deferred a value? Then BatchFinishRow wants to know its origin. */
static inline bool
BatchRowWaits(const RowBatch *batch)
{
	return batch->npending > batch->nsettled;
}

/* Convert the deferred values of the unfinished row when the batch is resolved. */
extern void BatchSettle(RowBatch *batch, const RowOrigin *origin);

/* Note the number of the row's record. */
extern void BatchNumber(RowBatch *batch, int row, int64 record);

static inline void
BatchFinishRow(RowBatch *batch, int64 record, const RowOrigin *origin)
{
	Assert(batch->nrows < batch->room);
	if (unlikely(batch->numbered))
		BatchNumber(batch, batch->nrows, record);
	if (BatchRowWaits(batch))
		BatchSettle(batch, origin);
	batch->nrows++;
}

/* A point in time of a batch, to which it can be set back. */
typedef struct BatchPlace
{
	int			nrows;
	int			nsettled;
	int			nrejects;
} BatchPlace;

extern BatchPlace BatchPlaceOf(const RowBatch *batch);
extern void BatchSetBack(RowBatch *batch, const BatchPlace *place);

/* Make room for rows beyond capacity, until the next reset; false when memory bytes do not do. */
extern bool BatchExtend(RowBatch *batch, size_t memory);

/* Can a text of the page be stored as it is? */
extern bool TextIsStorable(const char *text, size_t len);

/* Clip UTF-8 text of the page and make it one that the server can store. */
extern void OriginSetRaw(RowBatch *batch, RowOrigin *origin, const char *text, size_t len,
						 int64 full_len);

extern void BatchReject(RowBatch *batch, const RowOrigin *origin, const char *column,
						const char *reason, int sqlstate, const char *message);

/* The short code of a refusal. */
extern const char *ReasonOfState(int sqlstate);

/*
 * Convert what finished rows have deferred; those with a refused value become rejects. What an
 * unfinished row has deferred is dropped.
 */
extern void BatchResolve(RowBatch *batch);

/* One value now, by its input function, into cxt; false with *fault when it is refused. */
extern bool ConvertGuarded(Converter *converter, const char *text, MemoryContext cxt,
						   Datum *value, ConvertFault *fault);

#endif

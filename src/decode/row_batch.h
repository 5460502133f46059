/*
 * row_batch.h
 *	  Rows to be staged, and rejected records.
 *
 * Everything that values and rejects point to lives in cxt and dies at the next reset.
 */
#ifndef ELT_DECODE_ROW_BATCH_H
#define ELT_DECODE_ROW_BATCH_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"

/* What the raw text of a reject is. */
typedef enum RejectForm
{
	REJECT_ROW,					/* the typed row as JSON, by column */
	REJECT_RECORD,				/* the record, of JSON */
	REJECT_PAGE,				/* the record as a page of its own would have it: a line */
	REJECT_COLUMNS,				/* values of the page as JSON, by column */
	REJECT_DECODED				/* as REJECT_ROW, but with the texts that expressions take */
} RejectForm;

/* What decoding a record needs beside its text. */
typedef struct RejectContext
{
	const char *ancestors;		/* JSON object: values by column that stand outside of the record */
	const char *list;			/* path of the list that it stands in, where there are several */
	const char *header;			/* of CSV; each of these may be NULL */
	int64		line;			/* 0: not told */
	int64		arrival;		/* 0: not told */
} RejectContext;

#define DEFAULT_RAW_LIMIT (1024 * 1024)

typedef struct RowReject
{
	int64		record;			/* number of the record in its page, from 1 */
	int64		parent;			/* the same of the record of the parent that holds it; 0: none */
	int64		offset;			/* byte of the page where the record begins */
	const char *column;			/* NULL when the record as a whole is at fault */
	const char *reason;			/* short code: parse, type, encoding, length_mismatch ... */
	int			sqlstate;
	char	   *message;
	char	   *raw;			/* the record's text, at most raw_limit bytes of it */
	RejectForm	form;			/* of raw */
	bool		whole;			/* raw is all of it, as it came */
	RejectContext context;
} RowReject;

/* A value that was not sent, because it is as it was. */
typedef struct UnsentValue
{
	int			row;
	int			attindex;		/* attnum - 1 */
	int			key_row;		/* with the key that its row had; -1: there is none */
} UnsentValue;

struct PendingValue;

typedef struct RowBatch
{
	TupleDesc	desc;			/* the row type; dropped columns are null */
	int			capacity;		/* rows after which it is full */
	int			nrows;
	Datum	   *values;			/* nrows x natts */
	bool	   *isnull;
	bool		numbered;		/* to be set by who wants to know records of decoded rows */
	int64	   *records;		/* number of each row's record, from 1; NULL: not told */
	int64	   *parents;		/* the same of the parent's record that holds it, or 0; with records */
	MemoryContext cxt;			/* what the rows point to */
	List	   *rejects;		/* of RowReject */
	size_t		reject_bytes;	/* of their texts */
	int			nunsent;
	UnsentValue *unsent;		/* null in the rows, in their order; in cxt */
	bool		truncates;		/* the last row tells that all rows before are deleted */
	size_t		raw_limit;		/* bytes of raw text that a reject keeps; may be set */
	int64		given_record;	/* number of the record that is decoded alone: see RowBatchResolve */

	/* private to decode */
	int			maxunsent;
	int			records_room;	/* of parents too */
	int64		parent;			/* number of the parent's record for the row being made; or 0 */
	int			room;			/* rows that fit: more than capacity when they stay together */
	uint64		serial;			/* another at each reset: dates what is cached in cxt */
	struct PendingValue *pending;	/* values that wait for their input function */
	int			npending;
	int			nsettled;		/* the first of them are those of finished rows */
	int			maxpending;
	char	   *arena;			/* free part of the current block of cxt */
	char	   *arena_end;
	MemoryContext scratch;		/* of one conversion */
} RowBatch;

/* Rows of desc, in a context of their own below the current one. */
extern RowBatch *RowBatchCreate(TupleDesc desc, int capacity);
extern void RowBatchReset(RowBatch *batch);

/*
 * For rows that are not decoded: add a row for one record, as long as there are fewer than
 * capacity. Its columns are null until the caller sets them.
 */
extern int	RowBatchAdd(RowBatch *batch, int64 record);

/*
 * Records that are decoded alone leave values to their input functions until here, if given_record
 * tells which each is: once for many of them. Rows with refused values become rejects.
 */
extern void RowBatchResolve(RowBatch *batch);

/* Remove rows: those of which bad[row] is true. */
extern void RowBatchRemove(RowBatch *batch, const bool *bad);

static inline void
RowBatchPut(RowBatch *batch, int row, AttrNumber attnum, Datum value)
{
	size_t		at = (size_t) row * batch->desc->natts + attnum - 1;

	batch->values[at] = value;
	batch->isnull[at] = false;
}

#endif

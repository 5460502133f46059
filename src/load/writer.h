/*
 * writer.h
 *	  Write rows to the staging table and rejects to the staged quarantine.
 *
 * One writer serves the slices of a batch one after the other, each in one transaction or in
 * several: rows go through table_multi_insert into an unlogged heap without indexes, with their
 * run, their time of loading and the checks that they violate. They keep the order in which they
 * arrived, which a check of uniqueness relies on.
 */
#ifndef ELT_LOAD_WRITER_H
#define ELT_LOAD_WRITER_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/slice.h"
#include "decode/row_batch.h"
#include "load/native_checks.h"
#include "storage/block.h"

typedef struct StageWriter StageWriter;

/* Valid times of a row: within its slice's window, or else from oldest to newest. */
typedef struct TimeRange
{
	AttrNumber	attnum;			/* column of the row; 0: not checked */
	TimestampTz oldest;
	TimestampTz newest;
	bool		oldest_is_retention;	/* older rows are expired, not out of range */
	bool		window_only;	/* a row outside of its window would be there twice */
} TimeRange;

/* In the current memory context. checks may be NULL: none is evaluated. */
extern StageWriter *StageWriterCreate(const Pipeline *p, int64 run_id, const TimeRange *range,
									  NativeChecks *checks, TupleDesc row);

/*
 * Begin or continue a slice, also when an error has interrupted the previous one. Raises an error
 * when the staging table no longer matches the row type.
 */
extern void StageWriterOpen(StageWriter *w, const Slice *slice, TimestampTz loaded_at);

/*
 * Number what comes from now on until the next call: these are the last numbers of records, of this
 * table and of its parent's, before the page at hand.
 */
extern void StageWriterNumber(StageWriter *w, int64 record_base, int64 parent_base);

/* Write the rows of a batch, and move those out of range to its rejects. */
extern void StageWriterAdd(StageWriter *w, RowBatch *batch);

/* Counts of a slice's records. */
typedef struct StageCounts
{
	int64		rows;
	int64		rejected;
	int64		undecoded;		/* of those: rejected by decoding */
	BlockNumber first_block;	/* of the staging table with rows of it; InvalidBlockNumber: none */
} StageCounts;

#define NO_STAGE_COUNTS ((StageCounts) {.first_block = InvalidBlockNumber})

/* Finish the slice, or what the transaction has of it, which is added to counts. */
extern void StageWriterClose(StageWriter *w, StageCounts *counts);

/* Is a value of a time column earlier than that? */
extern bool RowTimeIsBefore(Oid type, Datum value, TimestampTz time);

#endif

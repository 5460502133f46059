/*
 * writer.h
 *	  Typed rows into the staging table, refused rows into the staged quarantine.
 *
 * One writer serves the slices of a batch, one after the other, each in one transaction or in
 * several: rows go through table_multi_insert into an unlogged heap without indexes, with their
 * run, their time of loading and the checks that they break. They stand there in the order in
 * which they came, which is the order that a check of uniqueness goes by.
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

/* What times a row may have: in its slice's window, or else between oldest and newest. */
typedef struct TimeRange
{
	AttrNumber	attnum;			/* column of the row; 0: not checked */
	TimestampTz oldest;
	TimestampTz newest;
	bool		oldest_is_retention;	/* older rows have expired, not gone astray */
} TimeRange;

/* In the current memory context. checks may be NULL: none is evaluated. */
extern StageWriter *StageWriterCreate(const Pipeline *p, int64 run_id, const TimeRange *range,
									  NativeChecks *checks, TupleDesc row);

/*
 * Begin with a slice, or go on with it, even where an error has kept the one before from its end.
 * Error when rows of the writer's type no longer fit.
 */
extern void StageWriterOpen(StageWriter *w, const Slice *slice, TimestampTz loaded_at);

/* Write the rows of a batch, and move those out of range to its rejects. */
extern void StageWriterAdd(StageWriter *w, RowBatch *batch);

/* What became of a slice's records. */
typedef struct StageCounts
{
	int64		rows;
	int64		rejected;
	int64		undecoded;		/* of those: refused by decoding */
	BlockNumber first_block;	/* of the staging table with rows of it; InvalidBlockNumber: none */
} StageCounts;

#define NO_STAGE_COUNTS ((StageCounts) {.first_block = InvalidBlockNumber})

/* Finish the slice, or what the transaction has of it, which is added to counts. */
extern void StageWriterClose(StageWriter *w, StageCounts *counts);

#endif

/*
 * insert_select.h
 *	  Stage rows of a source by its own INSERT ... SELECT.
 *
 * Rows with times out of range are removed again and rejected, as the writer does.
 */
#ifndef ELT_LOAD_INSERT_SELECT_H
#define ELT_LOAD_INSERT_SELECT_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "load/writer.h"
#include "source/pull.h"

typedef struct InsertSelect
{
	const Pipeline *pipeline;
	int64		run_id;
	const TimeRange *range;
	RowBatch   *rows;			/* for rows that are rejected */
	Pull	   *pull;
	PulledSlice *pulled;
	TimestampTz loaded_at;
	int64		limit;			/* rows that are wanted, 0: all */
} InsertSelect;

/* The table and the columns that rows of this type are inserted into. */
extern char *InsertSelectInto(const Pipeline *p, TupleDesc row);

/*
 * Stage the next rows of the slice, as the pipeline's owner, and add them to counts. Sets
 * *first_reject, unless it is set, to a message in the current context. False after the last row.
 */
extern bool InsertSelectNext(const InsertSelect *s, StageCounts *counts, char **first_reject);

#endif

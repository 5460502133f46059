/*
 * truncation.h
 *	  Delete the rows of a table that was truncated, as an event of change tells.
 */
#ifndef ELT_SOURCE_TRUNCATION_H
#define ELT_SOURCE_TRUNCATION_H

#include "postgres.h"
#include "decode/row_batch.h"
#include "source/definition.h"

typedef struct Truncation Truncation;

/*
 * The last of the rows tells of a truncation: take it out, for a delete of each row that there was. Lives
 * in the current memory context. NULL: it stays, as in a log of changes or without a pipeline.
 */
extern Truncation *TruncationTake(const SourceDefinition *def, RowBatch *rows);

/* It was just taken: no delete has been added so far. */
extern bool TruncationIsNew(const Truncation *truncation);
/* What it tells, as the JSON of a row of the source: a delete without a key. */
extern char *TruncationAsJson(const Truncation *truncation);

/*
 * Add such deletes to an empty batch, once all rows before are staged. False: all have been added, and the
 * truncation is released.
 */
extern bool TruncationFill(Truncation *truncation, RowBatch *rows);

#endif

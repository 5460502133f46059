/*
 * replay_rows.h
 *	  Decode the rejects of a replay into the staging table.
 */
#ifndef ELT_PIPELINE_REPLAY_ROWS_H
#define ELT_PIPELINE_REPLAY_ROWS_H

#include "postgres.h"
#include "pipeline/execution.h"

/*
 * Stage the rows of all rejects of the pipeline's replay, and reject once more those that do not
 * decode, each as a record whose number is its place. The writer of e is open for rows.
 */
extern void ReplayRowsStage(Execution *e);

#endif

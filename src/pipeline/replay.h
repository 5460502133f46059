/*
 * replay.h
 *	  Replay rejects in a run of its own.
 */
#ifndef ELT_PIPELINE_REPLAY_H
#define ELT_PIPELINE_REPLAY_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/replayed.h"

/*
 * Decode, check and merge these rejects in the caller's transaction, under the pipeline's lock.
 * Discards what is staged. Returns the run's id; 0 when there is no such reject.
 */
extern int64 Replay(const Pipeline *p, const RejectSet *set, ReplayCounts *counts);

#endif

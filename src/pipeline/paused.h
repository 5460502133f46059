/*
 * paused.h
 *	  Slices that fail repeatedly: requested last, and after increasing pauses.
 */
#ifndef ELT_PIPELINE_PAUSED_H
#define ELT_PIPELINE_PAUSED_H

#include "postgres.h"
#include "catalog/run.h"
#include "catalog/standing.h"

/* What a run leaves out. */
typedef struct PausedSlices
{
	bool		counts;			/* does a pause matter to the run? */
	int64		count;
	TimestampTz until;			/* of the first one that is to be asked for again */
} PausedSlices;

/* Do pauses apply to a run? One that was called explicitly or requests everything has none. */
extern bool PauseCounts(const Pipeline *p, const Run *run);

/* The due slices of a combination, marked as failures and without those that wait. */
extern List *WithoutPaused(List *due, const Standing *standing, PausedSlices *paused);

/* Record in the run which slices are skipped. */
extern void TellPaused(const Run *run, const PausedSlices *paused);

#endif

/*
 * paused.h
 *	  Slices that are refused again and again: asked for last, and after pauses that grow.
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

/* Do pauses matter to a run? Who calls for it himself, or for everything, gets everything. */
extern bool PauseCounts(const Pipeline *p, const Run *run);

/* The due slices of a combination, marked as failures and without those that wait. */
extern List *WithoutPaused(List *due, const Standing *standing, PausedSlices *paused);

/* Say in the run what it leaves out. */
extern void TellPaused(const Run *run, const PausedSlices *paused);

#endif

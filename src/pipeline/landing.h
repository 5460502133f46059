/*
 * landing.h
 *	  What has become of a batch that was to land.
 */
#ifndef ELT_PIPELINE_LANDING_H
#define ELT_PIPELINE_LANDING_H

#include "postgres.h"
#include "catalog/run.h"
#include "catalog/staged.h"

typedef struct Landing
{
	MergeCounts counts;			/* of a batch that merged */
	bool		refused;		/* verdicts and rejects were written, no rows */
	int			sqlstate;		/* of the refusal */
	char	   *verdict;		/* why */
	OverdueSlice *overdue;		/* NULL: no slice has been unpublished for too long */
	char	   *hint;			/* where to look, what to do */
} Landing;

/* The first refusal is the one that is told. */
static inline void
LandingRefuse(Landing *landing, int sqlstate, char *verdict, char *hint)
{
	if (landing->refused)
		return;
	landing->refused = true;
	landing->sqlstate = sqlstate;
	landing->verdict = verdict;
	landing->hint = hint;
}

#endif

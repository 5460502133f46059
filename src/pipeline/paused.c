/*
 * paused.c
 *	  Slices that fail repeatedly: requested last, and after increasing pauses.
 *
 * Usually each window has a pause of its own. Where nothing of a combination of params has landed
 * since it failed, the source probably does not know the combination, and all its windows wait;
 * after the pause the oldest one shows whether that has changed.
 */
#include "base/compat.h"
#include "pipeline/paused.h"

#include "catalog/slice.h"
#include "utils/timestamp.h"

bool
PauseCounts(const Pipeline *p, const Run *run)
{
	return run != NULL && !run->has_window && !PipelineLoadsAll(p) && RunIsAutomatic(run);
}

static void
LeaveOut(PausedSlices *paused, int64 count, TimestampTz until)
{
	if (paused->count == 0 || until < paused->until)
		paused->until = until;
	paused->count += count;
}

static FailedWindow *
WorstOf(List *failed)
{
	FailedWindow *worst = linitial(failed);
	ListCell   *lc;

	foreach(lc, failed)
		if (((FailedWindow *) lfirst(lc))->failures > worst->failures)
			worst = lfirst(lc);
	return worst;
}

static List *
OfHopeless(List *due, const Standing *standing, PausedSlices *paused)
{
	FailedWindow *worst = WorstOf(standing->failed);
	bool		waits = paused->counts && worst->next_try_at != 0;
	ListCell   *lc;

	if (waits && worst->next_try_at > GetCurrentTimestamp())
	{
		LeaveOut(paused, list_length(due), worst->next_try_at);
		return NIL;
	}
	foreach(lc, due)
		((Slice *) lfirst(lc))->failures = worst->failures;
	return waits ? list_truncate(due, 1) : due;
}

List *
WithoutPaused(List *due, const Standing *standing, PausedSlices *paused)
{
	TimestampTz now;
	List	   *left = NIL;
	ListCell   *f = list_head(standing->failed);
	ListCell   *lc;

	if (standing->failed == NIL || due == NIL)
		return due;
	if (standing->all_fail)
		return OfHopeless(due, standing, paused);
	now = GetCurrentTimestamp();
	foreach(lc, due)
	{
		Slice	   *slice = lfirst(lc);
		FailedWindow *w;

		while (f != NULL && ((FailedWindow *) lfirst(f))->start < slice->window_start)
			f = lnext(standing->failed, f);
		w = f == NULL ? NULL : lfirst(f);
		if (w != NULL && w->start == slice->window_start)
			slice->failures = w->failures;
		if (paused->counts && slice->failures > 0 && w->next_try_at > now)
			LeaveOut(paused, 1, w->next_try_at);
		else
			left = lappend(left, slice);
	}
	return left;
}

void
TellPaused(const Run *run, const PausedSlices *paused)
{
	RunNote(run->id,
			psprintf(ngettext("%lld slice that failed repeatedly is skipped until %s.",
							  "%lld slices that failed repeatedly are skipped, the first one "
							  "until %s.", paused->count),
					 (long long) paused->count, pstrdup(timestamptz_to_str(paused->until))),
			"Use CALL elt.run to request them at once.");
}

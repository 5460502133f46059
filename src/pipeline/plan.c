/*
 * plan.c
 *	  Decide which slices a run requests.
 *
 * For each params combination everything from cursor - lookback up to now() - publication_delay is
 * due, window by window, with two exceptions: earlier windows that failed or were not published are
 * due as well, and complete ones ahead of the cursor that have landed already are not. A run of
 * given windows requests exactly those, or the rest of them after it has made way for another run.
 * A full load requests everything from start_at on, whatever has landed before. Unless it is
 * requested explicitly, no window is due that retention would empty at once. Where repeated rows
 * would be stored twice, windows that have landed or are not over are left out.
 */
#include "base/compat.h"
#include "pipeline/execution.h"

#include "base/identity.h"
#include "base/progress.h"
#include "base/time_span.h"
#include "catalog/standing.h"
#include "check/batch_check.h"
#include "merge/strategy.h"
#include "partition/grid.h"
#include "pipeline/ask_once.h"
#include "pipeline/changes.h"
#include "pipeline/child_load.h"
#include "pipeline/file_slices.h"
#include "pipeline/params_query.h"
#include "pipeline/paused.h"
#include "pipeline/pipeline_cursor.h"
#include "pipeline/plan.h"
#include "pipeline/retained.h"
#include "pipeline/source_rights.h"
#include "source/kind.h"
#include "source/slices.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define ROWS_PER_FILL 1000

/* Few statements for many combinations, and not all of their state in memory at once. */
#define COMBINATIONS_AT_A_TIME 10000

static char *
CopyText(const char *text)
{
	return text == NULL ? NULL : pstrdup(text);
}

static Slice *
MakeWindow(const char *params, TimestampTz start, TimestampTz end)
{
	Slice	   *slice = palloc0(sizeof(Slice));

	slice->params = pstrdup(params);
	slice->has_window = true;
	slice->window_start = start;
	slice->window_end = end;
	return slice;
}

/* All that there is for these params, or all from the cursor or the position on. */
static Slice *
MakeWhole(const Pipeline *p, const SourceDefinition *source, const char *params,
		  const Standing *standing)
{
	Slice	   *slice = MakeWindow(params, DT_NOBEGIN, DT_NOEND);

	slice->has_window = false;
	slice->cursor = CopyText(PipelineCursorText(p, source, standing));
	slice->position = CopyText(PipelinePosition(p, source, standing));
	return slice;
}

static List *
SlicesOf(const SourceDefinition *source, const char *params, TimestampTz from, TimestampTz to)
{
	List	   *slices = NIL;
	ListCell   *lc;

	if (from >= to)
		return NIL;
	foreach(lc, SourceWindows(source, from, to))
	{
		Window	   *w = lfirst(lc);

		slices = lappend(slices, MakeWindow(params, w->start, w->end));
	}
	return slices;
}

/* Between which times all combinations are asked for. */
typedef struct Extent
{
	TimestampTz retained;		/* what is older is not kept; -infinity: all is */
	TimestampTz origin;			/* where the first window begins */
	TimestampTz horizon;		/* windows that end by it are complete */
} Extent;

static Extent
ExtentOf(const Pipeline *p, const SourceDefinition *source, TimestampTz horizon)
{
	Extent		extent = {DT_NOBEGIN, DT_NOBEGIN, horizon};

	if (source->window == NULL)
		return extent;
	extent.retained = RetainedFrom(p, source);
	extent.origin = Max(SourceWindowFloor(source, p->start_at), extent.retained);
	return extent;
}

/* Take out windows that are known as landed, add those from oldest on that are known as open. */
static List *
ApplyKnown(List *slices, const char *params, List *known, TimestampTz oldest,
		   TimestampTz from)
{
	List	   *due = NIL;
	ListCell   *k = list_head(known);
	ListCell   *lc;

	for (; k != NULL && ((KnownWindow *) lfirst(k))->open; k = lnext(known, k))
	{
		KnownWindow *w = lfirst(k);

		if (w->start >= oldest && w->start < from)
			due = lappend(due, MakeWindow(params, w->start, w->end));
	}
	foreach(lc, slices)
	{
		Slice	   *slice = lfirst(lc);

		while (k != NULL && ((KnownWindow *) lfirst(k))->start < slice->window_start)
			k = lnext(known, k);
		if (k == NULL || ((KnownWindow *) lfirst(k))->start != slice->window_start)
			due = lappend(due, slice);
	}
	return due;
}

static List *
DueWindows(const Pipeline *p, const SourceDefinition *source, const char *params,
		   const Standing *standing, const Extent *extent)
{
	TimestampTz cursor = standing->position != NULL ? standing->window_end : extent->origin;
	TimestampTz from = SourceWindowFloor(source, TimeMinus(cursor, p->lookback));

	from = Max(from, extent->origin);
	return ApplyKnown(SlicesOf(source, params, from, extent->horizon), params,
					  standing->known, extent->retained, from);
}

static List *
SlicesOfCombination(const Pipeline *p, const SourceDefinition *source, const Run *run,
					const char *params, const Standing *standing, const Extent *extent)
{
	if (PipelineLoadsAll(p) && source->window != NULL)
		return SlicesOf(source, params, extent->origin, extent->horizon);
	if (source->window == NULL)
		return standing->known != NIL ? NIL :
			list_make1(MakeWhole(p, source, params, standing));
	if (run != NULL && run->has_window)
		return ApplyKnown(SlicesOf(source, params, run->window_from, run->window_to), params,
						  standing->known, DT_NOBEGIN, run->window_from);
	return DueWindows(p, source, params, standing, extent);
}

static void
Disbelieve(const Pipeline *p, const SourceDefinition *source)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz origin = SourceWindowFloor(source, p->start_at);

	CursorsDisbelieve(p, now, Max(origin, SourceWindowFloor(source, now)), StrategyAsksOnce(p));
}

/* What a run that goes on has landed itself, or what is known of windows; writes for runs alone. */
static Standing *
ReadStandings(const Pipeline *p, const SourceDefinition *source, const Run *run,
			  List *combinations, const Extent *extent)
{
	bool		is_live = source->window != NULL && (run == NULL || !run->has_window) &&
		!PipelineLoadsAll(p);
	Standing   *standings;

	if (is_live && run != NULL)
		Disbelieve(p, source);
	if (is_live && run != NULL)
		CursorsBegin(p, combinations, extent->origin);
	standings = StandingsOf(p, combinations);
	if (is_live)
		StandingsAddKnown(p, combinations, standings);
	else if (run != NULL && run->goes_on && !PipelineLoadsAll(p))
		StandingsAddLanded(p, combinations, run->id, standings);
	if (run != NULL)
		StandingsAddFailed(p, combinations, standings);
	return standings;
}

/* Oldest window first, so that all combinations advance together. */
static int
CompareInOrder(const ListCell *a, const ListCell *b)
{
	const Slice *sa = lfirst(a);
	const Slice *sb = lfirst(b);

	if (sa->window_start != sb->window_start)
		return sa->window_start < sb->window_start ? -1 : 1;
	if (sa->place != sb->place)
		return sa->place - sb->place;
	return strcmp(sa->params, sb->params);
}

/* The same, but what was refused comes last. */
static int
CompareSlices(const ListCell *a, const ListCell *b)
{
	bool		failed_a = ((Slice *) lfirst(a))->failures > 0;
	bool		failed_b = ((Slice *) lfirst(b))->failures > 0;

	if (failed_a != failed_b)
		return failed_a ? 1 : -1;
	return CompareInOrder(a, b);
}

/* Where a later slice takes the place of earlier ones, a newer window must not come before an older one. */
static void
SortSlices(const Pipeline *p, List *slices)
{
	list_sort(slices, MergeStrategyOf(p)->superseded != NULL ? CompareInOrder : CompareSlices);
}

/* What is no longer asked for must not hold back the pipeline's cursor. */
static List *
PlanCombinations(const Pipeline *p, const SourceDefinition *source, const Run *run)
{
	List	   *combinations;

	if (p->params_query == NULL)
		return SourceParams(source, p->params);
	combinations = ParamsQueryRun(p, source);
	if (run != NULL && source->window != NULL)
		CursorKeepOnly(p, combinations);
	if (run != NULL && !SourceListsCombinations(source))
		SlicesKeepOnly(p, combinations);
	return combinations;
}

/* Slices of some combinations, from one on, whose state is looked up together. */
static List *
AddSlices(List *slices, const Pipeline *p, const SourceDefinition *source, const Run *run,
		  List *combinations, int from, const Extent *extent, PausedSlices *paused,
		  MemoryContext scratch)
{
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	List	   *some = NIL;
	Standing   *standings;
	int			n;

	for (n = from; n < list_length(combinations) && n - from < COMBINATIONS_AT_A_TIME; n++)
		some = lappend(some, list_nth(combinations, n));
	standings = ReadStandings(p, source, run, some, extent);
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < n - from; i++)
	{
		List	   *due = SlicesOfCombination(p, source, run, list_nth(some, i), &standings[i],
											  extent);

		slices = list_concat(slices, WithoutPaused(due, &standings[i], paused));
	}
	return slices;
}

/* In the order of asking; run may be NULL: what would be new. files may be NULL: there are none. */
static List *
PlanSlices(const Pipeline *p, const SourceDefinition *source, const Run *run,
		   TimestampTz horizon, const FilePlan *files, PausedSlices *paused)
{
	List	   *combinations = files ? FileCombinations(files) : PlanCombinations(p, source, run);
	Extent		extent = ExtentOf(p, source, horizon);
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "elt plan",
												  ALLOCSET_DEFAULT_SIZES);
	List	   *slices = NIL;

	for (int from = 0; from < list_length(combinations); from += COMBINATIONS_AT_A_TIME)
	{
		slices = AddSlices(slices, p, source, run, combinations, from, &extent, paused, scratch);
		MemoryContextReset(scratch);
	}
	MemoryContextDelete(scratch);
	if (files != NULL)
		FileSlicesMark(files, slices);
	SortSlices(p, slices);
	if (files != NULL)
		return PipelineLoadsAll(p) ? slices : FileSlicesLimit(source->files, slices);
	return StrategyAsksOnce(p) ? SlicesToAskOnce(p, slices, horizon) : slices;
}

/* In one piece: a run may have many. */
static List *
CopySlices(List *slices)
{
	Slice	   *block = palloc(sizeof(Slice) * Max(list_length(slices), 1));
	List	   *copies = NIL;
	ListCell   *lc;

	foreach(lc, slices)
	{
		const Slice *slice = lfirst(lc);
		Slice	   *copy = &block[foreach_current_index(lc)];

		*copy = *slice;
		copy->params = pstrdup(slice->params);
		copy->cursor = CopyText(slice->cursor);
		copy->position = CopyText(slice->position);
		copy->etag = CopyText(slice->etag);
		copy->last_modified = CopyText(slice->last_modified);
		copy->body_hash = CopyText(slice->body_hash);
		copy->landed_checksum = CopyText(slice->landed_checksum);
		copies = lappend(copies, copy);
	}
	return copies;
}

/* A run lasts: it keeps its slices, and nothing of what led to them. */
static void
PlanDueSlices(Execution *e)
{
	MemoryContext run_cxt = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(run_cxt, "elt plan", ALLOCSET_DEFAULT_SIZES);
	PausedSlices paused = {PauseCounts(e->pipeline, e->run)};
	FilePlan   *files = NULL;
	List	   *slices = NIL;

	MemoryContextSwitchTo(scratch);
	if (e->run != NULL && e->source->files != NULL)
		files = FilesOfRun(e);
	if (e->settle_until == 0)
		slices = PlanSlices(e->pipeline, e->source, e->run, e->horizon, files, &paused);
	MemoryContextSwitchTo(run_cxt);
	e->left_out = paused.count > 0;
	if (e->left_out)
		TellPaused(e->run, &paused);
	e->slices = CopySlices(slices);
	MemoryContextDelete(scratch);
}

/* Windows that end at or before it are complete. */
static TimestampTz
PlanHorizon(const Pipeline *p)
{
	return TimeMinus(GetCurrentTimestamp(), p->publication_delay);
}

/* The same where rows of transactions that are still running can appear. */
static TimestampTz
SettledHorizon(const Execution *e)
{
	const SourceKind *kind = e->source->kind;

	if (e->source->window == NULL || e->run == NULL || kind->settled_until == NULL)
		return e->horizon;
	return Min(e->horizon, kind->settled_until(e->source));
}

TimeRange
PlanRangeOf(const Pipeline *p, const SourceDefinition *source, AttrNumber column)
{
	TimeRange	range = {column};
	TimestampTz cutoff;

	if (p->partition_by != NULL)
		range.attnum = get_attnum(p->source, p->partition_by);
	TIMESTAMP_NOBEGIN(range.oldest);
	if (p->has_start_at)
		range.oldest = source->window != NULL
			? SourceWindowFloor(source, p->start_at) : p->start_at;
	if (p->partition_by != NULL && GridRetainCutoff(p->target, &cutoff) && cutoff > range.oldest)
	{
		range.oldest = cutoff;
		range.oldest_is_retention = true;
	}
	range.newest = TimePlus(GetCurrentTimestamp(), p->max_future);
	return range;
}

static void
ReadSource(void *arg)
{
	Execution  *e = arg;

	SourceCheckReadable(e->pipeline->source, e->pipeline->owner);
	e->source = SourceDefinitionOf(e->pipeline);
	SourceAuthenticate(e->source, e->pipeline->owner);
	SliceReaderInit(&e->reader, e->source);
	e->rows = RowBatchCreate(e->source->desc, ROWS_PER_FILL);
	e->rows->raw_limit = e->pipeline->reject_raw_bytes;
	ChildrenRead(e);
}

void
PlanCheckSpan(const Pipeline *p, const SourceDefinition *source)
{
	if (source->window == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot run pipeline \"%s\" for a window", p->name),
				 errdetail("Source \"%s\" has no windows.", source->relation),
				 errhint("Use CALL elt.run(%s) to load new data.",
						 quote_literal_cstr(p->name))));
}

void
PlanReadSource(Execution *e)
{
	MemoryContext old = MemoryContextSwitchTo(e->cxt);

	PlanDefinition(e);
	RunAs(e->pipeline->owner, ReadSource, e);
	MemoryContextSwitchTo(old);
}

void
PlanRun(Execution *e)
{
	MemoryContext old = MemoryContextSwitchTo(e->cxt);
	TimestampTz settled;

	e->one_batch = PipelineLoadsAll(e->pipeline) || BatchChecksJudgeRuns(e->pipeline);
	if (e->run != NULL && e->run->has_window)
	{
		PlanCheckSpan(e->pipeline, e->source);
		TellOfExpiredSpan(e->pipeline, e->source, e->run->window_from);
	}
	e->horizon = PlanHorizon(e->pipeline);
	settled = SettledHorizon(e);
	if (StrategyAsksOnce(e->pipeline))
		e->horizon = settled;
	e->range = PlanRangeOf(e->pipeline, e->source, e->source->window_attnum);
	ChildrenPlan(e);
	PlanDueSlices(e);
	e->horizon = settled;
	if (e->settle_until != 0)
	{
		MemoryContextSwitchTo(old);
		return;
	}
	if (e->run == NULL)
		e->slices = list_truncate(e->slices, 1);	/* a preview shows no other, and asks for none */
	PlanRecall(e);
	if (e->pipeline->changes_of != NIL && e->slices != NIL)
		ChangesPlan(e, ((const Slice *) linitial(e->slices))->position);
	e->pull = PullOpen(e->source, e->slices);
	ProgressSlices(0, list_length(e->slices));
	ChildrenAttach(e);
	MemoryContextSwitchTo(old);
}

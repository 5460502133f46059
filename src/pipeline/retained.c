/*
 * retained.c
 *	  Windows whose rows retention would remove at once: only requested explicitly.
 */
#include "base/compat.h"
#include "pipeline/retained.h"

#include "partition/grid.h"
#include "source/slices.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/*
 * Only where windows and partitions go by the same column says one what the other keeps. A load
 * of everything that deletes what is absent must see all that the target may still have.
 */
TimestampTz
RetainedFrom(const Pipeline *p, const SourceDefinition *source)
{
	TimestampTz cutoff;

	if (source->window == NULL || p->partition_by == NULL ||
		get_attnum(p->source, p->partition_by) != source->window_attnum ||
		PipelineDeletesAbsent(p) || !GridRetainCutoff(p->target, &cutoff))
		return DT_NOBEGIN;
	return SourceWindowFloor(source, cutoff);
}

void
TellOfLaterStart(const Pipeline *p, const SourceDefinition *source)
{
	TimestampTz from = RetainedFrom(p, source);

	if (!p->has_start_at || p->start_at >= from)
		return;
	ereport(NOTICE,
			(errmsg("pipeline \"%s\" begins later than start_at", p->name),
			 errdetail("Windows before %s are not requested because retention would remove their "
					   "rows at once.",
					   timestamptz_to_str(from))));
}

void
TellOfExpiredSpan(const Pipeline *p, const SourceDefinition *source, TimestampTz from)
{
	TimestampTz oldest = RetainedFrom(p, source);

	if (from >= oldest)
		return;
	ereport(NOTICE,
			(errmsg("requested windows of pipeline \"%s\" are older than its retention period", p->name),
			 errdetail("Rows of windows before %s are loaded, but the next retention removes them.",
					   timestamptz_to_str(oldest))));
}

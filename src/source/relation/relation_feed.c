/*
 * relation_feed.c
 *	  Read a relation phase by phase, in ranges that the caller limits.
 */
#include "base/compat.h"
#include "source/feed.h"

#include "miscadmin.h"
#include "source/relation/relation_pull.h"
#include "source/relation/relation_ranges.h"
#include "source/relation/relation_rows.h"
#include "source/relation/relation_settle.h"
#include "source/relation/relation_start.h"
#include "utils/datum.h"
#include "utils/memutils.h"

static void
Open(Pull *base)
{
	RelationPull *pull = (RelationPull *) base;

	pull->place_cxt = AllocSetContextCreate(base->cxt, "elt place", ALLOCSET_SMALL_SIZES);
}

/* One snapshot has everything, else there are phases with an order, where there is one. */
RelationPhase
FirstPhase(const SourceDefinition *def)
{
	const RelationSource *relation = def->own;

	if (relation->loads_all || def->window != NULL || relation->norder == 0 ||
		relation->key_ranges > 0)
		return READ_ALL;
	return READ_ORDERED;
}

static bool
Next(Pull *base, PulledSlice *out)
{
	RelationPull *pull = (RelationPull *) base;

	CHECK_FOR_INTERRUPTS();
	if (pull->next == list_length(base->slices) ||
		(base->must_stop != NULL && base->must_stop()))
		return false;
	out->cxt = AllocSetContextCreate(base->cxt, "elt relation", ALLOCSET_SMALL_SIZES);
	out->slice = list_nth(base->slices, pull->next++);
	out->verdict = VERDICT_SUCCESS;
	out->attempts = 1;
	pull->phase = FirstPhase(base->def);
	pull->behind = NULL;
	return true;
}

RelationRange
RelationNext(const RelationPull *pull, const Slice *slice)
{
	RelationRange range = {pull->base.def, slice, pull->phase, pull->from};

	range.behind = pull->behind;
	KeyRangesSet(pull, &range);
	if (range.behind != NULL)
		range.from = NULL;
	return range;
}

void
RelationReached(RelationPull *pull, const OrderPlace *place)
{
	const RelationSource *relation = pull->base.def->own;
	MemoryContext old = MemoryContextSwitchTo(pull->place_cxt);

	/* the place itself lives elsewhere */
	MemoryContextReset(pull->place_cxt);
	pull->behind = OrderPlaceCopy(relation, place->first, place->values);
	MemoryContextSwitchTo(pull->base.cxt);
	if (pull->base.def->cursor_column != NULL && place->first == 0)
	{
		if (pull->has_reached && !relation->order[0].typbyval)
			pfree(DatumGetPointer(pull->reached));
		pull->reached = datumCopy(place->values[0], relation->order[0].typbyval,
								  relation->order[0].typlen);
		pull->has_reached = true;
	}
	MemoryContextSwitchTo(old);
}

static void
EndPhase(RelationPull *pull)
{
	pull->phase = NextPhase(pull->base.def, pull->phase);
	pull->behind = NULL;
	if (pull->phase == READ_NOTHING && KeyRangesNext(pull))
		pull->phase = FirstPhase(pull->base.def);
}

static bool
Stage(Pull *base, PulledSlice *pulled, StageOrder *order)
{
	RelationPull *pull = (RelationPull *) base;

	RelationStart(pull, pulled->slice);
	if (!RelationStageRows(pull, pulled->slice, order))
		EndPhase(pull);
	base->totals.requests++;
	pulled->position = RelationPosition(pull, pulled->slice, pulled->cxt);
	return pull->phase != READ_NOTHING;
}

static void
ShowRow(const SourceDefinition *def, Sql *q, uint64 at, RowBatch *rows)
{
	int			row = RowBatchAdd(rows, at + 1);

	for (int i = 0; i < def->ncolumns; i++)
	{
		Form_pg_attribute att = TupleDescAttr(def->desc, def->columns[i].attnum - 1);
		bool		isnull;
		Datum		value = SqlDatum(q, at, i + 1, &isnull);

		if (!isnull)
			RowBatchPut(rows, row, att->attnum, datumCopy(value, att->attbyval, att->attlen));
	}
}

/* For a preview, in the session's own transaction. */
static bool
NextRows(Pull *base, PulledSlice *pulled, RowBatch *rows)
{
	RelationPull *pull = (RelationPull *) base;
	const RelationSource *relation = base->def->own;
	RelationRange range;
	Sql			q;

	RelationStart(pull, pulled->slice);
	range = RelationNext(pull, pulled->slice);
	range.limit = rows->capacity;
	range.offset = pull->shown;
	SelectRows(&q, &range);
	SqlRun(&q, relation->owner);
	for (uint64 i = 0; i < q.processed; i++)
		ShowRow(base->def, &q, i, rows);
	pull->shown += q.processed;
	if (q.processed < rows->capacity)
	{
		EndPhase(pull);
		pull->shown = 0;
	}
	SqlDone(&q);
	return pull->phase != READ_NOTHING;
}

static void
Close(Pull *base)
{
}

const Feed	RelationFeed = {
	.size = sizeof(RelationPull),
	.open = Open,
	.next = Next,
	.next_rows = NextRows,
	.stage = Stage,
	.is_settled = RelationIsSettled,
	.close = Close,
};

/*
 * stage_parts.c
 *	  Stage slices of sources that do so by their own statements.
 */
#include "base/compat.h"
#include "pipeline/stage_parts.h"

#include "base/attempt.h"
#include "base/pause.h"
#include "load/insert_select.h"
#include "pipeline/changed_keys.h"
#include "utils/memutils.h"

#define SHORTEST_PAUSE_MS 5
#define LONGEST_PAUSE_MS 200

/* 0: no limit. */
static int64
RoomFor(const Execution *e, int64 taken)
{
	const Pipeline *p = e->pipeline;

	return e->one_batch ? 0 : Max(p->batch_rows - e->batch_rows - taken, 1);
}

typedef struct Part
{
	InsertSelect statement;
	StageCounts *counts;
	char	   *first_reject;
	bool		more;
} Part;

static void
StageRows(void *arg)
{
	Part	   *part = arg;

	part->more = InsertSelectNext(&part->statement, part->counts, &part->first_reject);
}

bool
StagePart(Execution *e, int64 taken, SliceParts *staged)
{
	Part		part = {{e->pipeline, e->run->id, &e->range, e->rows, e->pull, &e->pulled,
	e->loaded_at, RoomFor(e, taken)}, &staged->counts, staged->first_reject};

	WithChangedKeys(e->parents, StageRows, &part);
	if (staged->first_reject == NULL && part.first_reject != NULL)
		staged->first_reject = MemoryContextStrdup(e->batch_cxt, part.first_reject);
	return part.more;
}

typedef struct Settlement
{
	Execution  *e;
	bool		settled;
} Settlement;

static void
AskSettled(void *arg)
{
	Settlement *s = arg;

	s->settled = PullIsSettled(s->e->pull);
}

/* Another server shows what it is like when our transaction there has ended. */
ErrorData *
SettleSource(Execution *e)
{
	Settlement	s = {e, !SourceStages(e->source)};
	long		pause = SHORTEST_PAUSE_MS;

	while (!s.settled)
	{
		ErrorData  *error = Attempt(AskSettled, &s);

		if (error != NULL)
		{
			(void) AttemptCommit();
			return error;
		}
		CommitPhase();
		if (!s.settled)
			PauseFor(pause);
		pause = Min(pause * 2, LONGEST_PAUSE_MS);
	}
	return NULL;
}

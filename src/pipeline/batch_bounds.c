/*
 * batch_bounds.c
 *	  Limits on the size of a batch.
 *
 * Rows and bytes limit what staging holds; slices and seconds limit what a cancelled or killed run
 * has to request again, where slices are many and small or a server is slow.
 */
#include "base/compat.h"
#include "pipeline/batch_bounds.h"

#include "utils/guc.h"

static int	BatchSlices = 10000;

void
BatchBoundsInit(void)
{
	DefineCustomIntVariable("elt.batch_slices",
							"Sets the maximum number of slices of a batch; further slices go to "
							"the next batch.",
							NULL, &BatchSlices, BatchSlices, 1, 1000000,
							PGC_USERSET, 0, NULL, NULL, NULL);
}

void
BatchBegin(Execution *e)
{
	e->batch_rows = e->batch_rejected = e->batch_bytes = e->batch_slices = e->child_rows = 0;
	INSTR_TIME_SET_CURRENT(e->batch_began);
}

static double
SecondsSince(instr_time then)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, then);
	return INSTR_TIME_GET_DOUBLE(now);
}

/* Half of a full load says nothing about what is gone, half of a run nothing about the whole. */
bool
BatchIsFull(const Execution *e, int64 rows)
{
	const Pipeline *p = e->pipeline;

	if (e->one_batch)
		return false;
	return e->batch_rows + e->child_rows + rows >= p->batch_rows || e->batch_bytes >= p->batch_bytes ||
		e->batch_slices >= BatchSlices || SecondsSince(e->batch_began) >= p->batch_seconds;
}

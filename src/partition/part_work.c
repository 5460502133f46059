/*
 * part_work.c
 *	  How far the action of a partition has come.
 */
#include "base/compat.h"
#include "partition/part_work.h"

const PartStep *
NextStep(const PartWork *work)
{
	const PartAction *action = work->chain->action;

	if (work->row->step == NULL)
		return action->steps;
	for (int i = 0; i + 1 < action->nsteps; i++)
		if (strcmp(action->steps[i].name, work->row->step) == 0)
			return &action->steps[i + 1];
	return action->steps;
}

void
PartReportHalted(const char *name, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("partition \"%s\" was not archived: %s", name, why)));
}

PartState
StateOf(const LedgerRow *row)
{
	if (row->attached)
		return PART_ATTACHED;
	if (strcmp(row->state, "archived") == 0)
		return PART_ARCHIVED;
	if (strcmp(row->state, "packed") == 0)
		return PART_PACKED;
	return strcmp(row->state, "dropped") == 0 ? PART_DROPPED : PART_DETACHED;
}

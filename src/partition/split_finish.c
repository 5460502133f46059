/*
 * split_finish.c
 *	  Finish or undo the division of a partition.
 */
#include "base/compat.h"
#include "partition/split_finish.h"

#include "base/attempt.h"
#include "base/lock.h"
#include "base/sql_name.h"
#include "partition/busy.h"
#include "partition/finalize.h"
#include "partition/split_exchange.h"
#include "partition/split_state.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

typedef struct Leftover
{
	Oid			relation;
	int64		id;
	bool		undo;
	bool		done;
	Split	   *split;			/* in the transaction at hand */
	List	   *ids;			/* int64 *, of all */
	MemoryContext cxt;
} Leftover;

static void
ReportInterrupted(const Split *split)
{
	char	   *name = quote_literal_cstr(QuotedRelation(split->source));

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("dividing partition \"%s\" was interrupted", split->name),
			 errdetail("Changes of the partition are noted until it is resumed or undone."),
			 errhint("Use CALL elt.split_partition(%s) to resume it, or CALL elt.split_partition(%s, "
					 "undo => true) to undo it.", name, name)));
}

static void
DissolveNext(void *arg)
{
	Leftover   *left = arg;

	SplitDissolve(left->split, linitial_oid(left->split->groups));
}

static void
UndoNext(void *arg)
{
	Leftover   *left = arg;

	left->done = SplitUndo(left->split);
}

static bool
MustUndo(const Split *split)
{
	return SplitIs(split, "undo") || !OidIsValid(split->source) ||
		!IsPartitionOf(split->source, split->relation);
}

const char *
SplitLeft(const Split *split)
{
	if (SplitIs(split, "attach"))
		return "attach";
	return MustUndo(split) ? "undo" : NULL;
}

static void
DoNext(void *arg)
{
	Leftover   *left = arg;
	Split	   *split = SplitAgain(left->id);

	left->split = split;
	left->done = split == NULL || split->policy == NULL;
	if (left->done)
		return;
	if (SplitIs(split, "attach"))
	{
		left->done = split->groups == NIL;
		if (left->done)
			SplitForget(split);
		else
			WithLockTimeout(split->policy->lock_timeout_ms, DissolveNext, left);
	}
	else if (left->undo || MustUndo(split))
		WithLockTimeout(split->policy->lock_timeout_ms, UndoNext, left);
	else
		ReportInterrupted(split);
}

static ErrorData *
FinishOne(Leftover *left)
{
	ErrorData  *error;

	do
		error = AttemptAndCommit(DoNext, left);
	while (error == NULL && !left->done);
	return error;
}

ErrorData *
SplitFinish(int64 id, bool undo)
{
	Leftover	left = {.id = id, .undo = undo};

	return FinishOne(&left);
}

static void
ListThem(void *arg)
{
	Leftover   *left = arg;
	MemoryContext old;
	ListCell   *lc;

	foreach(lc, SplitsOf(left->relation))
	{
		int64	   *id = MemoryContextAlloc(left->cxt, sizeof(int64));

		*id = ((Split *) lfirst(lc))->id;
		old = MemoryContextSwitchTo(left->cxt);
		left->ids = lappend(left->ids, id);
		MemoryContextSwitchTo(old);
	}
}

static ErrorData *
FinishAll(Leftover *left)
{
	ErrorData  *first = AttemptAndCommit(ListThem, left);
	ListCell   *lc;

	foreach(lc, left->ids)
	{
		ErrorData  *error;

		left->id = *(int64 *) lfirst(lc);
		error = FinishOne(left);
		if (first == NULL)
			first = error;
	}
	return first;
}

ErrorData *
SplitsFinish(Oid relation, bool top_level, int64 *partitions, int64 *rows)
{
	Leftover	left = {.relation = relation, .cxt = CurrentMemoryContext};
	ErrorData  *volatile error = NULL;

	if (!SessionLockTry(LOCK_SPLIT, relation))
		return NULL;
	PG_TRY();
	{
		error = FinishAll(&left);
	}
	PG_FINALLY();
	{
		SessionLockRelease(LOCK_SPLIT, relation);
	}
	PG_END_TRY();
	return error;
}

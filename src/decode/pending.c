/*
 * pending.c
 *	  Convert deferred values with input functions, and reject rows with invalid values.
 *
 * The values of a batch are converted inside one internal subtransaction. An error aborts it;
 * the row of the value is rejected, and a new subtransaction continues with the rest, so a
 * subtransaction is needed per invalid value, not per value. Values that were already converted
 * are kept in the batch's memory. Soft errors of input functions (16 and later) do not abort the
 * subtransaction.
 *
 * In a parallel query there are no subtransactions, and the first invalid value ends it.
 *
 * Only errors of SQLSTATE classes 21, 22, 23 and 54 and syntax errors reject a row. Other
 * errors, including a cancel, are rethrown.
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "base/row_fault.h"
#include "decode/batch_private.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#if HAVE_SOFT_INPUT_ERRORS
#include "nodes/miscnodes.h"
#endif

typedef struct Refusals
{
	bool	   *bad;			/* per row of the batch */
	int			nbad;
} Refusals;

const char *
ReasonOfState(int sqlstate)
{
	int			category = ERRCODE_TO_CATEGORY(sqlstate);

	return category == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION ||
		category == ERRCODE_CARDINALITY_VIOLATION ? "constraint" : "parse";
}

static void
TakeFault(ConvertFault *fault)
{
	ErrorData  *error = CopyErrorData();

	FlushErrorState();
	fault->sqlstate = error->sqlerrcode;
	fault->message = error->message;
}

/*
 * Call convert(arg) in a subtransaction. False with *fault, allocated in cxt, when it ended
 * with an error that is the row's fault.
 */
static bool
InSubtransaction(void (*convert) (void *arg), void *arg, MemoryContext cxt, ConvertFault *fault)
{
	MemoryContext old_context = CurrentMemoryContext;
	ResourceOwner old_owner = CurrentResourceOwner;
	volatile bool refused = false;
	ReadingRules rules;

	ReadingSave(&rules);
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		convert(arg);
		ReleaseCurrentSubTransaction();
		ReadingRestore(&rules);
		MemoryContextSwitchTo(old_context);
		CurrentResourceOwner = old_owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		ReadingRestore(&rules);
		MemoryContextSwitchTo(old_context);
		CurrentResourceOwner = old_owner;
		if (!IsRowFault(error->sqlerrcode))
			ReThrowError(error);
		fault->sqlstate = error->sqlerrcode;
		fault->message = error->message;
		refused = true;
	}
	PG_END_TRY();
	return !refused;
}

/*
 * The same where no subtransaction can begin, because the query is a parallel one. Nothing but an error may
 * follow a fault, which leaves behind what it held: a live SELECT raises one for the first reject.
 */
static bool
InParallelQuery(void (*convert) (void *arg), void *arg, MemoryContext cxt, ConvertFault *fault)
{
	MemoryContext old_context = MemoryContextSwitchTo(cxt);
	int			guc_level = NewGUCNestLevel();
	volatile bool refused = false;
	ReadingRules rules;

	ReadingSave(&rules);
	PG_TRY();
	{
		convert(arg);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(cxt);
		if (!IsRowFault(geterrcode()))
			PG_RE_THROW();
		TakeFault(fault);
		refused = true;
	}
	PG_END_TRY();
	AtEOXact_GUC(true, guc_level);
	ReadingRestore(&rules);
	MemoryContextSwitchTo(old_context);
	return !refused;
}

static bool
Guarded(void (*convert) (void *arg), void *arg, MemoryContext cxt, ConvertFault *fault)
{
	return IsInParallelMode() ? InParallelQuery(convert, arg, cxt, fault) :
		InSubtransaction(convert, arg, cxt, fault);
}

/*
 * One value where input functions report softly; *refused with *fault, or the value. An error
 * all the same is for the caller's subtransaction.
 */
static Datum
ConvertSoftly(Converter *c, const char *text, bool *refused, ConvertFault *fault)
{
#if HAVE_SOFT_INPUT_ERRORS
	if (c->format == DECODE_DEFAULT)
	{
		ErrorSaveContext escontext = {T_ErrorSaveContext};
		Datum		value;

		escontext.details_wanted = true;
		value = ConvertSlowSoft(c, text, (Node *) &escontext);
		*refused = escontext.error_occurred;
		if (*refused)
		{
			fault->sqlstate = escontext.error_data->sqlerrcode;
			fault->message = escontext.error_data->message;
		}
		return value;
	}
#endif
	*refused = false;
	return ConvertSlow(c, text);
}

/* ---- a batch ---- */

typedef struct BatchWork
{
	RowBatch   *batch;
	Refusals   *refusals;
	int			next;			/* the value being converted */
} BatchWork;

static void
Refuse(BatchWork *work, const PendingValue *p, const ConvertFault *fault)
{
	work->refusals->bad[p->row] = true;
	work->refusals->nbad++;
	BatchReject(work->batch, p->origin, p->converter->column, ReasonOfState(fault->sqlstate),
				fault->sqlstate, fault->message);
}

/* From next on, until the end or an error. */
static void
ConvertPending(void *arg)
{
	BatchWork  *work = arg;
	RowBatch   *batch = work->batch;

	for (; work->next < batch->npending; work->next++)
	{
		PendingValue *p = &batch->pending[work->next];
		size_t		at = (size_t) p->row * batch->desc->natts + p->converter->attindex;
		ConvertFault fault;
		bool		refused;

		Assert(p->row < batch->nrows && p->origin != NULL);
		if (work->refusals->bad[p->row])
			continue;
		CHECK_FOR_INTERRUPTS();
		batch->values[at] = ConvertSoftly(p->converter, p->text, &refused, &fault);
		batch->isnull[at] = p->text == NULL;
		if (refused)
			Refuse(work, p, &fault);
	}
}

void
BatchResolve(RowBatch *batch)
{
	Refusals	refusals = {0};
	BatchWork	work = {batch, &refusals, 0};
	bool		own_snapshot;
	ConvertFault fault;

	BatchForget(batch, EVERY_COLUMN);
	if (batch->npending == 0)
		return;
	refusals.bad = MemoryContextAllocZero(batch->cxt, batch->nrows);
	/* the checks of a domain may run queries */
	own_snapshot = !ActiveSnapshotSet();
	if (own_snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	while (!Guarded(ConvertPending, &work, batch->cxt, &fault))
	{
		Refuse(&work, &batch->pending[work.next], &fault);
		work.next = IsInParallelMode() ? batch->npending : work.next + 1;
	}
	if (own_snapshot)
		PopActiveSnapshot();
	if (refusals.nbad > 0)
		RowBatchRemove(batch, refusals.bad);
	batch->npending = batch->nsettled = 0;
}

void
RowBatchResolve(RowBatch *batch)
{
	BatchResolve(batch);
}

/* ---- a value that many rows share ---- */

typedef struct ValueWork
{
	Converter  *converter;
	const char *text;
	Datum		value;
	bool		refused;
	ConvertFault *fault;
} ValueWork;

static void
ConvertOne(void *arg)
{
	ValueWork  *work = arg;

	work->value = ConvertSoftly(work->converter, work->text, &work->refused, work->fault);
}

bool
ConvertGuarded(Converter *converter, const char *text, MemoryContext cxt, Datum *value,
			   ConvertFault *fault)
{
	ValueWork	work = {converter, text, 0, false, fault};
	bool		own_snapshot = !ActiveSnapshotSet();
	bool		done;

	if (own_snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	done = Guarded(ConvertOne, &work, cxt, fault);
	if (own_snapshot)
		PopActiveSnapshot();
	*value = work.value;
	return done && !work.refused;
}

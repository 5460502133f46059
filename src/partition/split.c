/*
 * split.c
 *	  elt.split_partition: divide a partition while others read and write it.
 *
 * Copies of its rows are made batch by batch, each in a transaction that also records how far it has
 * come, and kept up with what others change. They are compared with the partition, and take its place in
 * one short transaction. Until then the partition is what it was; a division that was interrupted goes on
 * where it stopped, or is undone.
 */
#include "base/compat.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "base/attempt.h"
#include "base/errors.h"
#include "base/lock.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "partition/busy.h"
#include "partition/finalize.h"
#include "partition/grid.h"
#include "partition/maintain.h"
#include "partition/parts.h"
#include "partition/retention.h"
#include "partition/split_copy.h"
#include "partition/split_exchange.h"
#include "partition/split_finish.h"
#include "partition/split_parts.h"
#include "partition/split_state.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/timestamp.h"

#define BLOCKS_AT_A_TIME 1024
#define LOCK_TIMEOUT_MS 2000
#define EXACT_ATTEMPTS 5		/* to find the partition unchanged since the copies were completed */
#define MOST_CHANGES 10000		/* else these are copied while the table is locked */

PG_FUNCTION_INFO_V1(elt_split_partition);

typedef struct Division
{
	Oid			relation;
	Oid			source;
	Interval   *interval;
	int64		step;
	int64		id;				/* 0: not begun */
	List	   *plans;			/* PartPlan * that have no table yet */
	bool		done;			/* with the step at hand */
	bool		copying;
	bool		compared;
	int			attempts;
	int64		rows;
	int			partitions;
	MemoryContext cxt;			/* of the procedure */
} Division;

/* ---- before it begins ---- */

static const Part *
SourcePart(const Policy *policy, Oid source)
{
	ListCell   *lc;

	foreach(lc, PartsOf(policy))
	{
		Part	   *part = lfirst(lc);

		if (part->relid == source)
			return part;
	}
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" is the default partition, which cannot be divided", RelationLabel(source)),
			 errhint("Partitions that are created take their rows out of it.")));
	return NULL;
}

static void
CheckIsPartition(const Division *d)
{
	if (!get_rel_relispartition(d->source) || get_rel_relkind(d->source) != RELKIND_RELATION)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table that is a partition", RelationLabel(d->source)),
				 get_rel_relkind(d->source) == RELKIND_FOREIGN_TABLE ?
				 errhint("If it is packed, use elt.decompress_partition first.") :
				 get_rel_relkind(d->source) != RELKIND_RELATION ? 0 :
				 errhint("Use CALL elt.partition_table(...) to turn a table into a partitioned one.")));
}

static Policy *
PolicyFor(const Division *d)
{
	Policy	   *policy = PolicyOf(d->relation);

	if (policy == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("table \"%s\" has no partition policy", RelationLabel(d->relation)),
				 errhint("Set one with elt.set_policy.")));
	if (d->interval != NULL && policy->by_number)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partitions of numbers are divided by partition_step")));
	if (d->step > 0 && !policy->by_number)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partitions of times are divided by partition_interval")));
	if (d->interval != NULL)
	{
		GridCheckInterval(d->interval, policy->time_zone,
						  policy->epoch != NULL ? TIMESTAMPTZOID : policy->column_type);
		policy->interval = d->interval;
	}
	if (d->step > 0)
		policy->step = d->step;
	return policy;
}

static List *
PlanFor(const Division *d, const Policy *policy)
{
	List	   *plans = SplitPlan(policy, SourcePart(policy, d->source));

	if (list_length(plans) < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition \"%s\" is not longer than one interval", RelationLabel(d->source)),
				 errhint("Specify a shorter one in %s.",
						 policy->by_number ? "partition_step" : "partition_interval")));
	return plans;
}

static void
Look(void *arg)
{
	Division   *d = arg;

	CheckIsPartition(d);
	d->relation = get_partition_parent(d->source, false);
	CheckMayMaintain(d->relation);
}

/* What is under way is asked for nothing again. */
static void
Begin(void *arg)
{
	Division   *d = arg;
	Split	   *split = SplitOf(d->source);
	MemoryContext old;

	CheckMayMaintain(d->relation);
	if (split == NULL)
	{
		split = palloc0(sizeof(Split));
		split->policy = PolicyFor(d);
		SplitCheckNothingBlocks(d->relation, d->source);
		old = MemoryContextSwitchTo(d->cxt);
		d->plans = PlanFor(d, split->policy);
		MemoryContextSwitchTo(old);
		split->phase = "make";
		split->relation = d->relation;
		split->source = d->source;
		split->name = get_rel_name(d->source);
		split->owner = RelationOwner(d->relation);
		split->schema = get_rel_namespace(d->relation);
		split->definition = SplitDefinition(d->source);
		split->partitions = list_length(d->plans);
		SplitBegin(split);
		SplitMakeRoot(split);
	}
	d->id = split->id;
	d->partitions = split->partitions;
}

/* As it is; error when somebody has ended it. */
static Split *
Current(const Division *d)
{
	Split	   *split = SplitAgain(d->id);

	if (split == NULL || split->policy == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("dividing the partition was ended by another session")));
	CheckMayMaintain(split->relation);
	return split;
}

/* ---- steps, each a transaction ---- */

static void
MakeGroup(void *arg)
{
	Division   *d = arg;

	SplitMakeGroup(Current(d), list_truncate(list_copy(d->plans), SPLIT_GROUP));
}

static void
NoteChanges(void *arg)
{
	Split	   *split = Current(arg);

	SplitNoteChanges(split);
}

static void
InTime(const Division *d, void (*fn) (void *arg))
{
	const Policy *policy = PolicyOf(d->relation);

	WithLockTimeout(policy != NULL ? policy->lock_timeout_ms : LOCK_TIMEOUT_MS, fn, (void *) d);
}

static void
MakeGroupInTime(void *arg)
{
	InTime(arg, MakeGroup);
}

static void
NoteChangesInTime(void *arg)
{
	InTime(arg, NoteChanges);
}

/* The same partition as when it began? */
static bool
IsUnchanged(const Split *split)
{
	return OidIsValid(split->source) && IsPartitionOf(split->source, split->relation) &&
		strcmp(SplitDefinition(split->source), split->definition) == 0;
}

static void
CopySome(void *arg)
{
	Division   *d = arg;
	Split	   *split = Current(d);

	if (!IsUnchanged(split))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("partition \"%s\" was altered, truncated or rewritten while it was divided",
						split->name),
				 errhint("Begin anew: CALL elt.split_partition(%s, undo => true).",
						 quote_literal_cstr(OidIsValid(split->source) ?
											QuotedRelation(split->source) : split->name))));
	d->done = SplitCopy(split, BLOCKS_AT_A_TIME);
	d->rows = split->rows;
	if (d->done && !d->compared)
		SplitCompare(split);
	d->compared = d->compared || d->done;
}

/* So that queries are planned well as soon as the copies are visible. */
static void
AnalyzeCopies(void *arg)
{
	SplitAnalyze(Current(arg));
}

static void
Wait(void *arg)
{
	SplitWaitForReaders();
}

static void
WaitForReaders(void *arg)
{
	UnderLockTimeout(detach_timeout, Wait, arg);
}

static void
Exchange(void *arg)
{
	Division   *d = arg;
	Split	   *split = Current(d);

	d->done = SplitExchange(split, d->attempts < EXACT_ATTEMPTS ? 0 : MOST_CHANGES);
	d->rows = split->rows;
}

static void
ExchangeInTime(void *arg)
{
	InTime(arg, Exchange);
}

/* ---- the procedure ---- */

static void
Fail(ErrorData *error)
{
	if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE && error->hint == NULL)
		error->hint = "Transactions use the table or an old snapshot. Find them with SELECT pid, query, "
			"xact_start FROM pg_stat_activity ORDER BY xact_start, and call the procedure again when they "
			"have ended: it goes on where it stopped.";
	ReThrowError(error);
}

/* In the snapshot of the whole transaction, if it copies. */
static void
DoStep(void (*step) (void *arg), Division *d, bool one_snapshot)
{
	MemoryContext scratch = AllocSetContextCreate(d->cxt, "elt split step", ALLOCSET_DEFAULT_SIZES);
	ErrorData  *error;

	MemoryContextSwitchTo(scratch);
	if (one_snapshot)
		XactIsoLevel = XACT_REPEATABLE_READ;
	error = AttemptAndCommit(step, d);
	MemoryContextSwitchTo(d->cxt);
	if (error != NULL)
		Fail(error);
	MemoryContextDelete(scratch);
}

static void
Finish(Division *d, bool undo)
{
	ErrorData  *error = SplitFinish(d->id, undo);

	if (error != NULL)
		Fail(error);
}

static void
MakeAll(Division *d)
{
	while (d->plans != NIL)
	{
		DoStep(MakeGroupInTime, d, false);
		d->plans = list_delete_first_n(d->plans, Min(SPLIT_GROUP, list_length(d->plans)));
	}
	DoStep(NoteChangesInTime, d, false);
}

static void
CopyAll(Division *d)
{
	do
		DoStep(CopySome, d, true);
	while (!d->done);
}

/* Waiting for readers with an old snapshot takes no lock; rows written meanwhile make it begin again. */
static void
CopyAndExchange(Division *d)
{
	CopyAll(d);
	DoStep(AnalyzeCopies, d, false);
	for (d->attempts = 0;; d->attempts++)
	{
		CopyAll(d);
		DoStep(WaitForReaders, d, false);
		DoStep(ExchangeInTime, d, false);
		if (d->done)
			return;
	}
}

/* What an earlier call has left of it. */
static void
FindState(void *arg)
{
	Division   *d = arg;
	const Split *split = SplitOf(d->source);

	d->id = split != NULL ? split->id : 0;
	d->copying = split != NULL && SplitIs(split, "copy");
}

/* Tables that were being made when it was interrupted are made anew. */
static void
Divide(Division *d, bool undo)
{
	DoStep(FindState, d, false);
	if (d->id != 0 && (undo || !d->copying))
		Finish(d, true);
	else if (undo)
		ereport(NOTICE,
				(errmsg("dividing partition \"%s\" has not begun, skipping",
						RelationLabel(d->source))));
	if (undo)
		return;
	DoStep(Begin, d, false);
	if (!d->copying)
		MakeAll(d);
	CopyAndExchange(d);
	Finish(d, false);
}

static void
ReportBusy(const Division *d)
{
	ereport(ERROR,
			(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			 errmsg("another session is dividing a partition of table \"%s\"",
					RelationLabel(d->relation)),
			 errdetail("It is process %d.", LockHolder(LOCK_SPLIT, d->relation))));
}

static void
DivideAlone(Division *d, bool undo)
{
	if (!SessionLockTry(LOCK_SPLIT, d->relation))
		ReportBusy(d);
	PG_TRY();
	{
		Divide(d, undo);
	}
	PG_FINALLY();
	{
		SessionLockRelease(LOCK_SPLIT, d->relation);
	}
	PG_END_TRY();
}

static void
CountOnly(Division *d)
{
	Policy	   *policy = PolicyFor(d);
	Sql			q;

	SplitCheckNothingBlocks(d->relation, d->source);
	d->partitions = list_length(PlanFor(d, policy));
	SqlBegin(&q, psprintf("SELECT count(*) FROM ONLY %s", QuotedRelation(d->source)));
	d->rows = SqlDoInt8(&q, RelationOwner(d->relation));
}

static Datum
ResultOf(const Division *d)
{
	TupleDesc	desc = CreateTemplateTupleDesc(2);
	Datum		values[2] = {Int32GetDatum(d->partitions), Int64GetDatum(d->rows)};
	bool		nulls[2] = {false, false};

	TupleDescInitEntry(desc, 1, "partitions", INT4OID, -1, 0);
	TupleDescInitEntry(desc, 2, "rows", INT8OID, -1, 0);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

Datum
elt_split_partition(PG_FUNCTION_ARGS)
{
	Division	d = {.cxt = AllocSetContextCreate(PortalContext, "elt split",
												  ALLOCSET_DEFAULT_SIZES)};
	MemoryContext caller = CurrentMemoryContext;

	CheckCanCommit(fcinfo, "elt.split_partition");
	RequireArg(fcinfo, 0, "partition");
	RequireArg(fcinfo, 3, "dry_run");
	RequireArg(fcinfo, 4, "undo");
	d.source = PG_GETARG_OID(0);
	d.interval = PG_ARGISNULL(1) ? NULL : PG_GETARG_INTERVAL_P(1);
	d.step = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT64(2);
	if (d.step < 0 || (d.step == 0 && !PG_ARGISNULL(2)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition_step must be greater than zero")));
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	Look(&d);
	if (PG_GETARG_BOOL(3))
		CountOnly(&d);
	else
		DivideAlone(&d, PG_GETARG_BOOL(4));
	SPI_finish();
	MemoryContextSwitchTo(caller);
	return ResultOf(&d);
}

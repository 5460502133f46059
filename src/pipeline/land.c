/*
 * land.c
 *	  Last step: merge the staged batch into the target, or refuse it as a whole.
 *
 * Checks, quarantine, merge, slices, cursor and counts commit together. A refused batch is an
 * outcome, not an error: verdicts and rejects are stored, nothing is merged and the cursor does not
 * move. The batch stays staged, for elt.merge after the check has been corrected.
 */
#include "base/compat.h"
#include "pipeline/land.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "base/progress.h"
#include "catalog/answer.h"
#include "catalog/file_ledger.h"
#include "catalog/quota_spent.h"
#include "catalog/staged_reject.h"
#include "change/change_commit.h"
#include "check/batch_check.h"
#include "check/check.h"
#include "load/staging.h"
#include "merge/absence.h"
#include "merge/checked_shape.h"
#include "merge/fate.h"
#include "merge/fit_rows.h"
#include "merge/late_truncation.h"
#include "merge/merge_turn.h"
#include "merge/orphans.h"
#include "merge/purge.h"
#include "pipeline/execution.h"
#include "pipeline/land_drift.h"
#include "pipeline/lock_wait.h"
#include "pipeline/owner_sql.h"
#include "pipeline/pipeline_cursor.h"
#include "source/file_policy.h"
#include "source/pull.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static char *
RefusalHint(const Pipeline *p, const StagedBatch *batch, int sqlstate)
{
	char	   *rows = psprintf("Use SELECT * FROM elt.rejects WHERE run_id = " INT64_FORMAT " to "
								"see the rows.", batch->run_id);

	if (sqlstate != ERRCODE_ELT_TOO_MANY_REJECTED)
		return rows;
	return psprintf("%s To land the batch, raise max_reject_percent with elt.alter_pipeline and "
					"call elt.merge.", rows);
}

/* ---- the tables that a batch lands in ---- */

/* A table that rows of the batch go to: that of the pipeline, or that of a descendant. */
typedef struct LandTable
{
	const Pipeline *pipeline;
	const SourceDefinition *source;
	const StagedBatch *batch;
	struct LandTable *parent;	/* NULL: that of the pipeline itself */
	const char *name;			/* of a child, with a blank before it; or "" */
	int64		parse_rejects;
	CheckVerdict checks;
	MergeCounts inherited;		/* staged rows that do not land because of their parents */
	MergeCounts counts;
} LandTable;

static LandTable *
TableOf(List *tables, int32 id)
{
	ListCell   *lc;

	foreach(lc, tables)
		if (((LandTable *) lfirst(lc))->pipeline->id == id)
			return lfirst(lc);
	return NULL;
}

static LandTable *
ChildTable(List *tables, const Pipeline *child, bool recount)
{
	LandTable  *table = palloc0(sizeof(LandTable));

	StagingHold(child);
	table->pipeline = child;
	table->source = SourceDefinitionOf(child);
	table->batch = recount ? StagingBatchCounted(child) : StagingBatch(child);
	table->parent = TableOf(tables, child->parent_id);
	table->name = psprintf(" %s", child->name);
	return table;
}

/* The pipeline's own first, each child after its parent. */
static List *
TablesOf(const Pipeline *p, const SourceDefinition *source, const StagedBatch *batch,
		 bool recount)
{
	LandTable  *own = palloc0(sizeof(LandTable));
	List	   *tables = list_make1(own);
	ListCell   *lc;

	own->pipeline = p;
	own->source = source;
	own->batch = batch;
	own->name = "";
	foreach(lc, PipelineDescendants(p))
		tables = lappend(tables, ChildTable(tables, lfirst(lc), recount));
	return tables;
}

/* Rows that were kept back may pass another time: then the answers are read again. */
static char *
LandedAnswerKey(List *tables)
{
	const LandTable *own = linitial(tables);
	ListCell   *lc;

	foreach(lc, tables)
	{
		const MergeCounts *counts = &((LandTable *) lfirst(lc))->counts;

		if (counts->quarantined + counts->dropped + counts->pending > 0)
			return NULL;
	}
	return AnswerKey(own->pipeline, own->batch->definition);
}

/* ---- checks ---- */

static char *
VerdictOn(const LandTable *table, char *message)
{
	if (table->parent == NULL)
		return message;
	return psprintf("child \"%s\": %s", table->pipeline->name, message);
}

static void
RefuseForChecks(const LandTable *table, const CheckVerdict *checks, Landing *landing)
{
	if (checks->failed)
		LandingRefuse(landing, checks->sqlstate, VerdictOn(table, checks->message),
					  RefusalHint(table->pipeline, table->batch, checks->sqlstate));
}

static char *
MeasureHint(const LandTable *table)
{
	const Pipeline *p = table->pipeline;

	return psprintf("The batch is in table %s, and the values are in elt.check_results. To land it, use "
					"elt.alter_check and elt.merge; to request it again, use CALL elt.run.",
					PipelineStaging(p));
}

/* Before rows are removed: a batch is measured as it came. */
static void
CheckBatch(const LandTable *table, Landing *landing)
{
	char	   *failure = BatchChecksApply(table->pipeline, table->batch);

	if (failure != NULL)
		LandingRefuse(landing, ERRCODE_ELT_CHECK_FAILED, VerdictOn(table, failure),
					  MeasureHint(table));
}

/* Rows of one table must not be removed for checks when those of another refuse the batch. */
static void
LookAhead(List *tables, Landing *landing)
{
	ListCell   *lc;

	if (list_length(tables) == 1)
		return;
	foreach(lc, tables)
	{
		const LandTable *table = lfirst(lc);
		BadRows    *taken;
		CheckVerdict checks = ChecksLook(table->pipeline, table->batch, &taken);

		RefuseForChecks(table, &checks, landing);
	}
}

static char *
ParentKey(const LandTable *table)
{
	return KeyAsJson(SourceShape(table->parent->pipeline), "s");
}

static void
NameParents(const LandTable *table)
{
	if (table->parent != NULL && table->parent->pipeline->key != NIL)
		StagedNameParents(table->pipeline, table->parent->pipeline, ParentKey(table));
}

static void
CheckTable(LandTable *table, int64 run_id, Landing *landing)
{
	const Pipeline *p = table->pipeline;
	TimestampTz started = GetCurrentTimestamp();

	table->checks = ChecksApply(p, table->batch, landing->refused);
	table->parse_rejects = StagedQuarantine(p, table->batch);
	RunAddStep(run_id, table->batch->batch, psprintf("check%s", table->name), started,
			   table->batch->rows,
			   table->batch->rows - table->checks.quarantined - table->checks.dropped);
	RefuseForChecks(table, &table->checks, landing);
}

/* Where the records of the other tables of the responses are (char *). */
static List *
ListsBeside(List *tables, const LandTable *table)
{
	List	   *lists = NIL;
	ListCell   *lc;

	foreach(lc, tables)
		if (lfirst(lc) != table && ((LandTable *) lfirst(lc))->source->records != NULL)
			lists = lappend(lists, ((LandTable *) lfirst(lc))->source->records);
	return lists;
}

static void
CheckTables(List *tables, int64 run_id, Landing *landing)
{
	ListCell   *lc;

	foreach(lc, tables)
	{
		const LandTable *table = lfirst(lc);

		StagedForgetRejects(table->pipeline, table->batch);
		LandDrift(table->pipeline, table->source, table->batch, ListsBeside(tables, table),
				  landing);
		FatesBegin(table->pipeline);
	}
	foreach(lc, tables)
		NameParents(lfirst(lc));
	foreach(lc, tables)
		CheckBatch(lfirst(lc), landing);
	LookAhead(tables, landing);
	foreach(lc, tables)
		CheckTable(lfirst(lc), run_id, landing);
}

static void
RefuseTables(List *tables, int64 run_id)
{
	ListCell   *lc;

	foreach(lc, tables)
	{
		const LandTable *table = lfirst(lc);
		int64		read = table->batch->rows + table->parse_rejects;
		int64		quarantined = table->checks.quarantined + table->parse_rejects;

		StagedSettleRejects(table->pipeline, table->batch, false);
		if (table->parent == NULL)
			RunAddRefused(run_id, read, quarantined);
		else
			RunAddRefusedChild(run_id, table->pipeline, read, quarantined);
	}
}

/* ---- merge ---- */

static int64
InheritedRows(const LandTable *table)
{
	const MergeCounts *c = &table->inherited;

	return c->stale + c->duplicate + c->deleted + c->quarantined + c->dropped;
}

/* Tables of a stream have no records within each other's. */
static bool
HasFates(const LandTable *table)
{
	return !SourceBringsRows(table->source);
}

/* What the parents' merge has made of them comes before the merge of what is left. */
static void
FollowParents(LandTable *table, const MergeShape *shape, int64 run_id)
{
	const Pipeline *parent = table->parent->pipeline;

	if (!HasFates(table))
		return;
	FatesInherit(table->pipeline, parent, table->parent->counts.quarantined == 0, run_id,
				 &table->inherited);
	FatesFillScopes(shape, parent);
}

static void
AddCounts(MergeCounts *sum, const MergeCounts *c)
{
	sum->read += c->read;
	sum->inserted += c->inserted;
	sum->updated += c->updated;
	sum->unchanged += c->unchanged;
	sum->deleted += c->deleted;
	sum->stale += c->stale;
	sum->duplicate += c->duplicate;
	sum->conflicting += c->conflicting;
	sum->quarantined += c->quarantined;
	sum->dropped += c->dropped;
	sum->pending += c->pending;
	sum->removed += c->removed;
}

static void
CountRows(LandTable *table)
{
	table->counts.read = table->batch->rows + table->parse_rejects;
	table->counts.quarantined += table->checks.quarantined + table->parse_rejects;
	table->counts.dropped += table->checks.dropped;
	AddCounts(&table->counts, &table->inherited);
}

/* Rows of descendants whose parents are deleted. */
static void
RemoveOrphans(List *tables, const Pipeline *p, int64 run_id)
{
	ListCell   *lc;

	foreach(lc, OrphansRemove(p, run_id))
	{
		const Orphans *orphans = lfirst(lc);

		TableOf(tables, orphans->pipeline_id)->counts.removed += orphans->removed;
	}
}

/* Before rows are removed, so that foreign keys hold. */
static void
RemoveWithParents(List *tables, const LandTable *table, const MergeShape *shape,
				  const Absence *absence)
{
	FatesFindGone(shape, AbsenceDeletedKeys(absence));
	RemoveOrphans(tables, table->pipeline, table->batch->run_id);
}

/* Now it is known which rows came too late to be deletes. */
static void
JudgeParents(List *tables, const LandTable *table, const MergeShape *shape)
{
	if (!HasFates(table))
		return;
	FatesJudge(shape, &table->counts);
	if (shape->deleted != NULL)
		RemoveOrphans(tables, table->pipeline, table->batch->run_id);
}

static void
MergeTable(List *tables, LandTable *table, const Absence *absence)
{
	const Pipeline *p = table->pipeline;
	const StagedBatch *batch = table->batch;
	MergeShape *shape;

	MergeBegin(p);
	shape = MergeShapeOf(p, table->source);
	if (table->parent != NULL)
		FollowParents(table, shape, batch->run_id);
	RemoveWithParents(tables, table, shape, absence);
	MergeFitRows(shape, batch->run_id, &table->counts);
	StagingCheckRows(p, batch, table->counts.read + table->checks.quarantined +
					 table->checks.dropped + InheritedRows(table));
	JudgeParents(tables, table, shape);
	PurgeStaged(shape);
	CountRows(table);
}

static void
RecordMerge(const LandTable *table, int64 run_id, TimestampTz started)
{
	const MergeCounts *c = &table->counts;
	const char *step = psprintf("merge%s", table->name);

	RunAddStep(run_id, table->batch->batch, step, started,
			   table->batch->rows - table->checks.quarantined - table->checks.dropped,
			   c->inserted + c->updated + c->deleted + c->removed);
	RunAddTies(run_id, table->batch->batch, step, c->ties);
}

static void
LandChild(List *tables, LandTable *table, int64 run_id)
{
	const Pipeline *p = table->pipeline;
	TimestampTz started = GetCurrentTimestamp();

	MergeTable(tables, table, NULL);
	RunAddChild(run_id, p, &table->counts);
	RecordMerge(table, run_id, started);
	if (p->parent_key != NIL && table->counts.quarantined > 0)
		RejectsNameParents(p, table->parent->pipeline, table->batch);
	StagedSettleRejects(p, table->batch, true);
}

/* Rows of children that refer to rows which the load lacks go before those. */
static void
MergeTables(List *tables, Absence *absence, int64 run_id)
{
	LandTable  *own = linitial(tables);
	TimestampTz started = GetCurrentTimestamp();
	ListCell   *lc;

	MergeTable(tables, own, absence);
	for_each_from(lc, tables, 1)
		LandChild(tables, lfirst(lc), run_id);
	AbsenceLand(own->pipeline, own->batch, absence, &own->counts);
	RunAddBatch(run_id, &own->counts);
	RecordMerge(own, run_id, started);
}

/* What landed is known from now on; what is left of the batch is of no use. */
static void
FinishTables(List *tables, int64 run_id)
{
	const LandTable *own = linitial(tables);
	ListCell   *lc;

	StagedSettleRejects(own->pipeline, own->batch, true);
	StagedCountRejects(own->pipeline, own->batch);
	PipelineCursorLand(own->pipeline, own->source, own->batch->run_id);
	StagedLand(own->pipeline, own->batch, run_id, LandedAnswerKey(tables));
	if (own->source->files != NULL)
		FileLedgerLand(own->pipeline, run_id, own->source->files->after_load != DISPOSAL_KEEP,
					   own->source->files->on_reject != DISPOSAL_KEEP);
	foreach(lc, tables)
		FatesEnd(((LandTable *) lfirst(lc))->pipeline);
}

static Landing
LandTables(const Pipeline *p, const SourceDefinition *source, const StagedBatch *batch,
		   int64 run_id, bool recount)
{
	Landing		landing = {{0}};
	StagedBatch staged = *batch;
	List	   *tables;
	Absence    *absence;
	ListCell   *lc;

	staged.rows += LateTruncationStage(p, source);
	batch = &staged;
	tables = TablesOf(p, source, batch, recount);
	absence = AbsenceFind(p, source, batch);
	CheckTables(tables, run_id, &landing);
	if (landing.refused)
	{
		AbsenceForget(p, absence);
		RefuseTables(tables, run_id);
		return landing;
	}
	BeforeLanding(p);
	MergeTables(tables, absence, run_id);
	FinishTables(tables, run_id);
	OnLanded(p);
	landing.counts = ((LandTable *) linitial(tables))->counts;
	landing.overdue = StagedOverdue(p, batch);
	foreach(lc, tables)
		StagedForget(((LandTable *) lfirst(lc))->pipeline);
	return landing;
}

Landing
LandStaged(const Pipeline *p, const SourceDefinition *source, const StagedBatch *batch,
		   int64 run_id, bool recount)
{
	Landing		landing;

	ChangesAreOfRun(run_id);
	PG_TRY();
	{
		landing = LandTables(p, source, batch, run_id, recount);
	}
	PG_FINALLY();
	{
		ChangesAreOfRun(0);
	}
	PG_END_TRY();
	return landing;
}

/* ---- preview of a child ---- */

static bool
IsAncestor(const LandTable *table, const LandTable *child)
{
	for (const LandTable *p = child->parent; p != NULL; p = p->parent)
		if (p == table)
			return true;
	return false;
}

static MergePreview *
LookAtChild(LandTable *table, int64 run_id, int samples)
{
	const Pipeline *p = table->pipeline;
	MergePreview *preview;
	int64		rows;

	MergeBegin(p);
	FollowParents(table, MergeShapeOf(p, table->source), run_id);
	rows = table->batch->rows - table->checks.quarantined - table->checks.dropped -
		InheritedRows(table);
	preview = MergeLookAtRest(p, table->source, rows, samples);
	CountRows(table);
	AddCounts(&preview->counts, &table->counts);
	return preview;
}

MergePreview *
LandLook(const Pipeline *p, const SourceDefinition *source, const StagedBatch *batch,
		 const Pipeline *child, int samples)
{
	Landing		landing = {{0}};
	StagedBatch staged = *batch;
	List	   *tables;
	LandTable  *table;
	Absence    *absence;
	ListCell   *lc;

	staged.rows += LateTruncationStage(p, source);
	tables = TablesOf(p, source, &staged, true);
	table = TableOf(tables, child->id);
	absence = AbsenceFind(p, source, &staged);
	CheckTables(tables, batch->run_id, &landing);
	if (landing.refused)
	{
		MergePreview *preview = palloc0(sizeof(MergePreview));

		preview->refused = landing.verdict;
		return preview;
	}
	foreach(lc, tables)
		if (IsAncestor(lfirst(lc), table))
			MergeTable(tables, lfirst(lc), lfirst(lc) == linitial(tables) ? absence : NULL);
	return LookAtChild(table, batch->run_id, samples);
}

typedef struct LandAttempt
{
	Execution  *e;
	Landing		landing;
} LandAttempt;

static void
LandBatchOnce(void *arg)
{
	LandAttempt *attempt = arg;
	const Pipeline *p = attempt->e->pipeline;
	const SourceDefinition *source = attempt->e->source;
	StagedBatch *batch = StagingBatch(p);

	StagingHold(p);
	StagingCheckSource(p, source->desc);
	attempt->landing = LandStaged(p, source, batch, attempt->e->run->id, false);
	QuotaSave(source->server, source->server_name);
}

/* That they are failures only their landing has found out. */
static void
NoteOverdue(Execution *e, const OverdueSlice *overdue)
{
	if (overdue == NULL)
		return;
	NoteSliceFailure(e, &overdue->slice,
					 StepError(ERRCODE_ELT_SLICE_FAILED, overdue->error, NULL, NULL));
	e->slices_failed += overdue->count - 1;
}

ErrorData *
LandBatch(Execution *e)
{
	LandAttempt attempt = {e};
	ErrorData  *error = AttemptLocked(e, LandBatchOnce, &attempt);

	if (error == NULL)
		error = AttemptCommit();
	if (error != NULL)
		return error;
	AddCounts(&e->counts, &attempt.landing.counts);
	NoteOverdue(e, attempt.landing.overdue);
	if (!attempt.landing.refused)
		return NULL;
	return StepError(attempt.landing.sqlstate,
					 psprintf("pipeline \"%s\": %s", e->pipeline->name,
							  attempt.landing.verdict),
					 "The batch was not merged and the cursor was not moved.",
					 attempt.landing.hint);
}

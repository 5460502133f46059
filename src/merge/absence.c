/*
 * absence.c
 *	  Rows of a target that are missing from a full load: find them, and delete them or leave that pending.
 *
 * Absence counts as a delete only when the load is proven complete. Guards then check whether the
 * load is plausible: when one objects, the deletes are pending until they are approved or the
 * next complete load decides again.
 */
#include "base/compat.h"
#include "merge/absence.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "load/work.h"
#include "merge/absence_sql.h"
#include "merge/checked_shape.h"
#include "merge/join_settings.h"
#include "merge/merge_turn.h"
#include "merge/orphans.h"
#include "merge/scope.h"
#include "merge/strategy.h"
#include "utils/builtins.h"
#include "utils/guc.h"

void
AbsenceCheckOptions(const Pipeline *p, const SourceDefinition *source)
{
	if (strcmp(p->absent, "delete") != 0)
		return;
	if (strcmp(p->deletes, "ignore") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"deletes\" with value \"ignore\" conflicts with option \"absent\""),
				 errhint("Omit one of the two.")));
	ScopeCheck(p, source);
}

/* "1 of 3 slices failed", or NULL when all that was planned came. */
static char *
WhyUnproven(const FullLoad *load)
{
	int64		unasked = load->planned - load->landed - load->failed - load->not_yet;

	if (load->planned == 0)
		return "nothing was due";
	if (load->failed > 0)
		return psprintf(INT64_FORMAT " of " INT64_FORMAT " slices failed", load->failed,
						load->planned);
	if (load->not_yet > 0)
		return psprintf(INT64_FORMAT " of " INT64_FORMAT " slices are not published yet",
						load->not_yet, load->planned);
	if (unasked > 0)
		return psprintf(INT64_FORMAT " of " INT64_FORMAT " slices were not requested", unasked,
						load->planned);
	if (load->unproven != NULL)
		return psprintf("could not verify that the lists are complete: %s", load->unproven);
	return NULL;
}

/* ---- guards ---- */

static void
AppendGuard(Absence *a, const char *text)
{
	a->guards = a->guards == NULL ? pstrdup(text) : psprintf("%s\n%s", a->guards, text);
}

static int64
CountOf(const MergeShape *shape, char *select)
{
	Sql			q;

	SqlBegin(&q, select);
	return SqlDoInt8(&q, shape->pipeline->owner);
}

static int64
CountLive(const MergeShape *shape, const FullLoad *load, const char *combinations)
{
	return CountOf(shape, LiveCount(shape, MergeStrategyOf(shape->pipeline)->live(shape),
									ScopeCondition(shape, load, combinations)));
}

/* A combination that came back without a row is as suspicious as an empty load. */
static void
GuardEmptyCombinations(const MergeShape *shape, Absence *a)
{
	int64		live;

	if (a->load->empty == NULL || !ScopeHasParams(shape))
		return;
	live = CountLive(shape, a->load, a->load->empty);
	if (live > 0)
		AppendGuard(a, psprintf("No rows were received for %s, of which the target has "
								INT64_FORMAT ".",
								a->load->empty, live));
}

static void
GuardUnknownKeys(const MergeShape *shape, Absence *a)
{
	int64		unknown = a->load->rejected + CountOf(shape, NullKeyCount(shape));

	if (unknown > 0)
		AppendGuard(a, psprintf("Quarantined rows without a known key: " INT64_FORMAT ".",
								unknown));
}

static void
GuardRows(const Pipeline *p, Absence *a, int64 rows)
{
	int64		before = CompleteLoadRows(p);

	if (before > 0 && rows * 100.0 / before < p->min_rows_percent)
		AppendGuard(a, psprintf(INT64_FORMAT " rows were received, compared with "
								INT64_FORMAT " in the last complete load: %.4g %% is less than "
								"min_rows_percent (%g).",
								rows, before, rows * 100.0 / before, p->min_rows_percent));
}

static void
GuardShare(const MergeShape *shape, Absence *a)
{
	const Pipeline *p = shape->pipeline;
	int64		live = CountLive(shape, a->load, a->load->asked);
	double		share = a->absent * 100.0 / live;

	if (share > p->max_delete_percent)
		AppendGuard(a, psprintf(INT64_FORMAT " of " INT64_FORMAT " rows of the target are absent: "
								"%.4g %% is more than max_delete_percent (%g).",
								a->absent, live, share, p->max_delete_percent));
}

static void
AskGuards(const MergeShape *shape, const StagedBatch *batch, Absence *a)
{
	/* of a part the size says nothing */
	if (ScopeIsOfChanges(shape->pipeline))
	{
		GuardUnknownKeys(shape, a);
		return;
	}
	if (batch->rows == 0)
	{
		AppendGuard(a, "The load is empty.");
		return;
	}
	GuardEmptyCombinations(shape, a);
	GuardUnknownKeys(shape, a);
	GuardRows(shape->pipeline, a, batch->rows);
	GuardShare(shape, a);
}

/* ---- finding ---- */

static void
Look(const MergeShape *shape, const StagedBatch *batch, Absence *a)
{
	a->absent = CountOf(shape, AbsentCount(shape, MergeStrategyOf(shape->pipeline)->live(shape),
										   ScopeCondition(shape, a->load, a->load->asked)));
	if (a->absent > 0)
		AskGuards(shape, batch, a);
}

static Absence *
LookAt(const MergeShape *shape, const StagedBatch *batch)
{
	Absence    *a = palloc0(sizeof(Absence));
	int			guc_level;

	a->shape = shape;
	a->load = FullLoadRead(shape->pipeline);
	a->unproven = WhyUnproven(a->load);
	if (a->unproven != NULL)
		return a;
	guc_level = MergeSettingsApply(CommonSettings());
	Look(shape, batch, a);
	AtEOXact_GUC(true, guc_level);
	return a;
}

Absence *
AbsenceLook(const MergeShape *shape, const StagedBatch *batch)
{
	return PipelineDeletesAbsent(shape->pipeline) ? LookAt(shape, batch) : NULL;
}

char *
AbsenceSql(const MergeShape *shape)
{
	const Pipeline *p = shape->pipeline;
	const char *live;
	FullLoad   *load;
	char	   *scope;

	if (!PipelineDeletesAbsent(p) || StagedRead(p) == NULL)
		return NULL;
	live = MergeStrategyOf(p)->live(shape);
	load = FullLoadRead(p);
	scope = ScopeCondition(shape, load, load->asked);
	return psprintf("%s;\nCREATE UNLOGGED TABLE IF NOT EXISTS %s (%s);\n%s;\n",
					AbsentCount(shape, live, scope), WorkTable(p, ABSENT), AbsentColumns(shape),
					AbsentFind(shape, live, scope));
}

char *
AbsenceRows(const Absence *a)
{
	return AbsentRows(a->shape, MergeStrategyOf(a->shape->pipeline)->live(a->shape),
					  ScopeCondition(a->shape, a->load, a->load->asked));
}

static void
KeepKeys(const Absence *a)
{
	const MergeShape *shape = a->shape;
	const Pipeline *p = shape->pipeline;
	int			guc_level = MergeSettingsApply(CommonSettings());

	WorkTableBegin(p, ABSENT, AbsentColumns(shape));
	SqlExec(AbsentFind(shape, MergeStrategyOf(p)->live(shape),
					   ScopeCondition(shape, a->load, a->load->asked)), p->owner);
	AtEOXact_GUC(true, guc_level);
}

/* The keys whose deletion is pending, as they stand in the target. */
static void
UnpackPending(const MergeShape *shape)
{
	const Pipeline *p = shape->pipeline;

	WorkTableBegin(p, ABSENT, AbsentColumns(shape));
	PendingKeysCopy(p, WorkTable(p, ABSENT));
	SqlExec(AbsentUnpack(shape), p->owner);
}

void
AbsenceForgetReturned(const MergeShape *shape)
{
	const Pipeline *p = shape->pipeline;

	if (PendingLoadOf(p) == NULL)
		return;
	UnpackPending(shape);
	SqlExec(AbsentKeepStaged(shape), p->owner);
	PendingKeysForget(p, WorkTable(p, ABSENT));
	WorkTableEnd(p, ABSENT);
}

Absence *
AbsenceFind(const Pipeline *p, const SourceDefinition *source, const StagedBatch *batch)
{
	MergeShape *shape;
	Absence    *a;

	if (strcmp(p->absent, "delete") != 0)
		return NULL;
	MergeBegin(p);
	shape = MergeShapeOf(p, source);
	if (!PipelineLoadsAll(p))
	{
		AbsenceForgetReturned(shape);
		return NULL;
	}
	a = LookAt(shape, batch);
	if (a->unproven != NULL || ScopeIsOfChanges(p))
		AbsenceForgetReturned(shape);
	if (a->unproven == NULL && a->absent > 0)
		KeepKeys(a);
	return a;
}

char *
AbsenceDeletedKeys(const Absence *a)
{
	if (a == NULL || a->unproven != NULL || a->guards != NULL || a->absent == 0)
		return NULL;
	return WorkTable(a->shape->pipeline, ABSENT);
}

void
AbsenceForget(const Pipeline *p, const Absence *a)
{
	if (a != NULL && a->absent > 0)
		WorkTableEnd(p, ABSENT);
}

/* ---- what becomes of them ---- */

static void
TellUnproven(const Pipeline *p, const StagedBatch *batch, const Absence *a)
{
	ereport(NOTICE,
			(errmsg("pipeline \"%s\": nothing is deleted: %s", p->name, a->unproven)));
	RunNote(batch->run_id, psprintf("Nothing is deleted: %s.", a->unproven), NULL);
}

/* A load of changed keys decides on these only: deletes of others stay pending. */
static void
ForgetDecided(const Pipeline *p, const Absence *a)
{
	if (!ScopeIsOfChanges(p))
		(void) PendingLoadForget(p);
	else if (a->absent > 0)
		PendingKeysForget(p, WorkTable(p, ABSENT));
}

static void
LeavePending(const Pipeline *p, const StagedBatch *batch, const Absence *a)
{
	PendingLoad pending = {p->id, batch->run_id, a->load->started, batch->rows};
	char	   *hint = psprintf("Use SELECT * FROM elt.pending_deletes to review them and SELECT "
								"elt.approve_deletes(" INT64_FORMAT ") to carry them out.", batch->run_id);

	ForgetDecided(p, a);
	PendingLoadPut(p, &pending, a->guards, WorkTable(p, ABSENT));
	RunNote(batch->run_id, psprintf("Deletion of " INT64_FORMAT " rows missing from the full "
									"load is pending. %s", a->absent, a->guards), hint);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg_plural("pipeline \"%s\": deletion of %lld row missing from the full load is pending",
						   "pipeline \"%s\": deletion of %lld rows missing from the full load is pending",
						   a->absent, p->name, (long long) a->absent),
			 errdetail_internal("%s", a->guards),
			 errhint("%s", hint)));
}

static int64
Remove(const MergeShape *shape, const Removal *removal)
{
	int			guc_level = MergeSettingsApply(CommonSettings());
	int64		removed = MergeStrategyOf(shape->pipeline)->remove(shape, removal);

	AtEOXact_GUC(true, guc_level);
	return removed;
}

/* PostgreSQL passes over rows that a policy or a trigger keeps without a word. */
static void
TellKept(const MergeShape *shape, const StagedBatch *batch, int64 kept)
{
	const Pipeline *p = shape->pipeline;
	const char *hint = "Check the row security policies of the target that apply to the "
					   "pipeline's owner, and its triggers.";

	RunNote(batch->run_id, psprintf("Rows missing from the full load that could not be deleted: "
									INT64_FORMAT ".", kept), hint);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg_plural("pipeline \"%s\": %lld row missing from the full load could not be "
						   "deleted",
						   "pipeline \"%s\": %lld rows missing from the full load could not be "
						   "deleted",
						   kept, p->name, (long long) kept),
			 errdetail("A row security policy or a trigger of table \"%s\" prevented their "
					   "deletion, or another session changed them concurrently.",
					   RelationLabel(p->target)),
			 errhint("%s", hint)));
}

static void
Carry(const Pipeline *p, const StagedBatch *batch, const Absence *a, MergeCounts *counts)
{
	Removal		removal = {WorkTable(p, ABSENT), batch->run_id, a->load->started, false};
	int64		removed = a->absent > 0 ? Remove(a->shape, &removal) : 0;

	ForgetDecided(p, a);
	counts->removed += removed;
	if (removed < a->absent && !MergeStrategyOf(p)->keeps_history)
		TellKept(a->shape, batch, a->absent - removed);
	if (!ScopeIsOfChanges(p))
		CompleteLoadSet(p, batch->run_id, batch->rows);
}

void
AbsenceLand(const Pipeline *p, const StagedBatch *batch, const Absence *a, MergeCounts *counts)
{
	if (a == NULL)
		return;
	if (a->unproven != NULL)
		TellUnproven(p, batch, a);
	else if (a->guards == NULL)
		Carry(p, batch, a, counts);
	else
	{
		LeavePending(p, batch, a);
		counts->pending += a->absent;
	}
	AbsenceForget(p, a);
}

int64
AbsenceApprove(const Pipeline *p, const SourceDefinition *source, const PendingLoad *pending)
{
	Removal		removal = {WorkTable(p, ABSENT), pending->run_id, pending->started, true};
	MergeShape *shape;
	int64		removed;

	MergeBegin(p);
	shape = MergeShapeOf(p, source);
	UnpackPending(shape);
	OrphansRemoveOf(shape, removal.keys, removal.run_id);
	removed = Remove(shape, &removal);
	WorkTableEnd(p, ABSENT);
	(void) PendingLoadForget(p);
	CompleteLoadSet(p, pending->run_id, pending->rows);
	return removed;
}

/*
 * preview.c
 *	  Preview what a staged batch would do to its target, without writing anything.
 *
 * The steps of landing run in their order, read only: rows that checks and other rules would remove
 * are hidden from the next step, and the strategy classifies each row that remains.
 */
#include "base/compat.h"
#include "merge/preview.h"

#include "base/sql.h"
#include "catalog/drift.h"
#include "catalog/pg_type.h"
#include "check/batch_check.h"
#include "check/check.h"
#include "check/scan.h"
#include "lib/stringinfo.h"
#include "merge/absence.h"
#include "merge/checked_shape.h"
#include "merge/conflict.h"
#include "merge/join_settings.h"
#include "merge/long_key.h"
#include "merge/replaced.h"
#include "merge/sequence.h"
#include "merge/staged_scopes.h"
#include "merge/strategy.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"

typedef struct Look
{
	MergeShape *shape;
	const MergeStrategy *strategy;
	MergePreview *preview;
	int			samples;		/* of each class */
	StringInfoData without;		/* tid[] of the rows that were taken out */
	StringInfoData withheld;	/* of those of them that do not count as missing */
	List	   *shown;			/* of char *, quoted columns that samples show */
	List	   *written;		/* those of them that an update writes */
} Look;

/* ---- rows that do not reach the merge ---- */

static void
AppendTids(StringInfo tids, const BadRows *bad)
{
	for (int64 i = 0; i < bad->count; i++)
		appendStringInfo(tids, "%s\"(%u,%u)\"", tids->len > 1 ? "," : "",
						 ItemPointerGetBlockNumber(&bad->rows[i].tid),
						 ItemPointerGetOffsetNumber(&bad->rows[i].tid));
}

/* As if they had not come. */
static void
Forget(Look *look, const BadRows *bad)
{
	AppendTids(&look->without, bad);
	ShapeWithout(look->shape, psprintf("%s}", look->without.data));
}

static void
TakeOut(Look *look, const BadRows *bad)
{
	Forget(look, bad);
	AppendTids(&look->withheld, bad);
	if (look->withheld.len > 1)
		look->shape->withheld = psprintf("%s}", look->withheld.data);
}

static void
TakeOutUnfit(Look *look, const BadRows *bad)
{
	look->preview->counts.quarantined += bad->count;
	TakeOut(look, bad);
}

/* As MergeBatch does it. */
static void
TakeOutAllUnfit(Look *look)
{
	const MergeStrategy *strategy = look->strategy;

	TakeOutUnfit(look, UnorderedRows(look->shape));
	if (strategy->unfit != NULL)
		TakeOutUnfit(look, strategy->unfit(look->shape));
	if (strategy->check != NULL)
		strategy->check(look->shape);
	if (look->shape->keys != NIL)
	{
		TakeOutUnfit(look, LongKeyRows(look->shape));
		TakeOutUnfit(look, NullKeyRows(look->shape));
	}
	if (strategy->superseded != NULL)
		Forget(look, strategy->superseded(look->shape));
}

/* ---- samples ---- */

/* "jsonb_build_object('a', x.a)", or "NULL" without a key. */
static char *
KeyOf(const MergeShape *shape)
{
	return shape->keys == NIL ? "NULL::jsonb" : KeyAsJson(shape, "x");
}

/* The members of a record's JSON that samples show. */
static char *
Shown(const char *record)
{
	return psprintf("(SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(to_jsonb(%s)) AS e\n"
					"\t\tWHERE quote_ident(e.key) = ANY ($1) AND (e.key, e.value) <> ('_deleted', 'false'))",
					record);
}

/* Of two JSON objects what one has otherwise than the other. */
static char *
Differing(const char *one, const char *other)
{
	return psprintf("CASE WHEN %s IS NULL THEN %s ELSE\n"
					"\t(SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(%s) AS e\n"
					"\t\tWHERE e.value IS DISTINCT FROM %s -> e.key\n"
					"\t\tAND quote_ident(e.key) = ANY ($2)) END",
					other, one, one, other);
}

static char *
SampleStatement(const Look *look, const char *rows, const char *class)
{
	const MergeShape *shape = look->shape;
	const char *keys = ColumnList(shape->keys, "p");

	return psprintf("SELECT %s, %s,\n\t%s\n"
					"FROM (SELECT * FROM (\n%s\n) AS p WHERE p._class = %s\n"
					"\tORDER BY %s LIMIT %d) AS x\n"
					"CROSS JOIN LATERAL (SELECT %s AS t,\n\t%s AS s) AS j",
					KeyOf(shape), Differing("j.t", "j.s"), Differing("j.s", "j.t"), rows,
					quote_literal_cstr(class), *keys ? keys : "p._s::text, p._t::text", look->samples,
					Shown("x._t"), Shown("x._s"));
}

static void
AddSamples(Look *look, Sql *q, const char *class)
{
	for (uint64 i = 0; i < q->processed; i++)
	{
		PreviewSample *sample = palloc(sizeof(PreviewSample));

		sample->class = class;
		sample->key = SqlText(q, i, 1);
		sample->stored = SqlText(q, i, 2);
		sample->staged = SqlText(q, i, 3);
		look->preview->samples = lappend(look->preview->samples, sample);
	}
}

static void
Sample(Look *look, char *rows, const char *class, const char *shown_as)
{
	Sql			q;

	if (look->samples == 0)
		return;
	SqlBegin(&q, OverStaged(look->shape, SampleStatement(look, rows, class)));
	SqlAddTextArray(&q, look->shown);
	SqlAddTextArray(&q, look->written);
	SqlRun(&q, look->shape->pipeline->owner);
	AddSamples(look, &q, shown_as);
	SqlDone(&q);
}

/* Rows that checks take out: the batch is not without them yet. */
static void
SampleTaken(Look *look, const BadRows *taken, CheckAction action, const char *class)
{
	const Pipeline *p = look->shape->pipeline;
	StringInfoData tids;
	Sql			q;
	int			n = 0;

	initStringInfo(&tids);
	for (int64 i = 0; i < taken->count && n < look->samples; i++)
		if (((const Breach *) taken->rows[i].offence)->action == action)
			appendStringInfo(&tids, "%s\"(%u,%u)\"", n++ > 0 ? "," : "",
							 ItemPointerGetBlockNumber(&taken->rows[i].tid),
							 ItemPointerGetOffsetNumber(&taken->rows[i].tid));
	if (n == 0)
		return;
	SqlBegin(&q, psprintf("SELECT %s, NULL::jsonb, %s FROM %s AS x WHERE x.ctid = ANY (%s::tid[])\n"
						  "ORDER BY x.ctid", KeyOf(look->shape), Shown("x.*"), PipelineStaging(p),
						  quote_literal_cstr(psprintf("{%s}", tids.data))));
	SqlAddTextArray(&q, look->shown);
	SqlRun(&q, p->owner);
	AddSamples(look, &q, class);
	SqlDone(&q);
}

/* ---- classes ---- */

static int64 *
CountOf(MergeCounts *counts, const char *class)
{
	const struct
	{
		const char *class;
		int64	   *count;
	}			all[] = {
		{"inserted", &counts->inserted}, {"updated", &counts->updated},
		{"unchanged", &counts->unchanged}, {"deleted", &counts->deleted},
		{"stale", &counts->stale}, {"duplicate", &counts->duplicate},
		{"dropped", &counts->dropped}, {"removed", &counts->removed},
	};

	for (int i = 0; i < lengthof(all); i++)
		if (strcmp(all[i].class, class) == 0)
			return all[i].count;
	elog(ERROR, "a preview has rows of class \"%s\"", class);
}

/* What is left of the batch after all that the strategy names came more than once. */
static void
CountClasses(Look *look, char *rows, int64 staged)
{
	MergeCounts *counts = &look->preview->counts;
	Sql			q;

	SqlBegin(&q, OverStaged(look->shape, psprintf("SELECT _class, sum(_n)::bigint FROM (\n%s\n) AS p"
												  " GROUP BY _class", rows)));
	SqlRun(&q, look->shape->pipeline->owner);
	for (uint64 i = 0; i < q.processed; i++)
	{
		const char *class = SqlText(&q, i, 1);
		int64		n = SqlInt8(&q, i, 2, NULL);

		*CountOf(counts, class) += n;
		if (strcmp(class, "removed") != 0)
			staged -= n;
	}
	SqlDone(&q);
	counts->duplicate += staged;
}

static void
Classify(Look *look, int64 staged)
{
	static const char *const sampled[] = {
		"inserted", "updated", "deleted", "stale", "duplicate", "removed"
	};
	char	   *rows = look->strategy->preview(look->shape);
	int			guc_level = MergeSettingsApply(CommonSettings());

	CountClasses(look, rows, staged);
	for (int i = 0; i < lengthof(sampled); i++)
		if (*CountOf(&look->preview->counts, sampled[i]) > 0)
			Sample(look, rows, sampled[i], sampled[i]);
	AtEOXact_GUC(true, guc_level);
}

static void
LookForConflicts(Look *look)
{
	MergeCounts *counts = &look->preview->counts;

	if (counts->duplicate > 0 && look->shape->keys != NIL)
		counts->conflicting = CountConflicts(look->shape, NULL, look->strategy->first_counts);
}

/* Rows that a full load lacks are looked for in all that came. */
static void
LookForAbsent(Look *look, const StagedBatch *batch)
{
	Absence    *a = AbsenceLook(look->shape, batch);
	MergeCounts *counts = &look->preview->counts;

	if (a == NULL)
		return;
	look->preview->unproven = a->unproven;
	look->preview->guards = a->guards;
	*(a->guards ? &counts->pending : &counts->removed) += a->absent;
	if (a->absent > 0)
		Sample(look, AbsenceRows(a), "removed", a->guards ? "pending_deletes" : "removed");
}

/* Of MergeColumn, and that of tombstones. */
static List *
NamesOf(List *columns)
{
	List	   *names = list_make1("_deleted");
	ListCell   *lc;

	foreach(lc, columns)
		names = lappend(names, ((MergeColumn *) lfirst(lc))->name);
	return names;
}

/* Why a batch does not land, whatever its rows, or NULL. */
static char *
HeldFor(const Pipeline *p, const StagedBatch *batch)
{
	List	   *missing = strcmp(p->on_missing_field, "hold") == 0 ? DriftOf(p, batch) : NIL;
	List	   *checks;

	if (missing != NIL)
		return DriftText(batch, missing);
	checks = BatchChecksOf(p);
	BatchChecksMeasure(p, batch, checks);
	return BatchChecksFailure(checks);
}

static void
BeginLook(Look *look, const Pipeline *p, const SourceDefinition *source, int samples)
{
	look->shape = MergeShapeOf(p, source);
	look->strategy = MergeStrategyOf(p);
	look->preview = palloc0(sizeof(MergePreview));
	look->samples = samples;
	look->shown = NamesOf(look->shape->values);
	look->written = NamesOf(look->shape->updates);
	initStringInfo(&look->without);
	appendStringInfoChar(&look->without, '{');
	initStringInfo(&look->withheld);
	appendStringInfoChar(&look->withheld, '{');
}

/* Rows that have passed all checks. */
static void
LookAtRows(Look *look, int64 rows)
{
	MergePreview *preview = look->preview;

	TakeOutAllUnfit(look);
	if (look->strategy->replaced != NULL)
		preview->doubt = StagedScopesDoubt(look->strategy->replaced(look->shape));
	Classify(look, rows - preview->counts.quarantined);
	LookForConflicts(look);
}

MergePreview *
MergeLook(const Pipeline *p, const SourceDefinition *source, const StagedBatch *batch,
		  int samples)
{
	Look		look;
	MergePreview *preview;
	CheckVerdict checks;
	BadRows    *taken;

	BeginLook(&look, p, source, samples);
	preview = look.preview;
	checks = ChecksLook(p, batch, &taken);
	preview->refused = HeldFor(p, batch);
	if (preview->refused == NULL && checks.failed)
		preview->refused = checks.message;
	if (preview->refused != NULL)
		return preview;
	SampleTaken(&look, taken, CHECK_QUARANTINE, "quarantined");
	SampleTaken(&look, taken, CHECK_DROP, "dropped");
	LookForAbsent(&look, batch);
	TakeOut(&look, taken);
	preview->counts.read = batch->rows + batch->rejected;
	preview->counts.dropped = checks.dropped;
	LookAtRows(&look, batch->rows - taken->count);
	preview->counts.quarantined += checks.quarantined + batch->rejected;
	return preview;
}

MergePreview *
MergeLookAtRest(const Pipeline *p, const SourceDefinition *source, int64 rows, int samples)
{
	Look		look;

	BeginLook(&look, p, source, samples);
	LookAtRows(&look, rows);
	return look.preview;
}
